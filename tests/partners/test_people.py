from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from partners import actions
from partners.models import Employment
from tenants import scope
from tenants.models import EventPrivate, Membership, Person
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import TODAY, events

LATER = dt.date(2026, 6, 1)


def test_a_person_joins_with_name_and_address_apart_from_the_log(as_owner: SimpleNamespace) -> None:
    row = actions.add_person(as_owner.partner, name="Ana", email="ANA@x.example", since=TODAY)
    assert (row.person.name, row.person.email, row.since) == ("Ana", "ana@x.example", TODAY)
    assert events() == ["employment.began"]
    with scope.entered_vendor(as_owner.vendor.pk):
        assert list(EventPrivate.objects.values_list("payload", flat=True)) == [
            {"name": "Ana", "email": "ana@x.example"}
        ]


def test_a_known_address_elsewhere_makes_a_person_of_its_own(as_owner: SimpleNamespace) -> None:
    theirs = make.PersonFactory(vendor=as_owner.vendor, email="bo@x.example")
    make.EmploymentFactory(partner=as_owner.other, person=theirs)
    row = actions.add_person(as_owner.partner, name="Bo", email="bo@x.example", since=TODAY)
    assert row.person_id != theirs.pk


def test_who_comes_back_is_the_same_person(as_owner: SimpleNamespace) -> None:
    first = actions.add_person(as_owner.partner, name="Ana", email="a@x.example", since=TODAY)
    actions.end_employment(first, on=LATER)
    second = actions.add_person(as_owner.partner, name="Ana", email="a@x.example", since=LATER)
    assert second.person_id == first.person_id
    assert Employment.objects.filter(person=first.person).count() == 2


def test_who_is_on_the_team_is_not_added_again(as_owner: SimpleNamespace) -> None:
    actions.add_person(as_owner.partner, name="Ana", email="a@x.example", since=TODAY)
    with pytest.raises(Refused) as refused:
        actions.add_person(as_owner.partner, name="Ana", email="a@x.example", since=LATER)
    assert refused.value.code == "already_on_team"
    assert events() == ["employment.began"]


def test_employments_of_one_person_do_not_overlap(as_owner: SimpleNamespace) -> None:
    row = actions.add_person(
        as_owner.partner, name="Ana", email="a@x.example", since=TODAY, until=LATER
    )
    with pytest.raises(Refused) as refused:
        actions.add_person(as_owner.partner, name="A", email="a@x.example", since=row.since)
    assert refused.value.code == "overlapping_employment"
    assert Employment.objects.count() == 1


def test_an_external_id_is_a_persons_own_within_the_partner(as_owner: SimpleNamespace) -> None:
    actions.add_person(as_owner.partner, name="Ana", since=TODAY, external_id="7")
    with pytest.raises(Refused) as refused:
        actions.add_person(as_owner.partner, name="Bo", since=TODAY, external_id="7")
    assert (refused.value.code, refused.value.reasons[0].pointer) == (
        "external_id_taken",
        "external_id",
    )
    assert list(Person.objects.filter(name="Bo")) == []


def test_a_leavers_sign_in_ends_on_the_same_day(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner, person=as_owner.reader.person)
    actions.end_employment(row, on=LATER)
    assert Employment.objects.get(pk=row.pk).until == LATER
    assert Membership.objects.get(pk=as_owner.reader.pk).until == LATER
    assert events() == ["membership.ended", "employment.ended"]


def test_a_leaver_leaves_once(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner)
    actions.end_employment(row, on=TODAY)
    with pytest.raises(Refused) as refused:
        actions.end_employment(row, on=LATER)
    assert refused.value.code == "already_ended"
    assert Employment.objects.get(pk=row.pk).until == TODAY


def test_nobody_ends_their_own_employment(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner, person=as_owner.owner.person)
    with pytest.raises(Refused) as refused:
        actions.end_employment(row, on=TODAY)
    assert refused.value.code == "own_employment"
    assert Employment.objects.get(pk=row.pk).until is None


def test_an_employment_does_not_end_before_it_began(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner)
    with pytest.raises(Refused) as refused:
        actions.end_employment(row, on=row.since - dt.timedelta(days=1))
    assert refused.value.code == "ends_before_start"
    assert Employment.objects.get(pk=row.pk).until is None


def test_a_partner_changes_no_address_that_signs_in(as_owner: SimpleNamespace) -> None:
    login = make.UserFactory()
    person = make.PersonFactory(vendor=as_owner.vendor, user=login, email="a@x.example")
    row = make.EmploymentFactory(partner=as_owner.partner, person=person)
    with pytest.raises(Refused) as refused:
        actions.change_person(row, on=TODAY, email="mine@x.example")
    assert refused.value.code == "address_is_a_login"
    assert Person.objects.get(pk=person.pk).email == "a@x.example"


def test_a_change_names_persons_only_in_the_erasable_part(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner)
    before = row.person.name
    actions.change_person(row, on=TODAY, name="New Name", job_title="Lead")
    with scope.entered_vendor(as_owner.vendor.pk):
        assert EventPrivate.objects.get().payload == {"changes": {"name": [before, "New Name"]}}
    assert events() == ["employment.changed"]


def test_the_same_values_again_leave_no_event(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner)
    actions.change_person(row, on=TODAY, job_title=row.job_title)
    assert events() == []


def test_a_move_ends_one_employment_and_begins_another(as_admin: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_admin.partner)
    joined = actions.move_person(row, as_admin.other, on=LATER)
    assert (joined.partner_id, joined.person_id, joined.since) == (
        as_admin.other.pk,
        row.person_id,
        LATER,
    )
    assert Employment.objects.get(pk=row.pk).until == LATER


def test_a_partner_takes_nobody_from_another(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner)
    with pytest.raises(NotAllowed):
        actions.move_person(row, as_owner.other, on=LATER)
    assert Employment.objects.get(pk=row.pk).until is None


def test_another_partners_person_is_not_found(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.other)
    with pytest.raises(Refused) as refused:
        actions.end_employment(row, on=TODAY)
    assert refused.value.code == "unknown_partner"
    with scope.entered_vendor(as_owner.vendor.pk):
        assert Employment.objects.get(pk=row.pk).until is None


def test_a_person_is_not_added_to_another_partner(as_owner: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.add_person(as_owner.other, name="Ana", since=TODAY)
    assert refused.value.code == "unknown_partner"
    with scope.entered_vendor(as_owner.vendor.pk):
        assert Employment.objects.count() == 0


def test_a_member_writes_nothing(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.reader)), pytest.raises(NotAllowed):
        actions.add_person(world.partner, name="Ana", since=TODAY)


def test_a_partner_that_left_takes_nobody_on(as_admin: SimpleNamespace) -> None:
    actions.exit_partner(as_admin.partner, on=TODAY, reason="Closed")
    with pytest.raises(Refused) as refused:
        actions.add_person(as_admin.partner, name="Ana", since=TODAY)
    assert refused.value.code == "partner_exited"
    assert Employment.objects.count() == 0
