"""What the events of contracts, sharing and take-outs say: which fields, never a value."""

from __future__ import annotations

from django.utils.translation import gettext as _

from partners.models import SharingChoice
from partners.rules.sharing import FIELDS
from partners.sentences import Sentence, Told


def _titles(told: Told) -> str:
    names = told.data.get("fields") or []
    return ", ".join(str(FIELDS[name][0]) for name in names if name in FIELDS)


def _contract(told: Told) -> str:
    return _("With %(customer)s.") % {"customer": told.customer()}


def _changed(told: Told) -> str:
    words = {"customer": told.customer(), "fields": _titles(told)}
    return _("With %(customer)s: %(fields)s.") % words


def _read(told: Told) -> str:
    words = {"customer": told.customer(), "fields": _titles(told)}
    return _("Of %(customer)s: %(fields)s.") % words


def _shared(told: Told) -> str:
    known = {"": _("as for all customers"), **dict(SharingChoice.Class.choices)}
    old, new = (told.data.get("changes") or {}).get("share") or ("", "")
    field = str(told.data.get("field") or "")
    words = {
        "field": FIELDS[field][0] if field in FIELDS else field,
        "new": known.get(new, new),
        "old": known.get(old, old),
        "customer": told.customer() if told.data.get("customer") else _("all customers"),
    }
    return _("%(field)s of %(customer)s: %(new)s, before: %(old)s.") % words


SENTENCES: dict[str, Sentence] = {
    "contract.recorded": _contract,
    "contract.changed": _changed,
    "contract.ended": _contract,
    "restricted.read": _read,
    "sharing.changed": _shared,
}
