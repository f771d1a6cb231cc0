"""The checklist of onboarding: who is asked, what is met, who ticks, and what it keeps closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from licensing.rules.inputs import GateInputs
from licensing.rules.standing import ground_for
from partners import actions
from partners.actions.onboarding import tick_step, waive_step
from partners.models import OnboardingStep
from partners.rules.onboarding import checklists
from partners.tasks import record_onboarding
from programs.actions import publish_program
from programs.document import document_from
from programs.errors import ProgramError
from tenants import scope
from tenants.messages import register_sender
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, PROGRAM, TODAY

STEPS = {
    "agreement": {"title": "Sign the agreement", "met": {"agreement": "in_force"}},
    "call": {"title": "First call", "who": "vendor", "products": ["edr"]},
    "profile": {"title": "Fill in the profile", "link": "/company/change/"},
}


@pytest.fixture(autouse=True)
def outbox() -> Iterator[list[Any]]:
    sent: list[Any] = []
    replaced = register_sender(lambda *given, **more: sent.append(given))
    with time_machine.travel(NOW, tick=True):
        yield sent
    register_sender(replaced)


@pytest.fixture
def started(world: SimpleNamespace) -> SimpleNamespace:
    """Partners that join from February on have steps; Alder joined in February, Birch before."""
    values = make.document(PROGRAM).model_dump(mode="json", by_alias=True, exclude_none=True)
    values["types"]["msp"]["onboarding"] = {"joined_from": "2026-02-01", "steps": STEPS}
    values["products"]["edr"]["gates"] = {"general": {}}
    with scope.entered_vendor(world.vendor.pk):
        publish_program(document_from(values), at=NOW, effective_from=TODAY)
    msp, level = world.types["msp"], world.levels["registered"]
    for partner, day in ((world.partner, 10), (world.other, -10)):
        since = dt.date(2026, 2, 1) + dt.timedelta(days=day)
        make.EnrolmentFactory(partner=partner, partner_type=msp, level=level, since=since)
        make.AgreementFactory(partner=partner, since=dt.date(2026, 1, 1))
    return world


def staff(world: SimpleNamespace) -> Any:
    return scope.enter(make.scope_of(world.admin))


def owner(world: SimpleNamespace) -> Any:
    return scope.enter(make.scope_of(world.owner))


def tick(world: SimpleNamespace, code: str) -> OnboardingStep:
    return tick_step(world.partner, type="msp", code=code, at=NOW)


def gate(world: SimpleNamespace, partner: Any) -> Any:
    return ground_for([partner], TODAY).standing(partner.pk, "edr", ["general"])


def test_only_who_joined_late_enough_is_asked(started: SimpleNamespace) -> None:
    with staff(started):
        found = checklists([started.partner.pk, started.other.pk], TODAY)
    assert [one.code for one in found[started.partner.pk]] == ["agreement", "call", "profile"]
    assert found[started.other.pk] == []
    assert [one.open for one in found[started.partner.pk]] == [False, True, True]


def test_the_gate_waits_for_the_step_that_opens_the_product(started: SimpleNamespace) -> None:
    with staff(started):
        closed = gate(started, started.partner)
        assert (closed.open, gate(started, started.other).open) == (False, True)
        assert [(reason.code, reason.need) for reason in closed.reasons] == [
            ("onboarding_open", "First call")
        ]
        ground = ground_for([started.partner], TODAY)
        assert not ground.is_open(started.partner.pk, "edr", ["general"])
        tick(started, "call")
        assert gate(started, started.partner).open


def test_what_the_gate_found_replays(started: SimpleNamespace) -> None:
    with staff(started):
        inputs = ground_for([started.partner], TODAY).inputs(started.partner.pk, "edr", ["general"])
        other = ground_for([started.other], TODAY).inputs(started.other.pk, "edr", ["general"])
    assert inputs.onboarding == (("msp", "call"),)
    assert GateInputs.from_dict(inputs.to_dict()).onboarding == inputs.onboarding
    assert "onboarding" not in other.to_dict()


def test_met_steps_are_recorded_and_told_once(started: SimpleNamespace, outbox: list[Any]) -> None:
    assert record_onboarding(started.vendor.pk) == 1
    assert record_onboarding(started.vendor.pk) == 0
    with owner(started):
        row = OnboardingStep.objects.get()
        assert (row.code, row.how, row.by_id) == ("agreement", "met", None)
        assert Event.objects.filter(kind="onboarding.step_done").count() == 1
    assert [(one[0], one[2]["step"]) for one in outbox] == [
        ("onboarding_step", "Sign the agreement")
    ]


def test_each_side_ticks_its_own_steps(started: SimpleNamespace) -> None:
    with owner(started):
        with pytest.raises(NotAllowed):
            tick(started, "call")
        with pytest.raises(Refused) as refused:
            tick(started, "agreement")
        assert refused.value.code == "step_not_ticked"
        assert tick(started, "profile").by_id == started.owner.person_id
        with pytest.raises(Refused) as twice:
            tick(started, "profile")
        assert twice.value.code == "step_done"
    with staff(started):
        assert tick(started, "call").how == "ticked"
    with scope.enter(make.scope_of(started.reader)), pytest.raises(Refused):
        tick(started, "profile")


def test_a_step_is_set_aside_with_a_reason(started: SimpleNamespace) -> None:
    with staff(started):
        with pytest.raises(Refused):
            waive_step(started.partner, type="msp", code="call", at=NOW, reason=" ")
        waive_step(started.partner, type="msp", code="call", at=NOW, reason="met at the fair")
        assert gate(started, started.partner).open


def test_the_home_shows_the_checklist_and_takes_a_tick(started: SimpleNamespace) -> None:
    client = make.sign_in(Client(), started.owner)
    piece = {"HX-Request": "true"}
    page = client.get(reverse("partners:onboarding"), headers=piece).content.decode()
    assert "1 of 3 steps done" in page and "First call" in page
    where = reverse("partners:onboarding_tick", args=[started.partner.ref, "msp", "profile"])
    assert (
        "2 of 3 steps done" in client.post(where, headers={"HX-Request": "true"}).content.decode()
    )
    stranger = make.sign_in(Client(), started.stranger)
    assert stranger.post(where).status_code == 404
    page = stranger.get(reverse("partners:onboarding"), headers=piece).content.decode()
    assert "steps done" not in page
    assert client.get(reverse("partners:onboarding")).headers["Location"] == "/"


def test_the_account_manager_finds_who_has_steps_open(started: SimpleNamespace) -> None:
    client = make.sign_in(Client(), started.cam)
    listed = client.get("/portfolio/?whose=all&onboarding=open").content.decode()
    assert "Alder IT" in listed and "Birch IT" not in listed
    where = reverse("partners:onboarding_of", args=[started.partner.ref])
    assert "First call" in client.get(where).content.decode()


def test_the_admin_sets_a_step_aside(started: SimpleNamespace) -> None:
    client = make.sign_in(Client(), started.admin)
    page = f"/admin/partners/partner/{started.partner.ref}/do/waive/"
    assert client.post(page, {"step": "msp.call", "reason": "met"}).status_code == 302
    with staff(started):
        assert OnboardingStep.objects.get().reason == "met"


@pytest.mark.parametrize(
    "step", [{"title": "x", "products": ["nothing"]}, {"title": "x", "link": "javascript:x"}]
)
def test_a_step_that_leads_nowhere_is_refused(step: dict[str, Any]) -> None:
    values = make.document(PROGRAM).model_dump(mode="json", by_alias=True, exclude_none=True)
    values["types"]["msp"]["onboarding"] = {"joined_from": "2026-02-01", "steps": {"a": step}}
    with pytest.raises(ProgramError):
        document_from(values)


def test_exit_ends_the_checklist(started: SimpleNamespace) -> None:
    with staff(started):
        actions.exit_partner(started.partner, on=TODAY, reason="closed down")
        assert checklists([started.partner.pk], TODAY)[started.partner.pk] == []
