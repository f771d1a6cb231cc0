"""The shape of a noted contact, and of a task."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.forms import DayField
from partners.models import Interaction, Partner, Task
from partners.rules.relations import colleagues, people_of
from tenants.models import Person

Choices = list[tuple[Any, Any]]


def _listed(rows: Any) -> list[tuple[str, str]]:
    return [(person.ref, person.name) for person in rows]


class WhoField(forms.ChoiceField):
    """Who does a task: a colleague, the partner as such, or one of its people."""

    def offer(
        self, partner: Partner, on: dt.date, *, none: Any = None, held: Task | None = None
    ) -> None:
        """``none``: what leaving it open is called. Of a task that is ``held``, only its side."""
        ours, theirs = _listed(colleagues(on)), _listed(people_of(partner, on))
        choices: Choices = [] if none is None else [("", none)]
        if held is None or not held.for_partner:
            choices.append((_("Our people"), ours))
        if held is None or held.for_partner:
            choices.append(
                (partner.name, [("partner", _("The partner, whoever it may be")), *theirs])
            )
        self.choices = choices
        self.inside = {ref for ref, _name in theirs}

    def given(self, value: str) -> dict[str, Any]:
        """The choice as arguments of ``give_task``."""
        person = Person.objects.by_ref(value)
        return {"for_partner": value == "partner" or value in self.inside, "assignee": person}


class InteractionForm(forms.Form):
    """A contact; ``held`` is the one that is corrected or added to, ``adding`` the latter."""

    kind = forms.ChoiceField(
        label=_("What it was"), choices=Interaction.Kind.choices, widget=forms.RadioSelect
    )
    day = DayField(label=_("Day"))
    time = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    people = forms.MultipleChoiceField(
        label=_("Who was there"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("Everybody who took part: several can be chosen."),
    )
    summary = forms.CharField(
        label=_("Summary"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What was said and agreed. The partner never reads it."),
    )
    next_step = forms.CharField(
        label=_("Next step"),
        max_length=160,
        required=False,
        help_text=_("Becomes a task, about this contact."),
    )
    who = WhoField(label=_("Who does it"), required=False)
    due_on = DayField(label=_("Until"), required=False)

    def __init__(
        self,
        *args: Any,
        partner: Partner,
        on: dt.date,
        at: dt.datetime,
        held: Interaction | None = None,
        **kwargs: Any,
    ) -> None:
        local = timezone.localtime(held.at if held else at)
        start = {"kind": "call", "day": local.date(), "time": local.strftime("%H:%M")}
        if held is not None:
            start |= {"kind": held.kind, "people": held.people, "summary": held.summary}
        kwargs["initial"] = {"due_on": on + dt.timedelta(days=7), **start}
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        people.choices = [
            (partner.name, _listed(people_of(partner, on))),
            (_("Our people"), _listed(colleagues(on))),
        ]
        self._who.offer(partner, on, none=_("Nobody"))
        if held is not None:
            for name in ("next_step", "who", "due_on"):
                del self.fields[name]

    @property
    def _who(self) -> WhoField:
        found: Any = self.fields["who"]
        return found  # type: ignore[no-any-return]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("next_step") and not (found.get("who") and found.get("due_on")):
            self.add_error("who", _("A next step needs somebody who does it, and a day."))
        return found

    def values(self) -> dict[str, Any]:
        """Arguments of ``record_interaction``, without those that are now."""
        held = self.cleaned_data
        day, time = held["day"], held["time"]
        found = {name: held[name] for name in ("kind", "people", "summary")}
        found["happened_at"] = timezone.make_aware(dt.datetime.combine(day, time))
        if held.get("next_step"):
            found["follow_up"] = {
                "title": held["next_step"],
                "due_on": held["due_on"],
                **self._who.given(held["who"]),
            }
        return found


class TaskForm(forms.Form):
    """A task; ``held`` is the one that is changed."""

    title = forms.CharField(
        label=_("What is to be done"),
        max_length=160,
        widget=forms.TextInput(attrs={"data-wide": True}),
    )
    detail = forms.CharField(
        label=_("Detail"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    who = WhoField(
        label=_("Who does it"), help_text=_("The partner reads its own tasks, never a colleague's.")
    )
    due_on = DayField(label=_("Until"), help_text=_("Whoever does it is reminded on this day."))

    def __init__(
        self, *args: Any, partner: Partner, on: dt.date, held: Task | None = None, **kwargs: Any
    ) -> None:
        start: dict[str, Any] = {"due_on": on + dt.timedelta(days=7)}
        if held is not None:
            who = held.assignee.ref if held.assignee else "partner"
            start = {n: getattr(held, n) for n in ("title", "detail", "due_on")} | {"who": who}
        kwargs["initial"] = {**start, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._who.offer(partner, on, held=held)

    @property
    def _who(self) -> WhoField:
        found: Any = self.fields["who"]
        return found  # type: ignore[no-any-return]

    def values(self) -> dict[str, Any]:
        """Arguments of ``give_task``, without those that are now."""
        held = dict(self.cleaned_data)
        return {**self._who.given(held.pop("who")), **held}


class RemarkForm(forms.Form):
    """A task is settled."""

    remark = forms.CharField(
        label=_("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
