"""The account managers' last days at Aurora: contacts, tasks, cases, and a hand-over to come."""

from __future__ import annotations

import datetime as dt
from typing import Any

from demo.scenes import acting_as as acting
from demo.stage import DAY, Stage
from partners import actions as partners
from partners.actions.handovers import assign_specialist, plan_hand_over, stand_in
from partners.models import Partner
from scorecards.actions import settle_cases, snooze_case
from scorecards.models import Case
from scorecards.rules.reasons import concerns
from tenants.models import Person

DANA, LUIS, ROBIN = "dana@aurora.example", "luis@aurora.example", "robin@aurora.example"
HOURS = dt.timedelta(hours=1)
HANDED, SNOOZED, VISITED = 4, 5, 1  # places in the cast
AWAY, BACK = 20, 34  # days ahead: Dana's holidays


def play(stage: Stage, lead: str) -> None:
    """Told in the order in which it happened."""
    names = list(stage.partners)
    people = {person.email: person for person in Person.objects.filter(email__in=[LUIS, ROBIN])}
    assign_specialist(
        stage.partners[lead], person=people[LUIS], scope_code="security", on=stage.ago(5)
    )
    _sweep(stage, stage.ago(6))
    with acting(DANA):
        _contacts(stage, stage.partners[lead], stage.partners[names[VISITED]])
        _tasks(stage, stage.partners[lead], people[ROBIN])
    _sweep(stage, stage.today)
    with acting(DANA):
        _snooze(stage, stage.partners[names[SNOOZED]])
        _hand_over(stage, names, people[LUIS])


def _sweep(stage: Stage, on: dt.date) -> None:
    held = list(Partner.objects.exclude(status=Partner.Status.EXITED))
    settle_cases(concerns(held, stage.at(on), on), at=stage.at(on), on=on)


def _contacts(stage: Stage, lead: Partner, visited: Partner) -> None:
    day, zone = stage.ago(4), stage.vendor.zone
    called = dt.datetime.combine(day, dt.time(10, 30), zone).astimezone(dt.UTC)
    partners.record_interaction(
        lead,
        kind="call",
        summary="Quarterly talk with Priya. They hire two analysts in spring; until then one "
        "certificate carries the clinics. She asks for exam dates before Christmas.",
        happened_at=called,
        at=called + HOURS,
        on=day,
        people=[one.person.ref for one in stage.people[lead.name][:1]],
        follow_up={
            "title": "Book the exam that keeps the clinics open",
            "due_on": stage.ago(1),
            "for_partner": True,
        },
    )
    day = stage.ago(2)
    there = dt.datetime.combine(day, dt.time(14), zone).astimezone(dt.UTC)
    partners.record_interaction(
        visited,
        kind="visit",
        summary="Walked through their operations centre. Night shift is thin: they want to know "
        "what breaking the glass costs them.",
        happened_at=there,
        at=there + 2 * HOURS,
        on=day,
        people=[one.person.ref for one in stage.people[visited.name][:2]],
    )


def _tasks(stage: Stage, lead: Partner, robin: Person) -> None:
    given: dict[str, Any] = {"at": stage.at(stage.ago(2)), "on": stage.ago(2)}
    dana = Person.objects.get(email=DANA)
    partners.give_task(
        lead,
        title="Send Priya the exam dates",
        due_on=stage.today,
        assignee=dana,
        detail="Two dates before Christmas, with the link to book.",
        **given,
    )
    partners.give_task(
        lead,
        title="Check whether the second analyst may start early",
        due_on=stage.today + 5 * DAY,
        assignee=robin,
        **given,
    )
    partners.give_task(
        lead,
        title="Record the environment of your new clinics",
        due_on=stage.today + 3 * DAY,
        for_partner=True,
        detail="Nothing can be deployed there before.",
        **given,
    )


def _snooze(stage: Stage, partner: Partner) -> None:
    case = Case.objects.filter(partner=partner, state=Case.State.OPEN).first()
    if case is not None:
        snooze_case(
            case,
            until=stage.today + 7 * DAY,
            remark="Their lead technician is on leave; we talk next week.",
            on=stage.today,
        )


def _hand_over(stage: Stage, names: list[str], luis: Person) -> None:
    partner = stage.partners[names[HANDED]]
    note = "Prefers mail. Renewal talks begin in January; Ines decides, not Omar."
    plan_hand_over(
        {partner.pk: note},
        to=luis,
        on=stage.today + 9 * DAY,
        at=stage.now,
        today=stage.today,
    )
    away = [stage.partners[name] for name in (names[0], names[VISITED])]
    stand_in(
        {one.pk: "" for one in away},
        person=luis,
        since=stage.today + AWAY * DAY,
        until=stage.today + BACK * DAY,
        today=stage.today,
    )
