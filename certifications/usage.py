"""What is kept under the program's codes, for who plans to take one out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db.models import Count

from certifications.models import Certificate


def certificates_in_use(on: dt.date) -> Mapping[str, int]:
    """Per track the certificates that count on the day."""
    rows = Certificate.objects.counting(on).order_by().values_list("track__code")
    return dict(rows.annotate(n=Count("pk")))
