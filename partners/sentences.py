"""What each kind of event says in a timeline: one plain sentence, without codes.

Higher apps register sentences for their own kinds (``register_sentences``). Titles are those of
the program in force; a code that it no longer has is made readable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.models import CustomField, PortfolioEntry
from partners.rules.field_words import cell, shown
from partners.rules.fields import PREFIX
from partners.words import country_name, paper_title, words_of_all
from programs.document import ProgramDocument
from tenants.capabilities import Role
from tenants.importing import import_kinds
from web.codes import words_of


@dataclass(frozen=True)
class Told:
    """An event's data, titles, names the reader may see, its subject's custom fields by pointer."""

    data: Mapping[str, Any]
    document: ProgramDocument | None
    people: Mapping[str, str]
    customers: Mapping[str, str]
    fields: Mapping[str, CustomField] = field(default_factory=dict)

    def title(self, section: str, key: str) -> str:
        """The title of the product, track, type ... whose code stands under ``key``."""
        code = str(self.data.get(key) or "")
        return self.document.title_of(section, code) if self.document else words_of(code)

    def person(self, key: str = "person") -> str:
        return self.people.get(self.data.get(key) or "") or _("Somebody")

    def customer(self, key: str = "customer") -> str:
        return self.customers.get(str(self.data.get(key) or "")) or _("a customer")

    def amount(self, key: str, value: Any) -> str:
        """A value of the metric whose code stands under ``key``, with the metric's unit."""
        metrics = self.document.metrics if self.document else {}
        metric = metrics.get(str(self.data.get(key) or ""))
        unit = metric.unit if metric and value is not None else ""
        said = unit.lower() in self.title("metrics", key).lower()  # "Managed seats: 60"
        return _plain(value) if said else f"{_plain(value)} {unit}"

    def day(self, key: str) -> str:
        """The day under ``key`` as "10 Dec 2026"; empty where there is none."""
        return day_words(self.data.get(key))

    def because(self) -> str:
        """The reason that somebody gave, as the end of a sentence."""
        reason = str(self.data.get("reason") or "").strip()
        return f": {reason.rstrip('.')}." if reason else "."


Sentence = Callable[[Told], str]
Look = tuple[str, str]
"""(Tabler icon, tone)"""
_sentences: dict[str, Sentence] = {}
_looks: dict[str, Look] = {}


def register_sentences(sentences: Mapping[str, Sentence], looks: Mapping[str, Look]) -> None:
    """``{"partner.suspended": sentence}`` is what a kind of event says, ``looks`` how it is drawn
    (others as a point)."""
    _sentences.update(sentences)
    _looks.update(looks)


def sentence_of(kind: str, told: Told) -> str:
    """The sentence of an event; empty for a kind whose title says it all."""
    says = _sentences.get(kind)
    return says(told) if says else ""


def look_of(kind: str) -> Look:
    return _looks.get(kind, ("point", "muted"))


def day_words(value: Any) -> str:
    """A day of an event's data (ISO text, or an instant: its day in the reader's zone) as
    "10 Dec 2026"."""
    if not value:
        return ""
    text = str(value)
    at = dt.datetime.fromisoformat(text) if len(text) > 10 else None
    day = localdate(at) if at and at.tzinfo else dt.date.fromisoformat(text[:10])
    return date_format(day, "j M Y")


_FIELDS = {
    "name": gettext_lazy("Name"),
    "legal_name": gettext_lazy("Legal name"),
    "external_id": gettext_lazy("External id"),
    "domain": gettext_lazy("Web site"),
    "country": gettext_lazy("Country"),
    "city": gettext_lazy("City"),
    "service_scopes": gettext_lazy("Services"),
    "verticals": gettext_lazy("Verticals"),
    "vertical": gettext_lazy("Vertical"),
    "environments": gettext_lazy("Environment classes"),
    "job_title": gettext_lazy("Job"),
    "roles": gettext_lazy("Roles"),
    "roles_since": gettext_lazy("Roles held from"),
    "email": gettext_lazy("E-mail address"),
    "since": gettext_lazy("First day"),
    "until": gettext_lazy("Last day"),
    "value": gettext_lazy("Value"),
    "unit": gettext_lazy("Unit"),
}


def _field(name: str, told: Told) -> str:
    if name.startswith(PREFIX):
        return str(told.fields.get(name) or words_of(name.removeprefix(PREFIX)))
    return str(_FIELDS.get(name) or words_of(name))


def _value(name: str, value: Any, told: Told) -> str:
    if value in (None, "", []):
        return ""
    if name.startswith(PREFIX):
        return shown(told.fields[name], value) if name in told.fields else cell(value)
    if name in ("since", "until", "roles_since"):
        return day_words(value)
    if isinstance(value, list):
        return words_of_all(value)
    return {"country": country_name, "vertical": words_of}.get(name, str)(value)


def changes(told: Told) -> str:
    """ "City: Bremen instead of Hamburg. Web site: x.example." """
    said = []
    for name, pair in (told.data.get("changes") or {}).items():
        if name == "parent":
            said.append(_("The company above it is another one."))
            continue
        old, new = (_value(name, one, told) for one in pair)
        words = {"field": _field(name, told), "old": old, "new": new}
        if not new:
            said.append(_("%(field)s: removed, was %(old)s.") % words)
        elif old:
            said.append(_("%(field)s: %(new)s instead of %(old)s.") % words)
        else:
            said.append(_("%(field)s: %(new)s.") % words)
    return " ".join(said)


def _application(told: Told) -> str:
    return f"{told.data.get('company', '')}{told.because()}"


def _partner_added(told: Told) -> str:
    return _("It takes part as %(type)s.") % {"type": told.title("types", "type")}


def _status(told: Told) -> str:
    return _("On %(day)s%(because)s") % {"day": told.day("on"), "because": told.because()}


def _level(told: Told) -> str:
    old, new = (_tier(told, code) for code in told.data["changes"]["level"])
    words = {
        "type": told.title("types", "type"),
        "old": old,
        "new": new or _("no level"),
        "day": told.day("on"),
        "because": told.because(),
    }
    if old:
        return _("%(type)s: %(new)s instead of %(old)s from %(day)s%(because)s") % words
    return _("%(type)s: %(new)s from %(day)s%(because)s") % words


def _tier(told: Told, code: str | None) -> str:
    if code is None:
        return ""
    kind = told.document.types.get(told.data["type"]) if told.document else None
    return kind.level_title(code) if kind else words_of(code)


def _assigned(told: Told) -> str:
    kinds = dict(PortfolioEntry.Kind.choices)
    words = {
        "name": told.person("cam"),
        "role": str(kinds.get(str(told.data.get("kind")), kinds["main"])).lower(),
        "day": told.day("on"),
    }
    return _("%(name)s is its %(role)s from %(day)s.") % words


def _joined(told: Told) -> str:
    words = {"name": told.person(), "day": told.day("since"), "last": told.day("until")}
    if words["last"]:
        return _("%(name)s works here from %(day)s until %(last)s.") % words
    return _("%(name)s works here from %(day)s.") % words


def _person_changed(told: Told) -> str:
    fields = [_field(name, told) for name in told.data.get("personal") or []]
    personal = _("Changed: %(fields)s.") % {"fields": ", ".join(fields)} if fields else ""
    return " ".join(filter(None, [f"{told.person()}.", changes(told), personal]))


def _left(told: Told) -> str:
    words = {"name": told.person(), "day": told.day("until")}
    return _("%(name)s no longer works here from %(day)s on.") % words


def _customer_added(told: Told) -> str:
    words = {
        "name": told.data.get("name", ""),
        "day": told.day("since"),
        "vertical": words_of(told.data.get("vertical") or ""),
        "classes": words_of_all(told.data.get("environments") or []) or _("not recorded"),
    }
    if words["vertical"]:
        return _("%(name)s, %(vertical)s, from %(day)s. Environment classes: %(classes)s.") % words
    return _("%(name)s, from %(day)s. Environment classes: %(classes)s.") % words


def _customer_changed(told: Told) -> str:
    evidence = told.data.get("evidence")
    said = changes(told)
    return said + " " + _("Evidence: %(text)s.") % {"text": evidence} if evidence else said


def _customer_ended(told: Told) -> str:
    words = {"name": told.data.get("name", ""), "day": told.day("until")}
    if told.data.get("how") == "moved":
        return _("%(name)s is run by another partner from %(day)s on.") % words
    if told.data.get("how") == "merged":
        return _("%(name)s goes on under another row from %(day)s on.") % words
    return _("%(name)s is no longer managed from %(day)s on.") % words


def _signed(told: Told) -> str:
    words = {
        "what": _paper(told),
        "customer": told.customer(),
        "day": told.day("since"),
        "last": told.day("until"),
    }
    if told.data.get("customer"):
        said = _("%(what)s: %(customer)s, in force from %(day)s.") % words
    else:
        said = _("%(what)s, in force from %(day)s.") % words
    return said + " " + _("It ends on %(last)s.") % words if words["last"] else said


def _paper(told: Told) -> str:
    return paper_title(told.document, str(told.data.get("kind") or ""))


def _paper_ended(told: Told) -> str:
    words = {"what": _paper(told), "day": told.day("until"), "because": told.because()}
    return _("%(what)s ends on %(day)s%(because)s") % words


def _figure(told: Told) -> str:
    old, new = (told.data.get("changes") or {}).get("value") or (None, None)
    words = {
        "metric": told.title("metrics", "metric"),
        "value": told.amount("metric", new),
        "old": told.amount("metric", old),
        "day": told.day("period"),
        "source": str(told.data.get("source") or "").replace("_", " "),
    }
    if told.data.get("reason"):
        return _("%(metric)s: %(old)s as of %(day)s, from %(source)s") % words + told.because()
    if old is None:
        return _("%(metric)s: %(value)s as of %(day)s, from %(source)s.") % words
    return _("%(metric)s: %(value)s instead of %(old)s as of %(day)s, from %(source)s.") % words


def _plain(value: Any) -> str:
    text = str(value if value is not None else "–")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _record(told: Told) -> str:
    words = {"kind": words_of(str(told.data.get("kind") or "")), "day": told.day("on")}
    return _("%(kind)s of %(day)s") % words + told.because()


def _agreed(told: Told) -> str:
    words = {
        "what": words_of(str(told.data.get("code") or "")),
        "value": _plain(told.data.get("value")),
        "day": told.day("since"),
    }
    if told.data.get("reason"):
        return _("%(what)s: %(value)s from %(day)s") % words + told.because()
    return _("%(what)s: %(value)s from %(day)s.") % words


def _decided(told: Told) -> str:
    return _attested(told).rstrip(".") + told.because()


def _attested(told: Told) -> str:
    section = "metrics" if told.data.get("value") else "attestations"
    words = {
        "what": told.title(section, "code"),
        "day": told.day("since"),
        "last": told.day("until"),
    }
    if words["last"]:
        return _("%(what)s, from %(day)s until %(last)s.") % words
    return _("%(what)s, from %(day)s.") % words


def _import(told: Told) -> str:
    kind = str(told.data.get("kind") or "")
    what = {one.name: str(one.title) for one in import_kinds()}.get(kind) or words_of(kind)
    rows = told.data.get("rows")
    if not rows or told.data.get("reason"):
        return f"{what}. {told.data.get('reason') or ''}".strip()
    words = {
        "what": what,
        "rows": ngettext("%(n)s row", "%(n)s rows", rows) % {"n": rows},
        "new": told.data.get("creates") or 0,
        "changed": told.data.get("updates") or 0,
        "same": told.data.get("unchanged") or 0,
    }
    return _("%(what)s, %(rows)s: %(new)s new, %(changed)s changed, %(same)s as before.") % words


def _role(told: Told) -> str:
    role = told.data.get("role")
    return str(Role(role).label) if role in Role.values else _("member")


def _invited(told: Told) -> str:
    words = {"role": _role(told), "day": told.day("until")}
    return _("As %(role)s; the link works until %(day)s.") % words


def _member(told: Told) -> str:
    return _("%(name)s signs in as %(role)s.") % {"name": told.person(), "role": _role(told)}


def _member_no_more(told: Told) -> str:
    words = {"name": told.person(), "role": _role(told), "day": told.day("until")}
    return _("%(name)s no longer signs in as %(role)s from %(day)s on.") % words


def _accepted(told: Told) -> str:
    return _("%(name)s accepted.") % {"name": told.person()}


SENTENCES: dict[str, Sentence] = {
    "application.submitted": _application,
    "application.approved": _application,
    "application.refused": _application,
    "partner.added": _partner_added,
    "partner.approved": _partner_added,
    "partner.changed": changes,
    "partner.suspended": _status,
    "partner.reinstated": _status,
    "partner.exited": _status,
    "level.set": _level,
    "portfolio.assigned": _assigned,
    "employment.began": _joined,
    "employment.changed": _person_changed,
    "employment.ended": _left,
    "customer.added": _customer_added,
    "customer.changed": _customer_changed,
    "customer.ended": _customer_ended,
    "agreement.signed": _signed,
    "agreement.ended": _paper_ended,
    "fact.recorded": _figure,
    "fact.withdrawn": _figure,
    "record.recorded": _record,
    "record.withdrawn": _record,
    "value.agreed": _agreed,
    "value.withdrawn": _agreed,
    "attestation.recorded": _attested,
    "attestation.submitted": _attested,
    "attestation.accepted": _attested,
    "attestation.refused": _decided,
    "attestation.withdrawn": _decided,
    **{f"import.{end}": _import for end in ("applied", "cancelled", "discarded", "failed")},
    "invitation.sent": _invited,
    "invitation.accepted": _accepted,
    "membership.began": _member,
    "membership.ended": _member_no_more,
}
