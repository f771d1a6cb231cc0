"""English, the same in every country: no day that reads as another month's, a 24 hour clock.

What is not named here (how days are *read*: ISO first) stays Django's own.
"""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
