"""What people read instead of the document's keys: names, helps, kinds of requirement.

A key that stands nowhere here is shown as it reads, with its model's own description.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from programs.editing.shapes import Field, primitive
from programs.helps import help_for
from web.codes import words_of

Words = str | Promise

_LABELS: dict[str, Words] = {
    "basics": _("Basics"),
    "program": _("Code of the program"),
    "title": _("Title"),
    "time_zone": _("Time zone"),
    "environments": _("Environment classes"),
    "regulated_verticals": _("Regulated verticals"),
    "windows": _("Warnings before an end"),
    "Windows.certificate": _("Days before a certificate ends"),
    "publishing": _("Publishing"),
    "Publishing.second_person": _("A second person approves each version"),
    "country_groups": _("Country groups"),
    "metrics": _("Metrics"),
    "attestations": _("Attestations"),
    "addenda": _("Addenda"),
    "tracks": _("Certification tracks"),
    "equivalents": _("Companies that count for people"),
    "Equivalent.tracks": _("Tracks that the company counts as holding"),
    "pass_mark": _("Pass mark (percent)"),
    "Track.parts": _("Parts, each with a result of its own"),
    "parts_within_days": _("All parts within (days)"),
    "composite": _("Earned by holding all of these"),
    "renew": _("Ways to renew"),
    "renew_from_days": _("Renewed at the earliest (days before the end)"),
    "retake": _("After a failed attempt"),
    "waits_days": _("Wait so many days, failure by failure"),
    "per_year": _("Attempts in a year, at most"),
    "links": _("Addresses"),
    "curriculum": _("What to learn"),
    "recertify_by": _("Older versions count until"),
    "TrackVersion.product": _("Product release"),
    "RenewalByTrack.months": _("For (months)"),
    "products": _("Products"),
    "benefits": _("Benefits"),
    "support": _("Support plans"),
    "types": _("Partner types"),
    "mapping": _("Successors"),
    "tiers": _("Tiers"),
    "axes": _("Further axes"),
    "levels": _("Levels"),
    "gates": _("Gates"),
    "entry": _("To come in"),
    "onboarding": _("First steps"),
    "joined_from": _("For partners that join from"),
    "met": _("Done when"),
    "Step.who": _("Who does it"),
    "Step.products": _("Opens the products"),
    "Step.levels": _("Opens the levels"),
    "retain": _("To stay"),
    "add": _("Requirements"),
    "months": _("Valid for (months)"),
    "fresh_months": _("Too old after (months)"),
    "supplied_by": _("Supplied by"),
    "complete": _("The source delivers the rows of every partner"),
    "max_months": _("At most (months)"),
    "lockout_months": _("Locked out for (months)"),
    "price_month": _("Price per month"),
    "price_lock_months": _("Price kept for (months)"),
    "then": _("Followed by"),
    "requires": _("Requires the products"),
    "needs": _("Requires the tracks"),
    "with": _("Signed with"),
    "all_of": _("Each of them holds all of these"),
    "of_them": _("Of them, so many who also hold"),
    "disjoint": _("Kept apart: nobody serves two of these"),
    "org": _("Of which companies"),
    "window": _("Over which time"),
    "otherwise": _("Otherwise"),
    "until_then": _("Until then"),
    "asks": _("Asks from then on"),
    "if": _("If"),
    "each": _("For each"),
    "cap": _("At most so many points"),
    "minimum": _("Fails under"),
    "parts": _("Parts"),
    "best_of": _("Or the best of several ways"),
    "gate": _("Only if"),
    "by_group": _("For each group of countries"),
    "inherit": _("What the family counts"),
    "Part.points": _("Points"),
    "ProgramDocument.gate": _("Gates in daily life"),
    "lapse": _("After something ended"),
    "Review.clock": _("When it takes place"),
    "Review.day": _("On which day"),
    "Review.up": _("When a partner rises"),
    "Review.down": _("When a partner falls"),
    "cure": _("Time to put things right"),
    "Cure.months": _("Months"),
    "Review.approve": _("A person approves each review"),
    "review": _("Reviews"),
    "MetricWindow.months": _("Months"),
    "HeldLevel.months": _("Held for (months)"),
    "partner_for": _("Months as a partner"),
    "MetricRule.minimum": _("Needs at least so many records"),
    "Ratio.minimum": _("Needs at least"),
    "BenefitRule.cap": _("At most"),
    "BenefitRule.base": _("Taken of"),
    "BenefitRule.stacking": _("From several levels"),
    "about": _("What it is about"),
    "where": _("Only where"),
    "s1": _("Severity 1 (minutes)"),
    "s2": _("Severity 2 (minutes)"),
    "s3": _("Severity 3 (minutes)"),
    "s4": _("Severity 4 (minutes)"),
    "anchor": _("Counted from"),
    "promotion": _("How a partner comes in"),
    "rank": _("Place from the bottom"),
    "was": _("Code before"),
    "at_least": _("At least"),
    "at_most": _("At most"),
    "n": _("How many"),
    "of": _("Of these"),
    "id": _("Own code"),
    "from_nth": _("From the nth on"),
    "co_investment": _("Co-investment"),
    "MetricBound.code": _("Metric"),
    "TrackVersion.of": _("Builds on version"),
    "TrackVersion.code": _("Version"),
    "Choice.of": _("Requirements"),
    "ProgramDocument.deals": _("Deals and protection"),
    "Deals.policies": _("Policies"),
    "Deals.hours": _("Business hours"),
    "prechecks_per_day": _("Pre-checks a day, for each partner"),
    "incumbency": _("Who serves a customer"),
    "BusinessHours.holidays": _("Public holidays of"),
    "Incumbency.months": _("Billed in one of the last (months)"),
    "lost_after_zero_days": _("Lost without seats after (days)"),
    "DealPolicy.types": _("For partners of the types"),
    "DealPolicy.object": _("What is kept for one partner"),
    "DealPolicy.only": _("Who may register"),
    "DealPolicy.minimum": _("Smallest size"),
    "states": _("The partner confirms"),
    "quiet_months": _("Without contact of the vendor's sales (months)"),
    "earliest_month": _("From this month of the contract"),
    "per_account": _("Registrations of one company, at most"),
    "DealPolicy.pursuit": _("Time to win the customer"),
    "DealPolicy.protect": _("Protection once won"),
    "DealPolicy.answer": _("Answer"),
    "appeal_days": _("Appeal within (days)"),
    "cool_off_days": _("Wait before registering again (days)"),
    "DealPolicy.needs": _("What it needs"),
    "list_value": _("List value"),
    "Minimum.products": _("Or one of the products"),
    "Pursuit.days": _("Days"),
    "Pursuit.extend": _("Extension"),
    "notice_days": _("Warned before its end (days)"),
    "Extend.days": _("Days more"),
    "Extend.times": _("So many times"),
    "Extend.evidence": _("Only with a sign of activity"),
    "tail_days": _("After the contract's end (days)"),
    "Protect.max_months": _("At most (months)"),
    "first_seat_within_days": _("First seat within (days)"),
    "zero_seat_days": _("Ends without seats after (days)"),
    "Deals.co_sell": _("Co-sell"),
    "CoSell.answer_hours": _("Answered within (business hours)"),
    "CoSell.advanced_benefit": _("Advanced co-sell opens with the benefit"),
    "CoSell.advanced_needs": _("Advanced co-sell opens with"),
    "Answer.business_hours": _("Within (business hours)"),
    "Answer.missed": _("If nobody decides"),
    "Prices.own": _("Price class of the registered partner"),
    "Prices.others": _("Price class of the others"),
    "Prices.reward": _("Further reward"),
}
_SINGULAR: dict[str, Words] = {
    "benefits": _("Benefit"),
    "environments": _("Environment class"),
    "country_groups": _("Country group"),
}
_MODELS: dict[str, Words] = {
    "Track": _("What a certificate certifies and how long it lasts."),
    "Equivalent": _("What makes a company count as holding tracks, although no person does."),
    "RenewalByTrack": _("Another track"),
    "MetricRule": _("A number about a partner that requirements can ask for."),
    "AttestationRule": _("Something that a person attests with evidence."),
    "AddendumRule": _("An addendum to the partner agreement."),
    "Onboarding": _("The first steps of a new partner."),
    "Step": _("A step of the checklist; once done, it stays done."),
    "Product": _("Something a partner deploys; its gates say who may."),
    "Gate": _("What this environment class asks on top of the general gate."),
    "PartnerType": _("The rules for one kind of partner: its tiers, from the lowest up."),
    "Level": _("What a partner must show for this level, and what it gets."),
    "BenefitRule": _("A benefit, and how the values of several levels go together."),
    "SupportPlan": _("Minutes to the first answer, the most urgent severity first."),
    "Axis": _("Levels that belong together, beside the tiers."),
    "DealPolicy": _("What a partner can register, and what comes of it."),
    "CodeMapping": _("Which code stands for one that this version no longer has."),
}
_KINDS: dict[str, tuple[Words, Words]] = {
    "all": (_("All of these"), _("Every requirement inside must be met.")),
    "any": (_("One of these"), _("One of the requirements inside is enough.")),
    "at_least": (_("At least some of these"), _("So many of the requirements inside.")),
    "not": (_("Not"), _("The requirement inside must not be met.")),
    "score": (_("Score"), _("Points for several things, and how many are enough.")),
    "people": (_("Certified people"), _("So many people with a certificate.")),
    "metric": (_("Metric"), _("A number of the partner, such as managed seats.")),
    "attestation": (_("Attestation"), _("Something attested, such as a business plan.")),
    "agreement": (_("Agreement"), _("The partner agreement is in force.")),
    "addendum": (_("Addendum"), _("An addendum is signed.")),
    "held": (_("Level held"), _("A level of this program that the partner holds.")),
    "partner_for": (_("Time as a partner"), _("So many months in the program.")),
    "day": (_("Day"), _("Only from a day on, or before it.")),
    "country": (_("Country"), _("The partner is in one of these countries.")),
    "by_country": (_("By country"), _("Other requirements for each group of countries.")),
    "phased": (_("Phased in"), _("Asks something new from a day on; until then the older set.")),
}
_VALUES: dict[str, Words] = {
    "not_stated": _("Not stated by the vendor"),
    "in_force": _("In force"),
    "course_release": _("Release of the course"),
    "exam": _("The exam"),
    "delta": _("The delta course"),
    "old_expiry": _("End of the certificate that is renewed"),
    "requirement_met": _("Day on which the last part was met"),
    "nfr": _("Not for resale"),
    "vendor": _("The vendor"),
    "partner": _("The partner"),
    "any_time": _("At any time, once it meets the level"),
    "review": _("At the review"),
    "never": _("Never"),
    "continuous": _("All the time"),
    "half_yearly": _("Twice a year"),
    "anniversary": _("In the month of the agreement's anniversary"),
    "automatic": _("By itself, once its requirements are met"),
    "request": _("On the partner's request"),
    "invitation": _("By invitation"),
    "purchase": _("Bought"),
    "customer": _("Each customer"),
    "best_child": _("The best of the companies below it"),
    "from_parent": _("From the company above it"),
    "own": _("The partner's own"),
    "family": _("All companies of the family"),
    "country": _("The family in the partner's country"),
    "region": _("The family in the partner's country group"),
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
    "DealPolicy.object.family": _("The product family"),
    "DealPolicy.object.product": _("The product"),
    "DealPolicy.object.opportunity": _("This opportunity only"),
    "engagement": _("Customer engagement"),
    "transactional": _("Transaction"),
    "incumbent": _("The partner that serves the customer"),
    "approve_if_clear": _("It is approved where nothing stands against it, else escalated"),
    "escalate": _("It is escalated"),
}
_VARIANTS: dict[str, Words] = {
    "number": _("A number"), "whole": _("A number"), "flag": _("Yes or no"), "text": _("Words"),
    "code": _("A code"), "day": _("A day"), "list": _("Several"), "mapping": _("For each"),
    "choice": _("One of a list"),
}  # fmt: skip


def label(name: str, model: str = "") -> Words:
    """A key as people read it."""
    found = _LABELS.get(f"{model}.{name}") or _LABELS.get(name)
    return found or words_of(name)


def singular(section: str) -> Words:
    """What one entry of a section is called, beside the field that chooses it."""
    return _SINGULAR.get(section) or label(section)


def help_of(field: Field) -> Words:
    """What to write in a field."""
    return help_for(field.model, field.name)


def about(model: Any) -> Words:
    """What an entry is: the first sentence of its model's description."""
    return _MODELS.get(model.__name__) or plain_sentence(model.__doc__ or "")


def kind_label(kind: str) -> Words:
    """The name of a kind of requirement."""
    return _KINDS[kind][0] if kind in _KINDS else label(kind)


def kind_help(kind: str) -> Words:
    """What a kind of requirement asks, in a sentence."""
    return _KINDS[kind][1] if kind in _KINDS else plain_sentence(primitive(kind).type.__doc__ or "")


def value_label(value: Any, field: Field | None = None) -> Words:
    """A word of a choice as people read it; some mean something of their own in one field."""
    own = _VALUES.get(f"{field.model}.{field.name}.{value}") if field else None
    return own or _VALUES.get(str(value)) or label(str(value))


def variant_label(shape: Any) -> Words:
    """The name of one alternative of a union."""
    if shape.kind == "choice" and len(shape.options) == 1:
        return value_label(shape.options[0])
    if shape.kind == "model":
        return about_short(shape.type)
    return _VARIANTS.get(shape.kind, shape.kind)


def about_short(model: Any) -> Words:
    """A model's name, from what it asks: `Count of people` for `PeopleCount`."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__)
    return words.capitalize()


def plain_sentence(text: str) -> str:
    """The first sentence of a description, without marks of code."""
    first = " ".join(text.split()).split(". ")[0]
    if first.startswith("`{"):  # an example: what follows says it in words
        first = first.partition(";")[2].strip() or ""
    first = first.replace("`", "").rstrip(".").strip()
    return f"{first[:1].upper()}{first[1:]}." if first else ""


def at_least_of(number: Any, total: int) -> Words:
    """The name of a group of which so many must be met."""
    return _("At least %(number)s of these %(total)s") % {"number": number, "total": total}
