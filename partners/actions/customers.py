"""A partner's customers. The gate reads their environment classes, so nobody lowers them alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from partners import rules
from partners.actions.fields import changed_with_custom, keep_internal, taken_values
from partners.actions.writing import (
    fresh,
    held_partner,
    needs_span,
    refused,
    written,
)
from partners.models import Customer, Partner
from partners.rules.relations import people_of
from tenants import scope
from tenants.models import Person
from tenants.writing import Refused, action, record_event
from web.templatetags.mainstay import short_date

Nobody = Literal[""]
"""Nobody in particular: the partner's admins look after the customer."""


@action("customers.write")
def add_customer(
    partner: Partner,
    *,
    name: str,
    since: dt.date,
    external_id: str = "",
    vertical: str = "",
    country: str = "",
    environments: Sequence[str] = (),
    private_name: str = "",
    domain: str = "",
    account_manager: Person | Nobody = "",
    custom: Mapping[str, Any] | None = None,
) -> Customer:
    """Record a customer of the partner, from ``since`` (vendor's day).

    With ``private_name`` the customer is pseudonymous: ``name`` is its alias. Of ``domain`` a keyed
    digest is kept. ``environments`` are codes of the program's environment classes; none means
    unclassified. ``custom`` are values of custom fields by code. Raises ``Refused``:
    ``unknown_environment``, ``external_id_taken``, ``not_on_team``, ``partner_exited``,
    ``invalid``.
    """
    partner = held_partner(partner)
    customer = Customer(
        partner=partner,
        name=name.strip(),
        private_name=private_name.strip(),
        domain_digest=domain_digest_of(domain),
        external_id=external_id.strip(),
        vertical=vertical,
        country=country.upper(),
        environments=rules.known_environments(environments, since),
        account_manager=_of_team(account_manager, partner, since),
        since=since,
    )
    taken = taken_values(customer, custom, new=True)
    customer.custom = taken.open.values
    written(customer)
    record_event("customer.added", customer, data=added_data(customer))
    keep_internal(customer, taken.internal)
    return customer


def added_data(customer: Customer) -> dict[str, Any]:
    """What the event of a new customer says of it."""
    return {
        "name": customer.name,
        "vertical": customer.vertical,
        "environments": customer.environments,
        "since": customer.since,
        **({"custom": customer.custom} if customer.custom else {}),
    }


@action("customers.write")
def change_customer(
    customer: Customer,
    *,
    on: dt.date,
    name: str | None = None,
    external_id: str | None = None,
    vertical: str | None = None,
    country: str | None = None,
    environments: Sequence[str] | None = None,
    private_name: str | None = None,
    domain: str | None = None,
    account_manager: Person | Nobody | None = None,
    custom: Mapping[str, Any] | None = None,
) -> Customer:
    """Change what is recorded of a customer; what is left out stays.

    Environment classes are added here, by whomever; taking one away is asked for and decided by
    another person, and a regulated vertical is left once its class is recorded. Raises
    ``Refused``: ``environment_lowered``, ``vertical_lowered``, ``unknown_environment``,
    ``external_id_taken``, ``not_on_team``, ``invalid``.
    """
    held_partner(customer.partner)
    customer = fresh(customer)
    wanted: dict[str, Any] = {
        "name": name.strip() if name is not None else None,
        "private_name": private_name.strip() if private_name is not None else None,
        "domain_digest": domain_digest_of(domain) if domain is not None else None,
        "external_id": external_id.strip() if external_id is not None else None,
        "vertical": vertical,
        "country": country.upper() if country is not None else None,
        "environments": (
            None if environments is None else rules.known_environments(environments, on)
        ),
    }
    values = {k: v for k, v in wanted.items() if v is not None}
    lowering = rules.lowering(
        customer,
        values.get("environments"),
        values.get("vertical"),
        rules.regulated_verticals(on),
    )
    if lowering is not None:
        raise Refused(lowering.code, lowering.detail, reasons=[lowering])
    if account_manager is not None:
        values["account_manager"] = _of_team(account_manager, customer.partner, on)
    found = changed_with_custom(customer, values, custom)
    if found:
        record_event("customer.changed", customer, data=without_secrets(found))
    return customer


def lower_classes(customer: Customer, environments: Sequence[str], *, evidence: str) -> Customer:
    """Leave the customer only these classes: part of the action by which another person approved
    it, which holds the partner."""
    customer = fresh(customer)
    found = changed_with_custom(customer, {"environments": list(environments)}, None)
    if found:
        data = {**without_secrets(found), "evidence": evidence}
        record_event("customer.changed", customer, data=data)
    return customer


@action("customers.write")
def end_customer(customer: Customer, *, on: dt.date) -> Customer:
    """The partner runs the customer's systems no longer from the day ``on``.

    Raises ``Refused``: ``already_ended``, ``span_reversed``.
    """
    held_partner(customer.partner, living=False)
    customer = fresh(customer)
    if customer.until is not None:
        raise refused(
            "already_ended",
            _("This customer ended on %(day)s.") % {"day": short_date(customer.until)},
        )
    needs_span(customer.since, on)
    customer.until = on
    written(customer, only=["until"])
    record_event("customer.ended", customer, data={"name": customer.name, "until": on})
    return customer


SECRET = ("private_name", "domain_digest")


def without_secrets(changes: dict[str, list[Any]]) -> dict[str, Any]:
    """Changes of a customer as an event carries them: of what only the partner reads, the name of
    the field alone."""
    said = {
        name: [getattr(one, "ref", one) for one in pair]
        for name, pair in changes.items()
        if name not in SECRET
    }
    hidden = sorted(set(changes) & set(SECRET))
    return {"changes": said, **({"hidden": hidden} if hidden else {})}


def _of_team(person: Person | Nobody, partner: Partner, on: dt.date) -> Person | None:
    """The person, who works or signs in for the partner on the day; ``None`` for nobody."""
    if person == "":
        return None
    found = people_of(partner, on).filter(pk=person.pk).first()
    if found is None:
        raise refused(
            "not_on_team",
            _("%(name)s does not work for %(partner)s.")
            % {"name": person.name, "partner": partner.name},
            pointer="account_manager",
        )
    return found


def domain_digest_of(domain: str) -> str:
    """A keyed digest (hex), equal for the customers of two partners of one vendor that are the
    same company, without either telling whom it serves; empty for none.
    Another ``SECRET_KEY`` gives another.
    """
    host = domain.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0]
    host = host.removeprefix("www.").rstrip(".")
    if not host:
        return ""
    vendor = scope.current().vendor_id
    return salted_hmac("partners.domain", f"{vendor}:{host}", algorithm="sha256").hexdigest()
