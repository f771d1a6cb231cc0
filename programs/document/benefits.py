"""What levels give: the registry of benefits and the support plans they name."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StrictBool

from programs.document.metrics import Unit
from programs.fields import NOT_STATED, Base, Count, NotStated, Number, Text

Benefit = StrictBool | Number | Text | list[Text]
BenefitKind = Literal[
    "discount", "rebate", "nfr", "quota", "listing", "feed", "co_investment", "support", "access"
]
Per = Literal["order", "customer", "month", "quarter", "half_year", "year", "term"]
Minutes = Annotated[int, Field(strict=True, ge=1, le=100_000)]
NUMBERS: frozenset[str] = frozenset({"discount", "rebate", "nfr", "quota"})


class BenefitRule(Base):
    """A benefit: what its values mean and how those of several levels go together.

    `base` says of what a discount or rebate is counted. `stacking` takes the best of several, adds
    them, or admits no other beside it. At most `cap` in each `per`; `from_nth: 2` from the second
    order on.
    """

    title: Text | None = None
    kind: BenefitKind
    unit: Unit = ""
    base: Text | None = None
    stacking: Literal["best", "add", "exclusive"] = "best"
    cap: Number | NotStated | None = None
    per: Per | None = None
    from_nth: Count | None = None

    def refusal(self, value: Any) -> str:
        """Why a level cannot give this value of the benefit; "" if it can."""
        if value == NOT_STATED:
            return ""
        number = not isinstance(value, bool | str | list)
        if self.kind in NUMBERS and not number:
            if not self.unit:
                return _("a %(kind)s is a number") % {"kind": self.kind}
            words = _("a %(kind)s is a number of %(unit)s")
            return words % {"kind": self.kind, "unit": self.unit}
        if self.kind == "support" and not isinstance(value, str):
            return _("support is the name of a support plan")
        return ""


class SupportPlan(Base):
    """Minutes to the first answer of each severity, `s1` the most urgent; left out: no promise."""

    title: Text | None = None
    s1: Minutes | NotStated | None = None
    s2: Minutes | NotStated | None = None
    s3: Minutes | NotStated | None = None
    s4: Minutes | NotStated | None = None
