"""A customer recorded twice becomes one, and so do two partners: nothing is lost, nothing counts
twice."""

from __future__ import annotations

import datetime as dt

import pytest

from licensing import actions
from licensing.admin_moves import _to_do
from licensing.models import PartnerMerge
from licensing.rules.merging import merge_outlook
from licensing.rules.moving import merge_plan, twins
from partners.actions import record_contract
from partners.actions.fields import define_field
from partners.models import (
    Agreement,
    Customer,
    Employment,
    InternalValues,
    ServiceContract,
    SharingChoice,
)
from partners.rules.field_sets import values_of
from partners.rules.sharing import FIELDS, sharing_of
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event, Membership
from tenants.writing import Refused
from tests import factories as make
from tests.licensing import world as w
from tests.licensing.test_moves import seats_of

pytestmark = pytest.mark.django_db

LONG_AGO = w.TODAY - dt.timedelta(days=400)


@pytest.fixture
def vendor():
    return w.new_vendor()


@pytest.fixture
def partner(vendor):
    partner = w.new_partner(vendor)
    w.certify(partner, "endpoint")
    return partner


def admin(partner):
    return make.enter_as(make.PersonFactory(vendor=partner.vendor), Role.PARTNER_ADMIN, partner)


def contracted(customer, *scopes: str) -> ServiceContract:
    with admin(customer.partner):
        return record_contract(
            customer, scopes=list(scopes), since=w.TODAY - dt.timedelta(days=5), at=w.NOON,
            ends_on=w.TODAY + dt.timedelta(days=360),
        )  # fmt: skip


def join(kept, duplicate):
    with admin(kept.partner):
        return actions.merge_customers(kept, duplicate=duplicate, at=w.NOON)


def merge(gone, kept) -> PartnerMerge:
    with scope.entered_vendor(gone.vendor_id):
        planned = actions.plan_merge(gone, kept=kept, reason="Bought", at=w.NOON)
        return actions.merge_partners(planned, at=w.NOON)


def test_a_duplicate_gives_all_it_has_to_the_one_kept(partner) -> None:
    kept = w.new_customer(partner, name="Harbour Clinic")
    double = w.new_customer(
        partner, name="Harbor Clinic", external_id="C-2", vertical="healthcare",
        environments=["clinical"],
    )  # fmt: skip
    paper = w.sign(partner, "baa_customer", double)
    join(kept, double)
    now, gone = w.reread(kept), w.reread(double)
    assert (now.vertical, now.external_id) == ("healthcare", "C-2")
    assert "clinical" in now.environments
    assert (gone.merged_into_id, gone.until, gone.external_id) == (kept.pk, w.TODAY, "")
    with scope.entered_vendor(partner.vendor_id):
        assert Agreement.objects.get(pk=paper.pk).customer_id == kept.pk


def test_seats_of_a_duplicate_add_up(partner) -> None:
    kept, double = w.new_customer(partner), w.new_customer(partner)
    w.ask(kept, seats=10)
    w.ask(double, seats=7)
    join(kept, double)
    assert (seats_of(kept), seats_of(double)) == ({"edr": 17}, {"edr": 0})


def test_contracts_go_along_and_two_for_one_service_are_refused(partner) -> None:
    kept, double = w.new_customer(partner), w.new_customer(partner)
    own = contracted(double, "security")
    join(kept, double)
    with admin(partner):
        assert ServiceContract.objects.get(pk=own.pk).customer_id == kept.pk
    third = w.new_customer(partner)
    contracted(third, "security", "cloud")
    with pytest.raises(Refused) as refused:
        join(kept, third)
    assert refused.value.code == "contracts_overlap"
    assert w.reread(third).until is None


def test_of_two_choices_who_sees_a_field_the_stricter_stays(partner) -> None:
    kept, double = w.new_customer(partner), w.new_customer(partner)
    with make.prepared(partner.vendor):
        for customer, share in ((kept, "cam"), (double, "partner")):
            SharingChoice.objects.create(
                partner=partner, customer=customer, field="fee", share=share
            )
    join(kept, double)
    with admin(partner):
        (held,) = SharingChoice.objects.all()
        assert (held.customer_id, held.share) == (kept.pk, "partner")


def test_only_two_present_customers_of_one_partner_are_merged(vendor, partner) -> None:
    kept = w.new_customer(partner)
    others = {
        "same_customer": kept,
        "other_partner": w.new_customer(w.new_partner(vendor)),
        "customer_ended": w.new_customer(partner, until=w.TODAY),
    }
    for code, other in others.items():
        with scope.entered_vendor(vendor.pk), pytest.raises(Refused) as refused:
            actions.merge_customers(kept, duplicate=other, at=w.NOON)
        assert refused.value.code == code


def test_twins_are_found_by_domain_and_by_name_each_once(partner) -> None:
    def row(name, country="", domain="", pk=[0]) -> Customer:  # noqa: B006  counts the rows
        pk[0] += 1
        return Customer(pk=pk[0], name=name, country=country, domain_digest=domain)

    ours = [row("Acme", "DE"), row("Bolt", "DE", "x"), row("Crane"), row("Crane")]
    theirs = [row("ACME ", "DE"), row("Other", "FR", "x"), row("crane", "US"), row("Acme", "FR")]
    found = [pair.twin and pair.twin.name for pair in twins(ours, theirs)]
    assert found == ["ACME ", "Other", "crane", None]


def test_two_partners_become_one(vendor, partner) -> None:
    kept = w.new_partner(vendor)
    mine = w.new_customer(partner, name="Acme", country="DE", external_id="A-1")
    own = w.new_customer(partner, name="Bolt", external_id="B-1")
    theirs = w.new_customer(kept, name="ACME", country="DE")
    for customer, seats in ((mine, 10), (own, 5)):
        w.ask(customer, seats=seats)
    with make.prepared(vendor):
        planned = [
            {"until": w.TODAY.isoformat(), "roles": ["sales"]},
            {"until": "2099-01-01", "roles": ["support"]},
        ]
        Employment.objects.filter(partner=partner).update(earlier_roles=planned, external_id="E-1")
    contracted(own, "security")
    done = merge(partner, kept)
    assert done.outcome == {
        "customers": 2, "joined": 1, "people": 1, "contracts": 1, "seats": 15, "values": 0,
    }  # fmt: skip
    assert w.reread(partner).status == "exited"
    with scope.entered_vendor(vendor.pk):
        new = Customer.objects.get(partner=kept, name="Bolt")
        assert (seats_of(theirs), seats_of(new)) == ({"edr": 10}, {"edr": 5})
        assert new.external_id == "B-1"
        job = Employment.objects.get(partner=kept)
        assert (job.external_id, job.since) == ("E-1", w.TODAY)
        assert job.role_spans() == [
            (w.TODAY, dt.date(2099, 1, 1), ["support"]),
            (dt.date(2099, 1, 1), None, []),
        ]
        held = ServiceContract.objects.get(customer=new)
        assert (held.scopes, held.since, held.until) == (["security"], w.TODAY, held.agreed.ends_on)
        assert ServiceContract.objects.get(customer=own).until == w.TODAY


def test_who_signed_in_for_the_one_signs_in_for_the_other(vendor, partner) -> None:
    kept = w.new_partner(vendor)
    with make.prepared(vendor):
        person = make.PersonFactory(vendor=vendor)
        Membership.objects.create(
            person=person, partner_id=partner.pk, role=Role.PARTNER_ADMIN, since=LONG_AGO
        )
    merge(partner, kept)
    with scope.entered_vendor(vendor.pk):
        rows = Membership.objects.filter(person=person).order_by("pk")
        assert [(row.partner_id, row.role, row.until) for row in rows] == [
            (partner.pk, "partner_admin", w.TODAY),
            (kept.pk, "partner_admin", None),
        ]


def test_a_plan_names_what_stands_against_it_and_merging_refuses_it(vendor, partner) -> None:
    kept = w.new_partner(vendor)
    mine, theirs = w.new_customer(partner, name="Acme"), w.new_customer(kept, name="Acme")
    for customer in (mine, theirs):
        contracted(customer, "cloud")
    with scope.entered_vendor(vendor.pk):
        plan = merge_plan(partner, kept, w.TODAY)
        assert ([pair.customer for pair in plan.colliding], plan.blocked) == ([mine], True)
    with pytest.raises(Refused) as refused:
        merge(partner, kept)
    assert refused.value.code == "contracts_overlap"
    assert w.reread(partner).status == "active"


def test_a_merge_is_made_or_discarded_once(vendor, partner) -> None:
    kept = w.new_partner(vendor)
    with scope.entered_vendor(vendor.pk):
        planned = actions.plan_merge(partner, kept=kept, reason="Bought", at=w.NOON)
        with pytest.raises(Refused) as twice:
            actions.plan_merge(partner, kept=kept, reason="Bought", at=w.NOON)
        actions.discard_merge(planned, at=w.NOON)
        with pytest.raises(Refused) as late:
            actions.merge_partners(planned, at=w.NOON)
    assert (twice.value.code, late.value.code) == ("merge_planned", "already_settled")
    assert w.reread(partner).status == "active"


def test_what_a_partner_shared_with_nobody_stays_so_after_it_merged(vendor, partner) -> None:
    kept = w.new_partner(vendor)
    mine, twin = w.new_customer(partner, name="Bolt"), w.new_customer(kept, name="Acme")
    joined = w.new_customer(partner, name="ACME")
    with make.prepared(vendor):
        for customer, field in ((mine, "end"), (joined, "promise"), (None, "services")):
            SharingChoice.objects.create(
                partner=partner, customer=customer, field=field, share="partner"
            )
        SharingChoice.objects.create(partner=kept, customer=None, field="fee", share="cam")
    merge(partner, kept)
    with scope.entered_vendor(vendor.pk):
        new = Customer.objects.get(partner=kept, name="Bolt")
        shared = sharing_of([kept.pk], w.TODAY)
        held = [
            {field: shared.share(kept.pk, row.pk, field) for field in FIELDS} for row in (new, twin)
        ]
    only_us = {"services": "partner", "fee": "partner", "credits": "partner"}
    assert held == [
        {**only_us, "end": "partner", "promise": "cam"},
        {**only_us, "end": "cam", "promise": "partner"},
    ]


def test_why_a_merged_partner_left_names_no_other_partner(vendor, partner) -> None:
    kept = w.new_partner(vendor, name="Lighthouse Systems")
    merge(partner, kept)
    with admin(partner):
        said = str(list(Event.objects.values_list("data", flat=True)))
    assert "Lighthouse" not in said + w.reread(partner).status_reason


def test_a_plan_does_not_tell_whom_an_alias_stands_for(vendor, partner) -> None:
    kept = w.new_partner(vendor)
    w.new_customer(partner, name="Client 7", private_name="Acme")
    w.new_customer(kept, name="Acme")
    w.new_customer(partner, name="Bolt")
    w.new_customer(kept, name="Bolt")
    with scope.entered_vendor(vendor.pk):
        planned = actions.plan_merge(partner, kept=kept, reason="Bought", at=w.NOON)
        said = " ".join(map(str, _to_do(planned, merge_plan(partner, kept, w.TODAY))))
    assert "Bolt and Bolt become one customer." in said
    assert "Under an alias, and two become one: 1." in said
    assert "Client 7" not in said


def defined(vendor, subject: str) -> None:
    """A region, a note of the staff, and a field of resellers, who are not asked here."""
    own = {"subject": subject, "kind": "text"}
    define_field(code="region", label="Region", **own)
    define_field(code="note", label="Note", access="internal", **own)
    define_field(code="shop", label="Shop", partner_types=["nobody"], **own)


def hold_values(row, custom: dict, internal: dict | None = None) -> None:
    type(row).objects.filter(pk=row.pk).update(custom=custom)
    if internal:
        customer = row if isinstance(row, Customer) else None
        InternalValues(partner_id=row.partner_id, customer=customer, values=internal).save()


def test_a_duplicates_further_fields_fill_those_that_are_empty(vendor, partner) -> None:
    """By the partner itself, though it sees no internal value."""
    kept, double = w.new_customer(partner, name="Inn"), w.new_customer(partner, name="The Inn")
    with make.prepared(vendor):
        defined(vendor, "customer")
        define_field(subject="customer", kind="text", code="size", label="Size")
        hold_values(kept, {"region": "north"})
        hold_values(double, {"region": "south", "size": "40", "shop": "x"}, {"note": "Late payer"})
    join(kept, double)
    with scope.entered_vendor(vendor.pk):
        assert values_of(w.reread(kept)) == {"region": "north", "size": "40", "note": "Late payer"}
        assert w.reread(double).custom["region"] == "south"
        seen = Event.objects.filter(kind="customer.changed", data__how="merged")
        assert [event.data["changes"] for event in seen] == [{"custom.size": [None, "40"]}]
    with admin(partner):
        told = [event.data for event in Event.objects.all()]
        assert "Late payer" not in str(told)
        assert values_of(w.reread(kept)) == {"region": "north", "size": "40"}


def test_the_plan_of_a_merge_says_which_values_go_along_and_which_stay(vendor, partner) -> None:
    kept = w.new_partner(vendor, name="Birch")
    inn, bar = w.new_customer(partner, name="Inn"), w.new_customer(partner, name="Bar")
    with make.prepared(vendor):
        for subject in ("customer", "partner"):
            defined(vendor, subject)
        hold_values(inn, {"region": "north"}, {"note": "Late payer"})
        hold_values(bar, {"shop": "x"})
        hold_values(partner, {"region": "north"}, {"note": "Bought in May"})
        hold_values(kept, {"region": "south"})
    with scope.entered_vendor(vendor.pk):
        planned = actions.plan_merge(partner, kept=kept, reason="Bought", at=w.NOON)
        said = " ".join(
            map(str, _to_do(planned, merge_plan(w.reread(partner), w.reread(kept), w.TODAY)))
        )
        assert "3 values of custom fields go along." in said
        stay = next(line for line in said.split(". ") if line.startswith("Stay"))
        assert stay == f"Stay as they are on the side kept: Region ({partner.name}), Shop (Bar)"
        assert f"Figures stay with {partner.name}" in said
        done = actions.merge_partners(planned, at=w.NOON)
        assert done.outcome["values"] == 3
        assert values_of(w.reread(kept)) == {"region": "south", "note": "Bought in May"}
        assert values_of(Customer.objects.get(partner=kept, name="Inn")) == {
            "region": "north", "note": "Late payer",
        }  # fmt: skip


def test_who_merges_reads_first_what_will_stand_and_nothing_is_merged_before(vendor) -> None:
    partner = w.new_partner(vendor)
    w.certify(partner, "endpoint")
    with scope.entered_vendor(vendor.pk):
        define_field(subject="customer", code="region", label="Region", kind="text")
        define_field(subject="customer", code="seller", label="Sold by", kind="text")
    kept = w.new_customer(partner, name="Harbour Clinic", custom={"region": "north"})
    double = w.new_customer(
        partner, name="Harbor Clinic", external_id="C-2", custom={"region": "south", "seller": "Jo"}
    )
    w.ask(kept, seats=10)
    w.ask(double, seats=7)
    with make.prepared(vendor):
        found = Customer.objects.filter(pk=double.pk)
        found.update(environments=["clinical"], vertical="healthcare")
    double = w.reread(double)
    with admin(partner):
        lines = {line["label"]: line for line in merge_outlook(kept, double, w.TODAY)}
    said = {label: (line["value"], line["note"]) for label, line in lines.items()}
    assert said["Name"] == ("Harbour Clinic", "The duplicate says: Harbor Clinic")
    assert said["External id"] == ("C-2", "")
    assert said["Vertical"] == ("Healthcare", "")
    assert said["Environment classes"][0].endswith("Clinical")
    assert said["Region"] == ("north", "The duplicate says: south")
    assert said["Sold by"] == ("Jo", "")
    assert next(one for one in lines.values() if one["value"] == "17")["note"] == "10 + 7"
    assert w.reread(double).until is None
