"""What the events of reviews say in a partner's timeline: plain sentences without codes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.sentences import Look, Sentence, Told, register_sentences
from reviews.models import LevelRequest, Sanction
from reviews.panels import plan_title, value_words
from web.codes import words_of


def _words(told: Told, **more: Any) -> dict[str, Any]:
    """What most of these sentences are made of."""
    return {
        "type": told.title("types", "type"),
        "level": _level(told, told.data.get("level")),
        "day": told.day("on"),
        "until": told.day("until"),
        "because": told.because(),
        **more,
    }


def _level(told: Told, code: str | None) -> str:
    kind = told.document.types.get(str(told.data.get("type"))) if told.document else None
    if not code:
        return _("no level")
    return kind.level_title(code) if kind else words_of(code)


def _moves(told: Told) -> dict[str, Any]:
    old, new = (told.data.get("changes") or {}).get("level") or (None, None)
    return _words(told, old=_level(told, old), new=_level(told, new))


def _level_mapped(told: Told) -> str:
    old, new = told.data.get("titles") or ("", "")
    words = _words(told, old=old, new=new)
    if not new:
        return _("The program goes on with %(type)s from %(day)s.") % words
    return _("%(type)s: %(new)s follows %(old)s in the program from %(day)s.") % words


def _level_ended(told: Told) -> str:
    return _("%(type)s: %(old)s is held no longer from %(day)s%(because)s") % _moves(told)


def _level_restored(told: Told) -> str:
    return _("%(type)s: %(new)s again; a review was undone.") % _moves(told)


def _cure_started(told: Told) -> str:
    return _("%(type)s: %(level)s is kept, with its benefits, until %(until)s.") % _words(told)


_CURES: Mapping[str, Any] = {
    "cured": gettext_lazy("%(type)s: %(level)s is met again."),
    "over": gettext_lazy("%(type)s: %(level)s was still not met when its cure was over."),
    "changed": gettext_lazy("%(type)s: the cure of %(level)s ended as its level was decided."),
    "undone": gettext_lazy("%(type)s: the cure of %(level)s was taken back with its review."),
}


def _cure_ended(told: Told) -> str:
    return str(_CURES.get(str(told.data.get("as")), _CURES["changed"]) % _words(told))


def _excepted(told: Told) -> str:
    said = _("%(type)s: %(level)s is kept by exception until %(until)s%(because)s")
    return said % _words(told)


def _exception_ended(told: Told) -> str:
    return _("%(type)s: the requirements of %(level)s count again%(because)s") % _words(told)


def _sanction(told: Told) -> dict[str, Any]:
    kinds = dict(Sanction.Kind.choices)
    code = str(told.data.get("kind") or "")
    return _words(told, kind=str(kinds.get(code) or words_of(code)))


def _imposed(told: Told) -> str:
    words = _sanction(told)
    if words["until"]:
        return _("%(kind)s from %(day)s until %(until)s%(because)s") % words
    return _("%(kind)s from %(day)s%(because)s") % words


def _lifted(told: Told) -> str:
    return _("%(kind)s: lifted on %(day)s%(because)s") % _sanction(told)


def _asked(told: Told) -> str:
    kinds = dict(LevelRequest.Kind.choices)
    code = str(told.data.get("kind") or "")
    words = _words(told, kind=str(kinds.get(code) or words_of(code)))
    return _("%(type)s: %(level)s. %(kind)s.") % words


def _accepted(told: Told) -> str:
    return _("%(type)s: %(level)s from %(day)s.") % _words(told)


def _answered(told: Told) -> str:
    return _("%(type)s: %(level)s%(because)s") % _words(told)


def _benefit(told: Told) -> dict[str, Any]:
    code = str(told.data.get("benefit") or "")
    rule = told.document.benefits.get(code) if told.document else None
    unit = rule.unit if rule else ""
    value = plan_title(told.document, rule.kind if rule else "", told.data.get("value"))
    amount = Decimal(str(told.data.get("amount") or 0))
    return {
        "benefit": told.title("benefits", "benefit"),
        "value": value_words(value, _number(value), unit),
        "amount": value_words(None, abs(amount), unit),
        "used": value_words(None, Decimal(str(told.data.get("used") or 0)), unit),
        "day": told.day("on"),
        "back": amount < 0,
    }


def _number(value: Any) -> Decimal | None:
    text = str(value)
    plain = isinstance(value, str | int) and not isinstance(value, bool)
    return Decimal(text) if plain and text.replace(".", "", 1).isdecimal() else None


def _granted(told: Told) -> str:
    return _("%(benefit)s: %(value)s from %(day)s.") % _benefit(told)


def _withdrawn(told: Told) -> str:
    return _("%(benefit)s: %(value)s until %(day)s.") % _benefit(told)


def _used(told: Told) -> str:
    words = _benefit(told)
    if words["back"]:
        return _("%(benefit)s: %(amount)s given back, %(used)s in use.") % words
    return _("%(benefit)s: %(amount)s used, %(used)s in all.") % words


SENTENCES: dict[str, Sentence] = {
    "level.mapped": _level_mapped,
    "level.ended": _level_ended,
    "level.restored": _level_restored,
    "cure.started": _cure_started,
    "cure.ended": _cure_ended,
    "exception.granted": _excepted,
    "exception.ended": _exception_ended,
    "sanction.imposed": _imposed,
    "sanction.lifted": _lifted,
    "level_request.opened": _asked,
    "level_request.accepted": _accepted,
    "level_request.refused": _answered,
    "level_request.withdrawn": _answered,
    "benefit.granted": _granted,
    "benefit.withdrawn": _withdrawn,
    "benefit.used": _used,
}
LOOKS: dict[str, Look] = {
    "level.mapped": ("award", "info"),
    "level.ended": ("award", "bad"),
    "level.restored": ("award", "brand"),
    "cure.started": ("clock", "bad"),
    "cure.ended": ("clock", "muted"),
    "exception.granted": ("award", "info"),
    "sanction.imposed": ("ban", "bad"),
    "sanction.lifted": ("ban", "muted"),
    "level_request.opened": ("mail-opened", "info"),
    "benefit.granted": ("gift", "ok"),
    "benefit.withdrawn": ("gift", "muted"),
    "benefit.used": ("gift", "brand"),
}


def register() -> None:
    register_sentences(SENTENCES, LOOKS)
