"""What licensing's events are called, and what they say in a timeline."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from partners.sentences import Look, Sentence, Told
from partners.words import quantity_words, unit_of, words_of_all
from programs.document import GENERAL

EVENT_WORDS: dict[str, Any] = {
    "authorization.allowed": _("Deployment allowed"),
    "authorization.denied": _("Deployment denied"),
    "override.requested": _("Override asked for"),
    "override.approved": _("Override approved"),
    "override.refused": _("Override refused"),
    "override.ended": _("Exception ended"),
    "glass.broken": _("Glass broken"),
    "reservation.made": _("Seats reserved"),
    "reservation.confirmed": _("Reservation confirmed"),
    "reservation.cancelled": _("Reservation cancelled"),
    "reservation.lapsed": _("Reservation lapsed"),
    "class_change.requested": _("Lowering of a class asked for"),
    "class_change.approved": _("Lowering of a class approved"),
    "class_change.refused": _("Lowering of a class refused"),
    "exceptions.exported": _("Exceptions exported"),
    "authorization.revoked": _("Authorisation no longer holds"),
    "authorization.restored": _("Authorisation holds again"),
    "standing.changed": _("Standing of a gate changed"),
    "customer_move.scheduled": _("Move of a customer scheduled"),
    "customer_move.done": _("Customer moved"),
    "customer_move.cancelled": _("Move of a customer cancelled"),
    "customer.merged": _("Duplicate customer merged"),
    "partner_merge.planned": _("Merge of partners planned"),
    "partner_merge.discarded": _("Merge of partners discarded"),
    "partner_merge.merged": _("Partners merged"),
}


def _runs(told: Told, count: int) -> str:
    """How many, in the unit of the product that the event names."""
    product = str(told.data.get("product") or "")
    return quantity_words(count, unit_of(told.document, product) if told.document else "seat")


def _decided(told: Told) -> str:
    before, seats = told.data["seats"]
    special = [code for code in told.data.get("environments") or [] if code != GENERAL]
    words = {
        "product": told.title("products", "product"),
        "classes": f" ({words_of_all(special)})" if special else "",
        "customer": told.customer(),
        "seats": _runs(told, seats),
        "before": f"{before:,}",
    }
    if before:
        return (
            say("%(product)s%(classes)s at %(customer)s: %(seats)s instead of %(before)s.") % words
        )
    return say("%(product)s%(classes)s at %(customer)s: %(seats)s.") % words


def _denied(told: Told) -> str:
    codes = dict.fromkeys(told.data.get("reasons") or [])
    why = [str(WHY[code]) for code in codes if code in WHY]
    because = " ".join([say("Why: %(why)s.") % {"why": ", ".join(why)}] if why else [])
    return f"{_decided(told)} {because}".strip()


def _exception(told: Told) -> str:
    words = {
        "product": told.title("products", "product"),
        "where": say(" at %(customer)s") % {"customer": told.customer()}
        if told.data.get("customer")
        else "",
        "reason": told.data.get("reason", ""),
    }
    return say("%(product)s%(where)s: %(reason)s") % words


def _broken(told: Told) -> str:
    seats = told.data.get("max_seats") or 0
    words = {"what": _exception(told), "seats": _runs(told, seats)}
    return say("%(what)s (up to %(seats)s more)") % words


def _reserved(told: Told) -> str:
    seats = told.data["seats"]
    words = {
        "product": told.title("products", "product"),
        "customer": told.customer(),
        "seats": _runs(told, seats),
    }
    return say("%(product)s at %(customer)s: %(seats)s.") % words


STAGES: dict[str, Any] = {
    "open": _("open"),
    "grace": _("in grace"),
    "block_new": _("closed to new customers"),
    "block_growth": _("closed to growth"),
    "closed": _("closed"),
    "suspend": _("suspended"),
}


def _at_customer(told: Told) -> str:
    words = {"product": told.title("products", "product"), "customer": told.customer()}
    return say("%(product)s at %(customer)s.") % words


def _stage(told: Told) -> str:
    words = {
        "product": told.title("products", "product"),
        "stage": STAGES.get(told.data.get("stage") or "", told.data.get("stage")),
        "was": STAGES.get(told.data.get("was") or "", told.data.get("was")),
    }
    return say("%(product)s: %(stage)s, before: %(was)s.") % words


def _lowered(told: Told) -> str:
    before, after = told.data["environments"]
    words = {
        "customer": told.customer(),
        "before": words_of_all(before) or say("none"),
        "after": words_of_all(after) or say("none"),
    }
    return say("%(customer)s: %(after)s instead of %(before)s.") % words


def _merged(told: Told) -> str:
    words = {"duplicate": told.data["name"], "customer": told.customer()}
    return say("%(duplicate)s was the same company as %(customer)s.") % words


WHY: dict[str, Any] = {
    "partner_suspended": _("the partnership is suspended"),
    "partner_exited": _("the partnership has ended"),
    "customer_ended": _("the customer is no longer managed"),
    "classify_customer": _("the customer's environment class is not recorded"),
    "unknown_environment": _("the program has no such environment class"),
    "product_not_offered": _("the product is not offered for these environments"),
    "requires_product": _("it builds on another product"),
    "agreement_missing": _("no partner agreement is in force"),
    "addendum_missing": _("an addendum is not in force"),
    "people_missing": _("too few certified people"),
    "attestation_missing": _("an attestation is missing"),
    "metric_short": _("a figure is not reached"),
    "requirement_missing": _("a requirement is not met"),
    "unknown_fact": _("data is missing"),
    "operator_missing": _("no certified operator is named"),
    "onboarding_open": _("a step of the onboarding is open"),
    "growth_above_tolerance": _("growth is blocked beyond the tolerance"),
}
"""The codes of refusals in a few words, for a line of a timeline."""

SENTENCES: dict[str, Sentence] = {
    "authorization.allowed": _decided,
    "authorization.denied": _denied,
    "override.requested": _exception,
    "override.approved": _exception,
    "override.refused": _exception,
    "override.ended": _exception,
    "glass.broken": _broken,
    "reservation.made": _reserved,
    "reservation.confirmed": _reserved,
    "reservation.cancelled": _reserved,
    "reservation.lapsed": _reserved,
    "class_change.requested": _lowered,
    "class_change.approved": _lowered,
    "class_change.refused": _lowered,
    "customer.merged": _merged,
    "authorization.revoked": _at_customer,
    "authorization.restored": _at_customer,
    "standing.changed": _stage,
}
LOOKS: dict[str, Look] = {
    "authorization.allowed": ("circle-check", "ok"),
    "authorization.denied": ("lock", "bad"),
    "override.approved": ("key", "warn"),
    "glass.broken": ("hammer", "bad"),
    "override.ended": ("lock", "muted"),
    "reservation.lapsed": ("clock-off", "warn"),
}
