"""Customers that change their MSP, partners that merge, and duplicates, in the vendor's admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from licensing import actions
from licensing.forms import LowerForm, duplicate_form
from licensing.models import CustomerMove, PartnerMerge
from licensing.rules.moving import MergePlan, Pair, Taken, merge_plan, taken_over
from partners.admin.customers import CustomerAdmin
from partners.admin.forms import ReasonForm
from partners.forms import DayField
from partners.models import Customer
from tenants.clock import today
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin

MOST_NAMED = 20  # of values that stay behind


class MoveForm(forms.ModelForm):
    """Which customer changes to whom, when, and what shows it."""

    on = DayField(label=_("from"), initial=today)

    class Meta:
        model = CustomerMove
        fields = ("customer", "to_partner", "into", "name", "on", "reason")
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}
        labels = {"into": _("already its customer as")}
        help_texts = {
            "into": _("Only where the next partner has this company as a customer already."),
            "name": _("What the next partner calls it; the present name where this is empty."),
            "reason": _("For example: letter of the customer of 3 March. Only staff read it."),
        }


class MergeForm(forms.ModelForm):
    """Who becomes a part of whom, and why."""

    class Meta:
        model = PartnerMerge
        fields = ("gone", "kept", "reason")
        help_texts = {
            "reason": _("Nothing happens yet: the next page says what merging would do."),
        }


def _state(*states: str) -> Callable[[Any], bool]:
    return lambda row: row.state in states


@admin.register(CustomerMove)
class CustomerMoveAdmin(VendorAdmin):
    """Customers that change their MSP. Nobody is cut off: what runs goes along."""

    blank = _("Customers that change their MSP. What runs goes along, so nobody is cut off.")
    job, icon, job_order = "partners", "swap_horiz", 45
    list_display = ("customer", "former", "to_partner", "on", "state")
    list_filter = ("state",)
    list_select_related = ("customer__partner", "to_partner")
    search_fields = ("customer__name", "to_partner__name")
    add_action = with_now(actions.schedule_move)
    add_form = MoveForm
    add_fields = ("customer", "to_partner", "into", "name", "on", "reason")
    show = (
        "state",
        "customer",
        "former",
        "to_partner",
        "already",
        "on",
        "reason",
        "outlook",
        "resulting",
        "note",
        "requested_by",
        "requested_at",
        "settled_at",
    )
    buttons = (
        Button(
            "cancel",
            _("Cancel the move"),
            with_now(actions.cancel_move),
            form=ReasonForm,
            shown=_state(CustomerMove.State.SCHEDULED),
            tone="danger",
            done=_("Cancelled: the customer stays."),
        ),
    )

    @admin.display(description=_("present partner"))
    def former(self, move: CustomerMove) -> str:
        return str(move.customer.partner)

    @admin.display(description=_("already its customer as"))
    def already(self, move: CustomerMove) -> str:
        return str(move.into or "–")

    @admin.display(description=_("what goes along"))
    def outlook(self, move: CustomerMove) -> SafeString | str:
        if move.state != CustomerMove.State.SCHEDULED:
            return "–"
        found = taken_over(move.customer, move.to_partner, today())
        stays = _("Further fields, contracts, agreements and figures stay with %(name)s.")
        said = [_going(one) for one in found] or [str(_("Nothing runs there."))]
        return _paragraphs([*said, stays % {"name": move.customer.partner}])

    def name_of(self, obj: CustomerMove) -> str:
        return f"{obj.customer} → {obj.to_partner}"


def _going(one: Taken) -> str:
    words = ngettext("%(title)s, %(n)s seat.", "%(title)s, %(n)s seats.", one.seats)
    said = words % {"title": one.title, "n": f"{one.seats:,}"}
    closed = _("The next partner cannot add seats: its gate is closed.")
    return said if one.open else f"{said} {closed}"


@admin.register(PartnerMerge)
class PartnerMergeAdmin(VendorAdmin):
    """Two partners that become one: planned, read, merged."""

    blank = _("Two partners that become one. You read what a merge would do before it happens.")
    job, icon, job_order = "partners", "merge", 46
    list_display = ("gone", "kept", "state", "planned_at", "settled_at")
    list_filter = ("state",)
    list_select_related = ("gone", "kept")
    add_action = with_now(actions.plan_merge)
    add_form = MergeForm
    add_fields = ("gone", "kept", "reason")
    show = (
        "state",
        "gone",
        "kept",
        "reason",
        "plan",
        "planned_by",
        "planned_at",
        "settled_at",
    )
    buttons = (
        Button(
            "merge",
            _("Merge now"),
            with_now(actions.merge_partners),
            shown=_state(PartnerMerge.State.PLANNED),
            tone="primary",
            done=_("Merged."),
            note=_("There is no way back. All of it is done, or nothing."),
        ),
        Button(
            "discard",
            _("Discard"),
            with_now(actions.discard_merge),
            shown=_state(PartnerMerge.State.PLANNED),
            tone="danger",
            done=_("Discarded. Nothing was changed."),
        ),
    )

    @admin.display(description=_("what it does"))
    def plan(self, merge: PartnerMerge) -> SafeString | str:
        if merge.state == PartnerMerge.State.DISCARDED:
            return "–"
        if merge.state == PartnerMerge.State.MERGED:
            return _paragraphs(_done(merge.outcome))
        return _paragraphs(_to_do(merge, merge_plan(merge.gone, merge.kept, today())))

    def name_of(self, obj: PartnerMerge) -> str:
        return f"{obj.gone} → {obj.kept}"


def _done(outcome: dict[str, int]) -> list[Any]:
    return [
        _counted(outcome["customers"], outcome["seats"]),
        _people(outcome["people"]),
        _("Contracts that went along: %(n)s.") % {"n": outcome["contracts"]},
        *_values(outcome.get("values", 0)),
    ]


def _to_do(merge: PartnerMerge, plan: MergePlan) -> list[Any]:
    said: list[Any] = [_counted(len(plan.pairs), plan.seats)]
    said += [
        _("%(name)s and %(twin)s become one customer.")
        % {"name": pair.customer.name, "twin": pair.twin}
        for pair in plan.joined
        if not _aliased(pair)
    ]
    if aliased := sum(map(_aliased, plan.joined)):
        said.append(_("Under an alias, and two become one: %(n)s.") % {"n": aliased})
    said += [
        _people(plan.people),
        _("Contracts that go along: %(n)s.") % {"n": plan.contracts},
        *_values(plan.values),
        *_staying(merge, plan),
        _("Figures stay with %(name)s, for which they were published: %(kept)s supplies its own.")
        % {"name": merge.gone.name, "kept": merge.kept.name},
        _("Attestations, agreements and levels of %(name)s do not count for %(kept)s.")
        % {"name": merge.gone.name, "kept": merge.kept.name},
    ]
    said += [
        _("First one of two contracts for the same service has to end: %(name)s.")
        % {"name": pair.customer.name}
        for pair in plan.colliding
    ]
    if plan.moving:
        said.append(_("First the moves of its customers have to be settled or cancelled."))
    return said


def _values(values: int) -> list[str]:
    if not values:
        return []
    words = ngettext(
        "%(n)s value of a custom field goes along.",
        "%(n)s values of custom fields go along.",
        values,
    )
    return [words % {"n": f"{values:,}"}]


def _staying(merge: PartnerMerge, plan: MergePlan) -> list[str]:
    """Which values stay with the rows that end: where the one kept has its own, or is not asked."""
    shown = [
        f"{label} ({merge.gone.name if pair is None else pair.customer.name})"
        for pair, label in plan.staying
    ]
    if not shown:
        return []
    said = ", ".join(shown[:MOST_NAMED])
    if more := len(shown) - MOST_NAMED:
        said = said if more < 0 else f"{said}, +{more}"
    return [_("Stay as they are on the side kept: %(fields)s.") % {"fields": said}]


def _aliased(pair: Pair) -> bool:
    """Whether naming the two would tell whom an alias stands for, which only its partner reads."""
    assert pair.twin is not None
    return bool(pair.customer.private_name or pair.twin.private_name)


def _counted(customers: int, seats: int) -> str:
    words = ngettext(
        "%(n)s customer with %(seats)s seats.", "%(n)s customers with %(seats)s seats.", customers
    )
    return words % {"n": f"{customers:,}", "seats": f"{seats:,}"}


def _people(people: int) -> str:
    return ngettext("%(n)s person changes over.", "%(n)s people change over.", people) % {
        "n": people
    }


def _paragraphs(lines: Any) -> SafeString:
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines))


def _open(customer: Customer) -> bool:
    return customer.until is None


# A customer's page is of the app below; what runs there is known here.
CustomerAdmin.buttons = (  # type: ignore[assignment]  # inferred as a tuple of three
    *CustomerAdmin.buttons,
    Button(
        "lower",
        _("Take classes away"),
        with_now(actions.ask_to_lower),
        form_of=lambda customer: partial(LowerForm, held=customer.environments),
        shown=lambda customer: _open(customer) and bool(customer.environments),
        done=_("Asked for: the classes stay until another person has approved it."),
        note=_("The stricter classes count until another person has approved this."),
    ),
    Button(
        "merge",
        _("Merge a duplicate"),
        with_now(actions.merge_customers),
        form_of=duplicate_form,
        shown=_open,
        done=_("Merged: all of it stands here now."),
        note=_(
            "The duplicate ends; its seats, classes, papers and contracts come here, and its custom"
            " fields where they are empty here."
        ),
    ),
)
