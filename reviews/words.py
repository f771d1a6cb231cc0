"""How reviews read in alerts, events and panels. The words are made when somebody reads them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from tenants.labels import register_event_words
from tenants.rows import format_public_id
from web.templatetags.mainstay import short_date

GAPS_SHOWN = 3


def gap_words(gap: Iterable[Mapping[str, Any]]) -> str:
    """The missing leaves in a sentence's length: at most three, and how many more."""
    leaves = list(gap)
    parts = [leaf_words(leaf) for leaf in leaves[:GAPS_SHOWN]]
    if len(leaves) > GAPS_SHOWN:
        parts.append(_("and %(n)s more") % {"n": len(leaves) - GAPS_SHOWN})
    return "; ".join(parts)


def leaf_words(leaf: Mapping[str, Any]) -> str:
    """One missing requirement: what it asks, and what is missing or unknown."""
    missing = leaf.get("missing") or "; ".join(map(str, leaf.get("unknown", ())))
    words = str(leaf.get("words", ""))
    return f"{words} ({missing})" if missing else words


def _title(alert: Alert, on: dt.date) -> str:
    """Names the partner: an account manager reads of many."""
    data = alert.data
    values = {
        "partner": alert.partner.name if alert.partner else data.get("type", ""),
        "from": data.get("from") or _("no level"),
        "to": data.get("to") or _("no level"),
        "level": data.get("level", ""),
    }
    return str(_TITLES[alert.kind] % values)


_TITLES: dict[str, Any] = {
    "review_promote": gettext_lazy("%(partner)s rose to %(to)s"),
    "review_demote": gettext_lazy("%(partner)s fell from %(from)s to %(to)s"),
    "review_cure": gettext_lazy("%(partner)s: %(from)s is in cure"),
    "review_warn": gettext_lazy("%(partner)s: %(from)s is at risk"),
    "review_unknown": gettext_lazy("%(partner)s: data is missing to review %(from)s"),
    "review_undone": gettext_lazy("%(partner)s: a review was taken back"),
    "level_mapped": gettext_lazy("%(partner)s: %(from)s is now %(to)s"),
    "cure_ending": gettext_lazy("%(partner)s: the cure of %(level)s ends"),
    "exception_ending": gettext_lazy("%(partner)s: %(level)s is judged again"),
    "level_invitation": gettext_lazy("%(partner)s is invited to %(level)s"),
    "level_request_decided": gettext_lazy("%(partner)s: the request for %(level)s was answered"),
    "sanction": gettext_lazy("%(partner)s: the vendor took a measure"),
}


def _sentence(alert: Alert, on: dt.date) -> str:
    data = alert.data
    values = {
        "from": data.get("from") or _("no level"),
        "to": data.get("to") or _("no level"),
        "level": data.get("level", ""),
        "day": short_date(alert.due_on),
        "gap": gap_words(data.get("gap") or ()),
        "reason": data.get("reason", ""),
    }
    return str(_said(alert, data) % values).strip()


def _said(alert: Alert, data: Mapping[str, Any]) -> Any:
    if alert.kind == "review_warn" and not data.get("until"):
        return _("What %(from)s asks is not met. Missing: %(gap)s.")
    if alert.kind == "level_request_decided":
        if data.get("state") == "accepted":
            return _("%(level)s is granted.") if data.get("kind") != "downgrade" else _(
                "The level changes to %(level)s, as asked."
            )  # fmt: skip
        return _("%(level)s was refused: %(reason)s")
    if alert.kind == "sanction":
        return _SANCTIONED[str(data.get("kind"))]
    return _SENTENCES[alert.kind]


_SENTENCES: dict[str, Any] = {
    "review_promote": gettext_lazy("From %(day)s %(to)s holds, with its benefits."),
    "review_demote": gettext_lazy("From %(day)s %(to)s holds. Missing for %(from)s: %(gap)s."),
    "review_cure": gettext_lazy(
        "%(from)s and its benefits stay until %(day)s. By then it needs: %(gap)s."
    ),
    "review_warn": gettext_lazy(
        "If nothing changes, %(from)s is no longer met on %(day)s. It will need: %(gap)s."
    ),
    "review_unknown": gettext_lazy("The level stays as it is. Somebody has to supply: %(gap)s."),
    "review_undone": gettext_lazy("The level is again what it was before the review."),
    "level_mapped": gettext_lazy(
        "The program changed on %(day)s: %(to)s follows %(from)s. The standing stays."
    ),
    "cure_ending": gettext_lazy("On %(day)s the cure ends. %(level)s still needs: %(gap)s."),
    "exception_ending": gettext_lazy(
        "On %(day)s the exception for %(level)s ends and its requirements count again."
    ),
    "level_invitation": gettext_lazy("Accept or decline the invitation to %(level)s."),
}
_SANCTIONED: dict[str, Any] = {
    "demote": gettext_lazy("The level was lowered: %(reason)s"),
    "suspend_benefits": gettext_lazy("The benefits are suspended: %(reason)s"),
    "deauthorize": gettext_lazy("The authorization is withdrawn: %(reason)s"),
    "lock_out": gettext_lazy("No level rises for the time being: %(reason)s"),
}
_NAMES: dict[str, Any] = {
    "review_promote": gettext_lazy("Level up"),
    "review_demote": gettext_lazy("Level down"),
    "review_cure": gettext_lazy("Cure started"),
    "review_warn": gettext_lazy("Level at risk"),
    "review_unknown": gettext_lazy("Data missing for a review"),
    "review_undone": gettext_lazy("Review taken back"),
    "level_mapped": gettext_lazy("Level follows the program"),
    "cure_ending": gettext_lazy("Cure ends"),
    "exception_ending": gettext_lazy("Exception ends"),
    "level_invitation": gettext_lazy("Invitation to a level"),
    "level_request_decided": gettext_lazy("Level request answered"),
    "sanction": gettext_lazy("Sanction"),
}
_TONES = {
    "review_promote": "ok",
    "review_demote": "bad",
    "review_cure": "bad",
    "cure_ending": "bad",
    "sanction": "bad",
    "level_invitation": "info",
    "level_mapped": "info",
    "level_request_decided": "info",
}
EVENT_WORDS = {
    "review.previewed": gettext_lazy("Review computed"),
    "review.applied": gettext_lazy("Review applied"),
    "review.undone": gettext_lazy("Review undone"),
    "level.mapped": gettext_lazy("Level follows the program"),
    "level.ended": gettext_lazy("Level ended"),
    "level.restored": gettext_lazy("Level restored"),
    "cure.started": gettext_lazy("Cure started"),
    "cure.ended": gettext_lazy("Cure ended"),
    "exception.granted": gettext_lazy("Exception granted"),
    "exception.ended": gettext_lazy("Exception ended"),
    "sanction.imposed": gettext_lazy("Sanction imposed"),
    "sanction.lifted": gettext_lazy("Sanction lifted"),
    "level_request.opened": gettext_lazy("Level asked for"),
    "level_request.accepted": gettext_lazy("Level request accepted"),
    "level_request.refused": gettext_lazy("Level request refused"),
    "level_request.withdrawn": gettext_lazy("Level request withdrawn"),
    "benefit.granted": gettext_lazy("Benefit granted"),
    "benefit.withdrawn": gettext_lazy("Benefit withdrawn"),
    "benefit.used": gettext_lazy("Benefit used"),
}


def _url(alert: Alert) -> str:
    outcome = alert.data.get("outcome")
    if outcome:
        ref = format_public_id("rvo", uuid.UUID(str(outcome)))
        return reverse("reviews:outcome", args=[ref])
    return reverse("reviews:levels", args=[alert.partner.ref]) if alert.partner else ""


def register() -> None:
    for kind, name in _NAMES.items():
        register_alert_kind(
            kind,
            name,
            title=_title,
            sentence=_sentence,
            url=_url,
            icon="stairs-up",
            tone=lambda alert, on: _TONES.get(alert.kind, "warn"),
            button=gettext_lazy("See what is needed"),
        )
    register_event_words(EVENT_WORDS, gettext_lazy("Levels and benefits"))
