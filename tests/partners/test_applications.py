from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from alerts.letters import write
from partners import actions
from partners.models import Application, Enrolment, Partner
from tenants import scope
from tenants.capabilities import Role
from tenants.messages import register_sender
from tenants.models import Event, Invitation
from tenants.writing import NotAllowed, Refused, acting
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, build_world, events

State = Application.State


@pytest.fixture(autouse=True)
def outbox() -> Iterator[list[Any]]:
    """Where the messages of an action go; the alerts app has tests of its own."""
    sent: list[Any] = []

    def send(template: str, address: str, context: Any, *rest: Any, **more: Any) -> None:
        sent.append((template, address, context))

    replaced = register_sender(send)
    yield sent
    register_sender(replaced)


def submit(world: SimpleNamespace, **values: Any) -> Application:
    with scope.widen("application", vendor_id=world.vendor.pk):
        return actions.submit_application(
            **{
                "company": "Cedar IT",
                "country": "de",
                "contact_name": "Cid",
                "contact_email": "Cid@cedar.example",
                "partner_type": world.types["msp"],
                "at": NOW,
                **values,
            }
        )


def test_anybody_applies(world: SimpleNamespace) -> None:
    row = submit(world)
    assert (row.state, row.country, row.contact_email) == ("submitted", "DE", "cid@cedar.example")
    with scope.entered_vendor(world.vendor.pk):
        assert events() == ["application.submitted"]
        assert "contact_email" not in Event.objects.get(kind="application.submitted").data


def test_a_second_click_makes_no_second_application(world: SimpleNamespace) -> None:
    assert submit(world).pk == submit(world).pk


def test_a_type_outside_the_program_is_closed(world: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        submit(world, partner_type=make.PartnerTypeFactory(vendor=world.vendor))
    assert refused.value.code == "type_not_open"
    with scope.entered_vendor(world.vendor.pk):
        assert Application.objects.count() == 0


def test_partners_see_no_application(as_owner: SimpleNamespace) -> None:
    make.ApplicationFactory(vendor=as_owner.vendor)
    assert Application.objects.count() == 0


def test_approval_makes_the_partner_and_invites_its_admin(
    as_admin: SimpleNamespace, outbox: list[Any]
) -> None:
    application = make.ApplicationFactory(
        vendor=as_admin.vendor, partner_type=as_admin.types["msp"]
    )
    partner = actions.approve_application(application, at=NOW)
    held = Enrolment.objects.get(partner=partner)
    invitation = Invitation.objects.get()
    application.refresh_from_db()
    assert (held.level.code, held.since, partner.joined_on) == ("registered", TODAY, TODAY)
    assert (invitation.role, invitation.partner_id) == (Role.PARTNER_ADMIN, partner.pk)
    assert (application.state, application.resulting_partner_id) == ("approved", partner.pk)
    assert [(sent[0], sent[1]) for sent in outbox] == [("invitation", application.contact_email)]


def test_a_refusal_needs_its_reason(as_admin: SimpleNamespace, outbox: list[Any]) -> None:
    application = make.ApplicationFactory(vendor=as_admin.vendor)
    with pytest.raises(Refused) as refused:
        actions.refuse_application(application, at=NOW, reason=" ")
    assert (refused.value.code, outbox) == ("reason_missing", [])
    application.refresh_from_db()
    assert application.state == State.SUBMITTED


def test_a_refusal_is_written_to_the_applicant_with_its_reason(
    as_admin: SimpleNamespace, outbox: list[Any]
) -> None:
    application = make.ApplicationFactory(
        vendor=as_admin.vendor, company="Cedar & Sons", contact_name="Cid"
    )
    actions.refuse_application(application, at=NOW, reason="No customers in our region")
    [(template, address, context)] = outbox
    subject, text, html = write(template, {**context, "vendor": as_admin.vendor})
    assert address == application.contact_email
    assert subject == f"Your application to the {as_admin.vendor.name} partner program"
    assert text.startswith("Hello Cid,\n\nthank you for the application of Cedar & Sons")
    for body in (text, html):
        assert body.count("No customers in our region") == 1


def test_a_cam_decides_no_application(world: SimpleNamespace) -> None:
    application = make.ApplicationFactory(vendor=world.vendor)
    with scope.enter(make.scope_of(world.cam)), pytest.raises(NotAllowed):
        actions.approve_application(application, at=NOW)


@pytest.mark.parametrize("before", [State.APPROVED, State.REFUSED])
@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_a_decision_is_final(as_admin: SimpleNamespace, before: State, verb: str) -> None:
    application = make.ApplicationFactory(
        vendor=as_admin.vendor,
        partner_type=as_admin.types["msp"],
        state=before,
        decided_at=NOW,
        reason="No" if before == State.REFUSED else "",
        resulting_partner=as_admin.partner if before == State.APPROVED else None,
    )
    decide = {
        "approve": lambda: actions.approve_application(application, at=NOW),
        "refuse": lambda: actions.refuse_application(application, at=NOW, reason="No"),
    }[verb]
    with pytest.raises(Refused) as refused:
        decide()
    assert refused.value.code == "already_decided"
    assert Application.objects.get(pk=application.pk).state == before
    assert Partner.objects.count() == 2


@pytest.mark.no_action_audit
@pytest.mark.parametrize("after", [State.SUBMITTED, State.REFUSED])
def test_the_database_keeps_a_decision(as_admin: SimpleNamespace, after: State) -> None:
    application = make.ApplicationFactory(
        vendor=as_admin.vendor,
        state=State.APPROVED,
        decided_at=NOW,
        resulting_partner=as_admin.partner,
    )
    with pytest.raises(IntegrityError, match="not allowed"), transaction.atomic(), acting():
        Application.objects.filter(pk=application.pk).update(state=after, reason="x")
    assert Application.objects.get(pk=application.pk).state == State.APPROVED


def test_of_two_decisions_at_the_same_time_one_is_made(committed_db: str) -> None:
    world = build_world()
    application = make.ApplicationFactory(vendor=world.vendor, partner_type=world.types["msp"])
    start, answers = threading.Barrier(6), []

    def decide() -> None:
        try:
            with scope.enter(make.scope_of(world.admin)):
                start.wait(10)
                try:
                    actions.approve_application(application, at=NOW)
                    answers.append("approved")
                except Refused as refused:
                    answers.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["already_decided"] * 5 + ["approved"]
    with scope.entered_vendor(world.vendor.pk):
        assert Partner.objects.filter(name=application.company).count() == 1
