"""The log of contacts with a partner, and tasks for colleagues and for the partner."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from partners import actions
from partners.models import Interaction, Task
from partners.timeline import timeline_page
from tenants import scope
from tenants.models import Event, EventPrivate
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.api import api_of
from tests.partners.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def related(world: SimpleNamespace) -> SimpleNamespace:
    """The partner has an account manager."""
    make.PortfolioEntryFactory(partner=world.partner, person=world.cam.person)
    return world


def note(world: SimpleNamespace, **values: Any) -> Interaction:
    given = {
        "kind": "call",
        "summary": "Quarterly talk",
        "happened_at": NOW,
        "at": NOW,
        "on": TODAY,
    }
    return actions.record_interaction(world.partner, **{**given, **values})


def give(world: SimpleNamespace, **values: Any) -> Task:
    given = {"title": "Send the plan", "due_on": TODAY + DAY, "at": NOW, "on": TODAY}
    return actions.give_task(world.partner, **{"for_partner": True, **given, **values})


def acting(membership: Any) -> Any:
    return scope.enter(make.scope_of(membership))


def test_a_contact_is_noted_with_who_was_there(related: SimpleNamespace) -> None:
    people = [related.owner.person.ref, related.cam.person.ref]
    with acting(related.cam):
        row = note(related, people=people)
        event = Event.objects.order_by("-id").first()
    assert (row.people, row.author_id) == (people, related.cam.person_id)
    assert (event.kind, event.partner_id) == ("interaction.recorded", None)


def test_the_words_of_a_contact_stand_in_the_erasable_part(related: SimpleNamespace) -> None:
    with acting(related.cam):
        note(related)
        event = Event.objects.order_by("-id").first()
    assert "Quarterly" not in str(event.data)
    with scope.entered_vendor(related.vendor.pk):
        assert EventPrivate.objects.get(event=event.pk).payload == {"summary": "Quarterly talk"}


@pytest.mark.parametrize("who", ["reader", "owner", "stranger"])
def test_no_partner_reads_the_log(related: SimpleNamespace, who: str) -> None:
    with acting(related.cam):
        note(related)
    with acting(getattr(related, who)):
        assert list(Interaction.objects.all()) == []
        assert list(Event.objects.filter(kind="interaction.recorded")) == []


def test_who_does_not_look_after_the_partner_notes_nothing(world: SimpleNamespace) -> None:
    with acting(world.cam), pytest.raises(NotAllowed):
        note(world)
    with scope.entered_vendor(world.vendor.pk):
        assert list(Interaction.objects.all()) == []


def test_somebody_of_another_partner_was_not_there(related: SimpleNamespace) -> None:
    with acting(related.cam), pytest.raises(Refused, match="neither"):
        note(related, people=[related.stranger.person.ref])


def test_a_contact_that_lies_ahead_is_refused(related: SimpleNamespace) -> None:
    with acting(related.cam), pytest.raises(Refused, match="ahead"):
        note(related, happened_at=NOW + DAY)


@pytest.mark.parametrize(("hours", "who", "fits"), [(23, "cam", True), (25, "cam", False),
                                                    (1, "admin", False)])  # fmt: skip
def test_its_author_corrects_an_entry_within_a_day(
    related: SimpleNamespace, hours: int, who: str, fits: bool
) -> None:
    with acting(related.cam):
        row = note(related)
    later = NOW + dt.timedelta(hours=hours)
    with acting(getattr(related, who)):
        if not fits:
            with pytest.raises(Refused, match="author"):
                actions.correct_interaction(row, at=later, on=TODAY, summary="Else")
        else:
            actions.correct_interaction(row, at=later, on=TODAY, summary="Else")
        assert Interaction.objects.get().summary == ("Else" if fits else "Quarterly talk")


def test_an_addition_names_what_it_adds_to(related: SimpleNamespace) -> None:
    with acting(related.cam):
        first = note(related)
        assert note(related, adds_to=first).adds_to == first


def test_a_contact_can_leave_a_task(related: SimpleNamespace) -> None:
    step = {"title": "Call back", "due_on": TODAY + DAY, "assignee": related.admin.person}
    with acting(related.cam):
        row = note(related, follow_up=step)
        task = Task.objects.get()
    assert (task.title, task.about, task.for_partner) == ("Call back", row.ref, False)


def test_a_next_step_of_the_partner_does_not_name_the_entry_of_the_log(
    related: SimpleNamespace,
) -> None:
    step = {"title": "Send the plan", "due_on": TODAY + DAY}
    with acting(related.cam):
        row = note(related, follow_up={**step, "for_partner": True})
        note(related, follow_up={**step, "assignee": related.cam.person})
        give(related, about=row.ref)
    with acting(related.owner):
        assert [task.about for task in Task.objects.all()] == ["", ""]
    with acting(related.cam):
        assert Task.objects.get(for_partner=False).about.startswith("itr_")


def test_the_timeline_shows_contacts_to_who_may_read_them(related: SimpleNamespace) -> None:
    with acting(related.cam):
        note(related)
        held = {"on": TODAY, "partner_id": related.partner.pk}
        seen = [
            timeline_page(QueryDict(), **held, with_unseen=flag)["events"] for flag in (True, False)
        ]
    assert seen[0][0]["text"] == "Call, 1 Mar 2026: Quarterly talk"
    assert seen[1] == []


def test_a_task_for_the_partner_is_read_and_done_there(related: SimpleNamespace) -> None:
    with acting(related.cam):
        task = give(related)
    with acting(related.reader):
        actions.finish_task(Task.objects.get(), at=NOW, remark="Sent")
        assert list(Event.objects.values_list("kind", flat=True)[:1]) == ["task.done"]
    with acting(related.cam):
        found = Task.objects.get(pk=task.pk)
    assert (found.state, found.remark, found.settled_by_id) == (
        "done", "Sent", related.reader.person_id,
    )  # fmt: skip


def test_a_colleagues_task_is_hidden_from_the_partner(related: SimpleNamespace) -> None:
    with acting(related.cam):
        give(related, for_partner=False, assignee=related.admin.person)
    with acting(related.owner):
        assert list(Task.objects.all()) == []
        assert list(Event.objects.filter(kind="task.given")) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"for_partner": False}, "assignee_missing"),
        ({"due_on": TODAY - DAY}, "due_in_the_past"),
        ({"title": " "}, "title_missing"),
        ({"about": "cus_" + "0" * 32}, "unknown_subject"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(
    related: SimpleNamespace, values: dict[str, Any], code: str
) -> None:
    with acting(related.cam), pytest.raises(Refused) as refused:
        give(related, **values)
    with acting(related.cam):
        assert (refused.value.code, Task.objects.count()) == (code, 0)


def test_a_task_of_the_partner_is_for_its_own_people(related: SimpleNamespace) -> None:
    with acting(related.cam), pytest.raises(Refused) as refused:
        give(related, assignee=related.stranger.person)
    assert refused.value.code == "unknown_assignee"


VERBS = {"done": actions.finish_task, "dropped": actions.drop_task}


@pytest.mark.parametrize("before", Task.State.values)
@pytest.mark.parametrize("after", ["done", "dropped"])
def test_a_task_goes_only_where_the_table_says(
    related: SimpleNamespace, before: str, after: str
) -> None:
    with acting(related.cam):
        task = give(related)
        if before != "open":
            VERBS[before](task, at=NOW, remark="before")
        allowed = Task.State(after) in Task.TRANSITIONS[Task.State(before)]
        if allowed:
            VERBS[after](task, at=NOW, remark="after")
        else:
            with pytest.raises(Refused, match="settled"):
                VERBS[after](task, at=NOW, remark="after")
        assert Task.objects.get().state == (after if allowed else before)


def test_who_cannot_give_tasks_settles_only_its_own(related: SimpleNamespace) -> None:
    engineer = make.MembershipFactory(vendor=related.vendor, role="support_engineer")
    with acting(related.cam):
        own = give(related, for_partner=False, assignee=engineer.person)
        other = give(related, for_partner=False, assignee=related.admin.person)
    with acting(engineer):
        actions.finish_task(own, at=NOW)
        with pytest.raises(NotAllowed):
            actions.finish_task(other, at=NOW)


def test_an_open_task_changes_hands_and_day(related: SimpleNamespace) -> None:
    with acting(related.cam):
        task = give(related, for_partner=False, assignee=related.admin.person)
        actions.change_task(task, on=TODAY, assignee=related.cam.person, due_on=TODAY + 2 * DAY)
        found = Task.objects.get()
    assert (found.assignee_id, found.due_on) == (related.cam.person_id, TODAY + 2 * DAY)


@time_machine.travel(NOW, tick=False)
def test_the_pages_of_log_and_tasks(related: SimpleNamespace) -> None:
    client = make.sign_in(Client(), related.cam)
    add = reverse("partners:interaction_add", args=[related.partner.ref])
    values = {
        "kind": "visit", "day": "2026-03-01", "time": "08:30", "summary": "On site",
        "next_step": "Send slides", "who": "partner", "due_on": "2026-03-09",
    }  # fmt: skip
    assert client.post(add, values).status_code == 302
    listed = client.get(reverse("partners:log", args=[related.partner.ref])).content.decode()
    assert ("On site" in listed, "Correct" in listed) == (True, True)
    empty = client.get(reverse("partners:log", args=[related.partner.ref]) + "?q=nothing")
    assert "On site" not in empty.content.decode()
    with acting(related.cam):
        task = Task.objects.get()
    partner = make.sign_in(Client(), related.owner)
    assert "Send slides" in partner.get("/").content.decode()
    page = reverse("partners:task", args=[task.ref])
    assert "Call, " not in partner.get(page).content.decode()
    settle = reverse("partners:task_settle", args=[task.ref])
    assert partner.post(settle, {"remark": "Done so"}).status_code == 302
    assert "Done so" in client.get(page).content.decode()


@time_machine.travel(NOW, tick=False)
def test_the_log_is_closed_to_who_does_not_look_after_the_partner(world: SimpleNamespace) -> None:
    client = make.sign_in(Client(), world.cam)
    answer = client.get(reverse("partners:log", args=[world.partner.ref]))
    assert answer.status_code == 403
    assert client.get(reverse("partners:task_add", args=[world.partner.ref])).status_code == 200


@time_machine.travel(NOW, tick=False)
def test_an_integration_notes_and_reads_contacts(related: SimpleNamespace) -> None:
    api = api_of(related.vendor, "interactions.read", "interactions.write")
    body = {"partner": related.partner.ref, "kind": "email", "at": "2026-03-01T08:00:00Z",
            "summary": "Asked for slides"}  # fmt: skip
    made = api.post("/interactions", body, Idempotency_Key="one")
    assert (made.status_code, made.json()["author"]) == (201, None)
    found = api.get(f"/interactions?partner={related.partner.ref}&q=slides").json()["data"]
    assert [one["summary"] for one in found] == ["Asked for slides"]


@time_machine.travel(NOW, tick=False)
def test_a_partners_client_reads_its_tasks_and_settles_them(related: SimpleNamespace) -> None:
    with acting(related.cam):
        task = give(related)
        give(related, for_partner=False, assignee=related.admin.person, title="Inside")
    api = api_of(related.vendor, "tasks.read", "tasks.settle", partner=related.partner)
    assert [one["title"] for one in api.get("/tasks").json()["data"]] == ["Send the plan"]
    done = api.post(f"/tasks/{task.ref}/done", {"remark": "ok"}, Idempotency_Key="two")
    assert (done.status_code, done.json()["state"]) == (200, "done")
