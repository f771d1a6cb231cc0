"""Service contracts: what a partner agreed with its customers. Only the partner writes them.

Events say which fields changed and never a value: who may read one is decided field by field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from partners.actions.writing import changed, fresh, held_partner, needs_span, refused, written
from partners.models import ContractTerms, Customer, ServiceContract
from partners.rules import agreeing
from partners.rules.sharing import reads_everything
from tenants.writing import Reason, Refused, action, record_event
from web.templatetags.mainstay import short_date


@action("contracts.write")
def record_contract(
    customer: Customer,
    *,
    scopes: Sequence[str],
    since: dt.date,
    at: dt.datetime,
    external_id: str = "",
    **terms: Any,
) -> ServiceContract:
    """Record what the partner agreed with its customer, from ``since`` (vendor's day).

    ``terms`` are columns of ``ContractTerms``; ``months`` without ``ends_on`` sets the end. Raises
    ``Refused``: ``partner_only``, ``customer_ended``, ``overlapping``, ``external_id_taken`` and
    those of ``rules.agreeing``.
    """
    partner = held_partner(customer.partner)
    refuse_staff()
    customer = fresh(customer)
    scopes = agreeing.known_scopes(scopes)
    values = agreeing.agreed(terms, since)
    _refuse(agreeing.wrong_scopes(scopes) or agreeing.wrong_terms(values, since))
    until = agreeing.until_of(values)
    others = ServiceContract.objects.filter(customer=customer)
    _refuse(agreeing.refusal(customer, others, scopes, since, until))
    own = {"partner": partner, "recorded_at": at}
    contract = written(
        ServiceContract(
            **own,
            customer=customer,
            external_id=external_id.strip(),
            scopes=scopes,
            since=since,
            until=until,
        )
    )
    contract.terms = written(ContractTerms(**own, contract=contract, since=since, **values))
    written(contract, only=["terms"])
    record_event("contract.recorded", contract, data={"customer": customer.ref})
    return contract


@action("contracts.write")
def change_contract(
    contract: ServiceContract,
    *,
    since: dt.date,
    at: dt.datetime,
    external_id: str | None = None,
    **terms: Any,
) -> ServiceContract:
    """Agree other terms from the day ``since`` on; what is left out stays.

    The first day of the latest terms corrects those; a later one begins new ones. Raises
    ``Refused``: ``partner_only``, ``already_ended``, ``terms_before``, ``terms_after``,
    ``overlapping`` and those of ``rules.agreeing``.
    """
    held_partner(contract.partner)
    refuse_staff()
    contract = fresh(contract)
    held = contract.agreed
    _refuse(agreeing.untimely(contract, held, since))
    values = agreeing.agreed({**{n: getattr(held, n) for n in agreeing.TERMS}, **terms}, since)
    _refuse(agreeing.wrong_terms(values, since))
    until = agreeing.until_of(values)
    others = ServiceContract.objects.filter(customer=contract.customer).exclude(pk=contract.pk)
    _refuse(agreeing.refusal(contract.customer, others, contract.scopes, contract.since, until))
    fields = {name for name in agreeing.TERMS if getattr(held, name) != values[name]}
    own = {"external_id": external_id.strip() if external_id is not None else contract.external_id}
    fields |= set(changed(contract, own))
    if fields - {"external_id"}:
        _agree(contract, held, since, values, at)
        changed(contract, {"until": until})
    if fields:
        record_event(
            "contract.changed",
            contract,
            data={"customer": contract.customer.ref, "fields": agreeing.named(fields)},
        )
    return contract


def _agree(
    contract: ServiceContract,
    held: ContractTerms,
    since: dt.date,
    values: Mapping[str, Any],
    at: dt.datetime,
) -> None:
    if since == held.since:
        changed(held, values)
        return
    changed(held, {"until": since})
    own = {"partner": contract.partner, "contract": contract, "recorded_at": at}
    contract.terms = written(ContractTerms(**own, since=since, **values))
    written(contract, only=["terms"])


@action("contracts.write")
def end_contract(contract: ServiceContract, *, on: dt.date) -> ServiceContract:
    """The contract runs no longer from the day ``on``, whatever was agreed.

    Raises ``Refused``: ``partner_only``, ``already_ended``, ``span_reversed``.
    """
    held_partner(contract.partner, living=False)
    refuse_staff()
    contract = fresh(contract)
    if contract.ended or (contract.until is not None and contract.until <= on):
        raise refused(
            "already_ended",
            _("This contract ended on %(day)s.") % {"day": short_date(contract.until)},
        )
    needs_span(contract.since, on)
    changed(contract, {"until": on, "ended": True})
    record_event("contract.ended", contract, data={"customer": contract.customer.ref})
    return contract


def refuse_staff() -> None:
    """``Refused("partner_only")`` where the vendor's side asks."""
    if not reads_everything():
        raise refused(
            "partner_only",
            _("Service contracts are the partner's own."),
            fix=_("Ask the partner to record it."),
        )


def _refuse(reason: Reason | None) -> None:
    if reason is not None:
        raise Refused(reason.code, reason.detail, reasons=[reason])
