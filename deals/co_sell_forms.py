"""The shape of what is asked about co-sell. Whether it may happen is the actions' to say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.actions import with_room
from deals.models import CoSellRequest, Engineer
from partners.forms import DayField
from partners.models import Partner
from partners.rules.relations import colleagues, people_of
from programs.compiled import program_on
from programs.document import ProgramDocument
from tenants import scope
from web.codes import words_of


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AskForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What do you ask for?"), choices=CoSellRequest.Kind.choices,
        widget=forms.RadioSelect, initial="co_sell",
        help_text=_("Co-sell: you sell together. Co-delivery: you deploy together."),
    )  # fmt: skip
    why = forms.ChoiceField(label=_("Why"), choices=CoSellRequest.Why.choices)
    message = forms.CharField(label=_("What is needed"), max_length=1000, widget=_lines(3))
    needed_on = DayField(label=_("Needed by"))
    advanced = forms.BooleanField(
        label=_("Advanced co-sell"), required=False,
        help_text=_("With the vendor's specialists; it opens as the program says."),
    )  # fmt: skip

    def __init__(self, *args: Any, on: dt.date, advanced: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"needed_on": on + dt.timedelta(days=14), **kwargs.pop("initial", {})}
        super().__init__(*args, **kwargs)
        if not advanced:
            del self.fields["advanced"]


class AcceptForm(forms.Form):
    remark = forms.CharField(
        label=_("Remark"), max_length=500, required=False, widget=_lines(2),
        help_text=_("The partner reads it."),
    )  # fmt: skip


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why"), choices=[("", _("Choose a reason")), *CoSellRequest.Reason.choices]
    )
    remark = forms.CharField(
        label=_("Remark"), max_length=500, required=False, widget=_lines(2),
        help_text=_("The partner reads it: name no other partner."),
    )  # fmt: skip


class PlanForm(forms.Form):
    plan = forms.CharField(label=_("What was agreed"), max_length=2000, widget=_lines(4))
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("Until, this day included"))

    def __init__(self, *args: Any, held: CoSellRequest, on: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "plan": held.plan,
            "starts_on": held.starts_on or on,
            "ends_on": held.ends_on or max(on, held.needed_on),
        }
        super().__init__(*args, **kwargs)


class FinishForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What came of it"), widget=forms.RadioSelect,
        choices=[one for one in CoSellRequest.Outcome.choices if one[0]],
    )  # fmt: skip
    note = forms.CharField(label=_("In words"), max_length=1000, required=False, widget=_lines(3))


class CancelForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=300, widget=_lines(2))


class JoinForm(forms.Form):
    person = forms.ChoiceField(label=_("Who"))
    part = forms.CharField(
        label=_("Part"), max_length=80, required=False,
        help_text=_("For example: talks with their management."),
    )  # fmt: skip

    def __init__(self, *args: Any, partner: Partner, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        theirs = {row.ref: row for row in people_of(partner, on)}
        ours = {}
        if scope.current().all_partners:
            ours = {row.ref: row for row in colleagues(on)}
        self.people = {**theirs, **ours}
        sides: list[tuple[Any, dict[str, Any]]] = [(partner.name, theirs)]
        if ours:
            sides.insert(0, (_("Our people"), ours))
        field: Any = self.fields["person"]
        field.choices = [
            (side, [(ref, row.name) for ref, row in held.items()]) for side, held in sides
        ]

    def clean_person(self) -> Any:
        """The person chosen, of those offered."""
        return self.people[self.cleaned_data["person"]]


class BookForm(forms.Form):
    engineer = forms.ChoiceField(
        label=_("Engineer"),
        help_text=_("With the hours left from the first day of the plan to its last."),
    )
    since = DayField(label=_("From"))
    until = DayField(label=_("Until, this day included"))
    hours = forms.IntegerField(
        label=_("Hours"), min_value=1, max_value=999,
        help_text=_("In all, shared out over the working days on which the engineer is there."),
    )  # fmt: skip

    def __init__(self, *args: Any, held: CoSellRequest, on: dt.date, **kwargs: Any) -> None:
        first = max(on, held.starts_on or on)
        last = max(first, held.ends_on or held.needed_on)
        kwargs["initial"] = {"since": first, "until": last, "hours": 8}
        super().__init__(*args, **kwargs)
        self.engineers = {}
        choices = []
        free = dict(with_room(first, last, 1, on))
        rows = Engineer.objects.filter(active=True).select_related("person")
        wanted, document = set(held.families), program_on(on).document
        for row in sorted(rows, key=lambda row: (not wanted & set(row.skills), row.person.name)):
            self.engineers[row.ref] = row
            words = _("%(name)s · %(left)s h left · %(skills)s") % {
                "name": row.person.name, "left": free.get(row, 0),
                "skills": skill_words(row.skills, document),
            }  # fmt: skip
            choices.append((row.ref, words))
        field: Any = self.fields["engineer"]
        field.choices = choices

    def clean_engineer(self) -> Any:
        """The engineer chosen, of those offered."""
        return self.engineers[self.cleaned_data["engineer"]]


def skill_words(codes: Collection[str], document: ProgramDocument | None) -> str:
    """The skills by their titles."""
    found = [
        document.title_of("tracks", code)
        if document is not None and code in document.tracks
        else words_of(code)
        for code in codes
    ]
    return ", ".join(found) or "–"


def skill_choices(document: ProgramDocument) -> list[tuple[Any, list[tuple[str, str]]]]:
    """The skills that an engineer can have: the program's product families and tracks."""
    return [
        (_("Product families"), [(code, words_of(code)) for code in sorted(document.families)]),
        (_("Tracks"), [(code, document.title_of("tracks", code)) for code in document.tracks]),
    ]


class EngineerForm(forms.Form):
    """An engineer's hours and skills."""

    hours_week = forms.IntegerField(
        label=_("hours a week"), min_value=1, max_value=60, initial=24,
        help_text=_("That can be booked in a week; the rest is for other work."),
    )  # fmt: skip
    skills = forms.MultipleChoiceField(
        label=_("skills"), required=False, widget=forms.SelectMultiple(attrs={"size": 10})
    )
    active = forms.BooleanField(label=_("can be booked"), required=False, initial=True)


class AwayForm(forms.Form):
    since = DayField(label=_("From"))
    until = DayField(label=_("Until, this day included"))
    note = forms.CharField(label=_("Note"), max_length=120, required=False)
