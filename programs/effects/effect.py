"""One consequence of a document for one partner."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

EffectKind = Literal["falls", "closes", "loses", "changes", "rises", "opens", "wins"]
KINDS: tuple[EffectKind, ...] = (
    "falls", "closes", "loses", "changes", "rises", "opens", "wins",
)  # fmt: skip
"""In the order in which a reader needs them: what somebody loses first."""
HARM: frozenset[EffectKind] = frozenset({"falls", "closes", "loses"})
LEVELS: frozenset[EffectKind] = frozenset({"falls", "rises"})
ACCESS: frozenset[EffectKind] = frozenset({"closes", "opens"})


@dataclass(frozen=True, slots=True)
class Effect:
    """One consequence for one partner: a level it would meet or miss, a product that opens or
    closes, a benefit that it wins, loses or has otherwise.

    ``subject`` is the code of the type, product or benefit, ``title`` its name. For levels
    ``before`` and ``after`` are codes ("" for none): those the partner would *meet*, since levels
    change hands at a review, not by publishing. For products both are the environment class, for
    benefits the values. ``was`` and ``now`` are the same in words, ``axis`` the level's axis.

    ``seats`` run today and hang on it; ``worth`` is what they are a month at the price of the
    program in force, in its currency; None: no price is stated. A level or benefit concerns all
    that the partner runs, a product its own seats in that class. A level lost by falling stays
    closed to the partner for ``lockout_months`` from the day of the fall; ``waits`` are the steps
    of onboarding that open it, or the product, to the partner.
    """

    kind: EffectKind
    partner_id: int
    partner: str
    subject: str
    before: str
    after: str
    title: str
    was: str
    now: str
    axis: str = ""
    seats: int = 0
    worth: Decimal | None = Decimal(0)
    lockout_months: int = 0
    waits: tuple[str, ...] = ()

    @property
    def closed(self) -> str:
        """For how long the level that is lost stays closed; empty where it does not."""
        if not self.lockout_months:
            return ""
        words = ngettext(
            "%(was)s stays closed for %(n)s month after the fall",
            "%(was)s stays closed for %(n)s months after the fall",
            self.lockout_months,
        )
        return words % {"was": self.was, "n": self.lockout_months}

    @property
    def opens(self) -> str:
        """Which steps open it again; empty where none does."""
        if not self.waits:
            return ""
        return _("opens with: %(steps)s") % {"steps": ", ".join(self.waits)}

    @property
    def result(self) -> str:
        """What it has or meets then; of what is lost also for how long, and what opens it."""
        return "; ".join(filter(None, (self.now, self.closed, self.opens)))

    @property
    def words(self) -> str:
        """The consequence as a sentence without full stop."""
        values = {
            "partner": self.partner, "title": self.title, "was": self.was, "now": self.now,
        }  # fmt: skip
        sentences = {
            "falls": _("%(partner)s meets %(now)s as %(title)s, before: %(was)s"),
            "rises": _("%(partner)s meets %(now)s as %(title)s, before: %(was)s"),
            "closes": _("%(title)s (%(now)s) closes for %(partner)s"),
            "opens": _("%(title)s (%(now)s) opens for %(partner)s"),
            "loses": _("%(partner)s loses %(title)s: %(now)s, before: %(was)s"),
            "changes": _("%(partner)s has %(title)s otherwise: %(now)s, before: %(was)s"),
            "wins": _("%(partner)s wins %(title)s: %(now)s, before: %(was)s"),
        }
        return "; ".join(filter(None, (sentences[self.kind] % values, self.closed, self.opens)))
