from __future__ import annotations

import datetime as dt
import itertools
import re
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from partners import actions
from partners.models import (
    Agreement,
    Application,
    Enrolment,
    Partner,
    PortfolioEntry,
)
from tenants import scope
from tenants.actions.clients import create_api_client
from tenants.models import ApiClient, Event, ImportJob, Membership
from tenants.writing import NotAllowed, Refused, acting
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, events

Status = Partner.Status
VERBS = {
    Status.ACTIVE: actions.reinstate_partner,
    Status.SUSPENDED: actions.suspend_partner,
    Status.EXITED: actions.exit_partner,
}
PAIRS = list(itertools.product(Status, Status))


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_status_follows_the_table(world: SimpleNamespace, before: str, after: Status) -> None:
    partner = make.PartnerFactory(vendor=world.vendor, status=before)
    with scope.enter(make.scope_of(world.admin)):
        if after in Partner.TRANSITIONS[before]:
            VERBS[after](partner, on=TODAY, reason="Because")
            found = Partner.objects.get(pk=partner.pk)
            assert (found.status, found.status_since, found.status_reason) == (
                after,
                TODAY,
                "Because",
            )
        else:
            with pytest.raises(Refused) as refused:
                VERBS[after](partner, on=TODAY, reason="Because")
            assert refused.value.code == "wrong_state"
            assert Partner.objects.get(pk=partner.pk).status == before
            assert events() == []


@pytest.mark.no_action_audit
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_database_refuses_the_same_steps(
    world: SimpleNamespace, before: str, after: str
) -> None:
    partner = make.PartnerFactory(vendor=world.vendor, status=before)
    allowed = before == after or after in Partner.TRANSITIONS[before]
    with scope.entered_vendor(world.vendor.pk), acting():
        if allowed:
            Partner.objects.filter(pk=partner.pk).update(status=after)
        else:
            with pytest.raises(IntegrityError, match="not allowed"), transaction.atomic():
                Partner.objects.filter(pk=partner.pk).update(status=after)
        assert Partner.objects.get(pk=partner.pk).status == (after if allowed else before)


@pytest.mark.parametrize(
    ("table", "column", "table_of"),
    [
        ("partners_partner", "status", Partner.TRANSITIONS),
        ("partners_application", "state", Application.TRANSITIONS),
        ("tenants_importjob", "state", ImportJob.TRANSITIONS),
    ],
)
def test_the_catalogue_holds_the_models_table(
    db: None, table: str, column: str, table_of: dict
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s",
            [f"{table}_{column}_transitions"],
        )
        (held,) = cursor.fetchone()
    pair = rf"old\.{column}\)::text = '(\w+)'::text\) AND \(\(new\.{column}\)::text = '(\w+)'"
    steps = {(str(x), str(y)) for x, onward in table_of.items() for y in onward}
    assert set(re.findall(pair, held, re.I)) == steps


def test_a_status_changes_with_a_reason_only(as_admin: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.suspend_partner(as_admin.partner, on=TODAY, reason="  ")
    assert refused.value.code == "reason_missing"
    assert Partner.objects.get(pk=as_admin.partner.pk).status == Status.ACTIVE


def test_a_cam_suspends_nobody(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.cam)), pytest.raises(NotAllowed):
        actions.suspend_partner(world.partner, on=TODAY, reason="Because")


def test_an_exit_ends_what_was_agreed_and_who_signs_in(as_admin: SimpleNamespace) -> None:
    partner = as_admin.partner
    make.AgreementFactory(partner=partner)
    make.EnrolmentFactory(partner=partner, partner_type=as_admin.types["msp"])
    make.PortfolioEntryFactory(partner=partner)
    actions.exit_partner(partner, on=TODAY, reason="Sold")
    for model in (Agreement, Enrolment, PortfolioEntry):
        assert model.objects.get(partner=partner).until == TODAY
    held = Membership.objects.filter(partner_id=partner.pk)
    assert set(held.values_list("until", flat=True)) == {TODAY}


def test_an_exit_ends_the_partners_own_api_clients(as_admin: SimpleNamespace) -> None:
    own = create_api_client(
        name="Own", capabilities=["people.read"], partner_id=as_admin.partner.pk
    )
    create_api_client(name="Vendor's", capabilities=["people.read"])
    actions.exit_partner(as_admin.partner, on=TODAY, reason="Sold")
    ended = ApiClient.objects.filter(revoked_at__isnull=False)
    assert [row.pk for row in ended] == [own.client.pk]
    assert Event.objects.filter(kind="api_client.revoked").count() == 1


def test_a_level_closes_the_one_before(as_admin: SimpleNamespace) -> None:
    kind, levels = as_admin.types["msp"], as_admin.levels
    first = actions.set_level(
        as_admin.partner,
        partner_type=kind,
        level=levels["registered"],
        on=dt.date(2026, 1, 1),
        reason="Start",
    )
    second = actions.set_level(
        as_admin.partner, partner_type=kind, level=levels["gold"], on=TODAY, reason="Review"
    )
    assert Enrolment.objects.get(pk=first.pk).until == TODAY
    assert (second.since, second.until) == (TODAY, None)
    assert list(Enrolment.objects.current(TODAY)) == [second]


def test_the_level_held_is_not_set_again(as_admin: SimpleNamespace) -> None:
    kind, level = as_admin.types["msp"], as_admin.levels["gold"]
    values = {"partner_type": kind, "level": level, "reason": "Review"}
    actions.set_level(as_admin.partner, on=TODAY, **values)
    with pytest.raises(Refused) as refused:
        actions.set_level(as_admin.partner, on=TODAY, **values)
    assert refused.value.code == "same_level"
    assert Enrolment.objects.count() == 1


def test_a_level_belongs_to_its_type(as_admin: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.set_level(
            as_admin.partner,
            partner_type=as_admin.types["reseller"],
            level=as_admin.levels["gold"],
            on=TODAY,
            reason="Review",
        )
    assert refused.value.code == "level_of_another_type"
    assert Enrolment.objects.count() == 0


def test_a_handover_keeps_the_manager_before(as_admin: SimpleNamespace) -> None:
    first = actions.assign_portfolio(
        as_admin.partner, person=as_admin.cam.person, on=dt.date(2026, 1, 1)
    )
    second = actions.assign_portfolio(as_admin.partner, person=as_admin.admin.person, on=TODAY)
    assert PortfolioEntry.objects.get(pk=first.pk).until == TODAY
    assert list(PortfolioEntry.objects.current(TODAY)) == [second]


def test_only_staff_look_after_partners(as_admin: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.assign_portfolio(as_admin.partner, person=as_admin.owner.person, on=TODAY)
    assert refused.value.code == "not_staff"
    assert PortfolioEntry.objects.count() == 0


def test_a_partner_changes_what_it_does(as_owner: SimpleNamespace) -> None:
    actions.change_partner(as_owner.partner, city="Ulm", service_scopes=["cloud"])
    found = Partner.objects.get(pk=as_owner.partner.pk)
    assert (found.city, found.service_scopes) == ("Ulm", ["cloud"])
    assert events() == ["partner.changed"]


def test_a_partner_does_not_rename_itself(as_owner: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        actions.change_partner(as_owner.partner, name="Other", city="Ulm")
    found = Partner.objects.get(pk=as_owner.partner.pk)
    assert (found.name, found.city) == ("Alder IT", "")


def test_another_partner_is_not_changed(as_owner: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.change_partner(as_owner.other, city="Ulm")
    assert refused.value.code == "unknown_partner"
    with scope.entered_vendor(as_owner.vendor.pk):
        assert Partner.objects.get(pk=as_owner.other.pk).city == ""


def test_no_company_stands_above_itself(as_admin: SimpleNamespace) -> None:
    actions.change_partner(as_admin.other, parent=as_admin.partner)
    with pytest.raises(Refused) as refused:
        actions.change_partner(as_admin.partner, parent=as_admin.other)
    assert refused.value.code == "own_parent"
    assert Partner.objects.get(pk=as_admin.partner.pk).parent_id is None


def test_a_company_is_taken_out_from_under_its_parent(as_admin: SimpleNamespace) -> None:
    actions.change_partner(as_admin.other, parent=as_admin.partner)
    actions.change_partner(as_admin.other, city="Ulm")
    assert Partner.objects.get(pk=as_admin.other.pk).parent_id == as_admin.partner.pk
    actions.change_partner(as_admin.other, alone=True)
    assert Partner.objects.get(pk=as_admin.other.pk).parent_id is None
    assert events()[-1] == "partner.changed"


def test_an_external_id_is_one_partners(as_admin: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.change_partner(as_admin.other, external_id="A-1")
    assert refused.value.code == "external_id_taken"
    assert Partner.objects.get(pk=as_admin.other.pk).external_id == "B-1"


def test_a_partner_is_added_at_the_lowest_level(as_admin: SimpleNamespace) -> None:
    partner = actions.add_partner(
        name="Cedar IT", partner_type=as_admin.types["msp"], joined_on=TODAY
    )
    held = Enrolment.objects.get(partner=partner)
    assert (held.level.code, held.since) == ("registered", TODAY)
    assert events() == ["partner.added", "level.set"]


def test_a_newer_value_supersedes(as_admin: SimpleNamespace) -> None:
    values = {"metric": "seats", "period": TODAY, "source": "statement", "at": NOW}
    first = actions.record_fact(as_admin.partner, value=100, **values)
    again = actions.record_fact(as_admin.partner, value=100, **values)
    second = actions.record_fact(as_admin.partner, value=120, **values)
    first.refresh_from_db()
    assert again.pk == first.pk
    assert first.superseded_by_id == second.pk
    assert second.unit == "seats"


def test_only_the_programs_metrics_are_recorded(as_admin: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.record_fact(
            as_admin.partner, metric="luck", period=TODAY, value=1, source="x", at=NOW
        )
    assert (refused.value.code, refused.value.reasons[0].fix) == ("unknown_metric", "Known: seats.")


def test_an_attestation_lasts_as_long_as_the_program_says(as_admin: SimpleNamespace) -> None:
    row = actions.record_attestation(
        as_admin.partner,
        code="business_plan",
        evidence="Plan of 2026",
        attested_by="Ada",
        at=NOW,
        since=dt.date(2028, 2, 29),
    )
    assert row.until == dt.date(2029, 2, 28)
