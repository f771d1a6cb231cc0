"""What to write in each field of the deals section; a part of ``programs.helps``."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEALS: dict[str, str | Promise] = {
    "Deals.policies": _("What a partner can register, each with its own rules."),
    "Deals.hours": _("The working hours in which answers are owed."),
    "Deals.prechecks_per_day": _("Companies that a partner may look up in a day. 0: none."),
    "Deals.incumbency": _("Who counts as the partner that serves a customer."),
    "Deals.co_sell": _("Working on a deal with the vendor's own people. Nothing here: none."),
    "CoSell.answer_hours": _("In business hours from when the partner asked."),
    "CoSell.advanced_benefit": _("A benefit of levels that opens advanced co-sell."),
    "CoSell.advanced_needs": _(
        "What opens advanced co-sell as well, for example a certificate. The benefit or this is"
        " enough; without both there is none."
    ),
    "BusinessHours.weekdays": _("The working days of the week."),
    "BusinessHours.opens": _("In the vendor's time zone, for example 09:00."),
    "BusinessHours.closes": _("In the vendor's time zone, for example 17:00. At the latest 24:00."),
    "BusinessHours.holidays": _(
        "The country whose public holidays are no working days, two letters. Nothing here: none."
    ),
    "Incumbency.months": _("In closed months: seats billed in one of them are enough."),
    "Incumbency.lost_after_zero_days": _("In days without a seat until it is lost."),
    "DealPolicy.kind": _(
        "A customer won for years, more for one, a running contract's new terms, its renewal, or"
        " one sale."
    ),
    "DealPolicy.types": _("Only partners of these types. Nothing here: all."),
    "DealPolicy.object": _("What one partner alone has at a company while it is approved."),
    "DealPolicy.only": _("Only the partner that serves the customer. Nothing here: everybody."),
    "DealPolicy.minimum": _("What it has to be worth. Nothing here: anything."),
    "DealPolicy.states": _(
        "Sentences that the partner confirms, for example: It is not in a published tender."
    ),
    "DealPolicy.quiet_months": _(
        "In months in which the vendor’s own sales must not have been in touch there."
    ),
    "DealPolicy.earliest_month": _("In months from the begin of the contract."),
    "DealPolicy.per_account": _(
        "Approved registrations that a company can have, of all partners together. Nothing here:"
        " any number."
    ),
    "DealPolicy.pursuit": _("How long a partner works for the customer undisturbed."),
    "DealPolicy.protect": _("What a won customer gets while its service contract runs."),
    "DealPolicy.answer": _("How soon it is decided, and what happens if nobody does."),
    "DealPolicy.appeal_days": _("In days after a refusal. 0: no appeal."),
    "DealPolicy.cool_off_days": _(
        "In days after a refusal or an end until the same partner may register the company again."
    ),
    "DealPolicy.prices": _("Which prices the registered partner gets, and which the others."),
    "DealPolicy.needs": _("What the partner must show to register, for example a certificate."),
    "Minimum.seats": _("Seats, or whatever is counted. One of the bounds given is enough."),
    "Minimum.list_value": _(
        "At list price, in the currency of the program; by the customer's country where it differs."
    ),
    "Minimum.products": _("With one of these products, whatever the amount."),
    "Pursuit.days": _("In days from the approval; then it lapses by itself."),
    "Pursuit.extend": _("More time, if the partner asks before the end. Nothing here: none."),
    "Pursuit.notice_days": _("In days before its end on which the partner is warned."),
    "Extend.days": _("In days that are added each time."),
    "Extend.times": _("How often it can be given."),
    "Extend.evidence": _("Only if the partner shows that it is working on it."),
    "Protect.tail_days": _("In days after the end of the service contract."),
    "Protect.max_months": _("In months from the day it was granted, 36 at most."),
    "Protect.first_seat_within_days": _(
        "In days from winning until the first seat runs. Nothing here: any time."
    ),
    "Protect.zero_seat_days": _("In days without a seat, after which the protection ends."),
    "Answer.business_hours": _("In business hours from when it was submitted."),
    "Answer.missed": _("What happens by itself when that time is over."),
    "Prices.own": _("The price class of the registered partner, for example partner_sourced."),
    "Prices.others": _("The price class of everybody else, for example list."),
    "Prices.reward": _("What the registered partner gets besides, in words."),
}
