"""Co-sell in the vendor's admin: engineers with their hours and time away, and all requests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from deals import actions
from deals.co_sell_forms import AwayForm, DeclineForm, EngineerForm, skill_choices, skill_words
from deals.models import CoSellPerson, CoSellRequest, Engineer, EngineerAway, EngineerBooking
from partners.rules.relations import colleagues
from partners.words import words_of_all
from programs.compiled import program_or_none
from tenants.clock import today
from tenants.edges import with_now, with_today
from tenants.vendor_admin import Button, VendorAdmin, VendorInline
from web.templatetags.mainstay import short_date

State = CoSellRequest.State


def _offer_skills(form: forms.Form) -> None:
    program = program_or_none(today())
    field: Any = form.fields["skills"]
    field.choices = skill_choices(program.document) if program else []


class EngineerAddForm(forms.ModelForm):
    """Somebody of the vendor's who can be booked."""

    skills = forms.MultipleChoiceField(
        label=_("skills"), required=False, widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("Product families and tracks of the program."),
    )  # fmt: skip

    class Meta:
        model = Engineer
        fields = ("person", "hours_week")
        help_texts = {"hours_week": _("That can be booked; the rest is for other work.")}

    field_order = ("person", "hours_week", "skills")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_skills(self)  # type: ignore[arg-type]
        people: Any = self.fields["person"]
        people.queryset = colleagues(today())


class ChangeForm(EngineerForm):
    """Other hours or skills."""

    def __init__(self, *args: Any, of: Engineer, **kwargs: Any) -> None:
        names = ("hours_week", "skills", "active")
        kwargs["initial"] = {name: getattr(of, name) for name in names}
        super().__init__(*args, **kwargs)
        _offer_skills(self)


class BackForm(forms.Form):
    """Which time away is taken back."""

    away = forms.ModelChoiceField(
        label=_("time away"), queryset=EngineerAway._base_manager.none()
    )  # fmt: skip

    def __init__(self, *args: Any, of: Engineer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["away"]
        field.queryset = EngineerAway.objects.filter(engineer=of)
        field.label_from_instance = lambda row: f"{short_date(row.since)} – {short_date(row.until)}"


def drop_away(engineer: Engineer, *, away: EngineerAway) -> None:
    """Take back one of the engineer's times away."""
    actions.drop_away(away)


drop_away.capability = "cosell.manage"  # type: ignore[attr-defined]


class AwayInline(VendorInline):
    model = EngineerAway
    fields = ("since", "until", "note")
    verbose_name_plural = _("time away")


class BookingInline(VendorInline):
    model = EngineerBooking
    fields = ("request", "partner", "since", "until", "hours", "released_at")
    verbose_name_plural = _("bookings")


@admin.register(Engineer)
class EngineerAdmin(VendorAdmin):
    """Those of the vendor's people who can be booked for co-sell and co-delivery."""

    job, icon, job_order = "partners", "engineering", 49
    view_capability = "cosell.read"
    add_label = _("Add an engineer")
    blank = _("Your people who can be booked to sell and deploy together with partners.")
    list_display = ("who", "hours_week", "skill_words", "active")
    list_select_related = ("person",)
    list_filter = ("active",)
    search_fields = ("person__name",)
    show = ("who", "hours_week", "skill_words", "active")
    inlines = (AwayInline, BookingInline)
    add_action = with_today(with_now(actions.add_engineer))
    add_form = EngineerAddForm
    add_fields = ("person", "hours_week", "skills")
    buttons = (
        Button(
            "change", _("Change hours and skills"), with_today(with_now(actions.change_engineer)),
            form_of=lambda row: lambda *args, **kwargs: ChangeForm(*args, of=row, **kwargs),
        ),
        Button(
            "away", _("Note time away"), with_now(actions.note_away), form=AwayForm,
            note=_("Where hours are booked that would no longer fit, release them first."),
        ),
        Button(
            "back", _("There after all"), drop_away,
            form_of=lambda row: lambda *args, **kwargs: BackForm(*args, of=row, **kwargs),
            shown=lambda row: row.away.exists(),
        ),
    )  # fmt: skip

    @admin.display(description=_("engineer"), ordering="person__name")
    def who(self, row: Engineer) -> str:
        return row.person.name

    def name_of(self, obj: Any) -> str:
        """The person."""
        return str(obj.person.name)

    @admin.display(description=_("skills"))
    def skill_words(self, row: Engineer) -> str:
        program = program_or_none(today())
        return skill_words(row.skills, program.document if program else None)


class PeopleInline(VendorInline):
    model = CoSellPerson
    fields = ("name", "side", "part")
    verbose_name_plural = _("who takes part")


class OfRequestInline(VendorInline):
    model = EngineerBooking
    fields = ("name", "since", "until", "hours", "released_at")
    verbose_name_plural = _("engineers")


@admin.register(CoSellRequest)
class CoSellAdmin(VendorAdmin):
    """What partners ask for. It is answered and planned on its own page; here it is found."""

    job, icon, job_order = "partners", "handshake", 48
    view_capability = "cosell.read"
    blank = _("What partners ask for on the pages of renewals and registrations.")
    list_display = ("name", "partner", "kind", "advanced", "state", "needed_on", "answer_due_at")
    list_select_related = ("partner",)
    list_filter = ("state", "kind", "advanced")
    search_fields = ("name", "partner__name")
    inlines = (PeopleInline, OfRequestInline)
    show = (
        "name", "page", "partner", "kind", "advanced", "state", "why", "message", "about",
        "needed_on", "customer", "asked_at", "asked_by", "answer_due_at", "answered_at", "reason",
        "remark", "plan", "starts_on", "ends_on", "outcome", "note",
    )  # fmt: skip
    buttons = (
        Button(
            "decline", _("Decline"), with_now(actions.decline_co_sell), form=DeclineForm,
            shown=lambda row: row.state == State.ASKED, tone="danger",
        ),
    )  # fmt: skip

    @admin.display(description=_("answer and plan"))
    def page(self, row: CoSellRequest) -> SafeString:
        return format_html('<a href="/co-sell/{}/">{}</a>', row.ref, _("The request's page"))

    @admin.display(description=_("about"))
    def about(self, row: CoSellRequest) -> str:
        return words_of_all(row.families) or "–"
