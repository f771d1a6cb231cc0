from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from partners import actions
from partners.models import Agreement, Customer
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, events

DIGEST = "ab" * 32


def test_a_customer_is_recorded_in_the_programs_order(as_owner: SimpleNamespace) -> None:
    row = actions.add_customer(
        as_owner.partner, name="Clinic", since=TODAY, environments=["cloud", "clinical", "cloud"]
    )
    assert Customer.objects.get(pk=row.pk).environments == ["clinical", "cloud"]
    assert events() == ["customer.added"]


def test_an_unknown_environment_is_named(as_owner: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        actions.add_customer(as_owner.partner, name="Clinic", since=TODAY, environments=["moon"])
    assert (refused.value.code, refused.value.reasons[0].fix) == (
        "unknown_environment",
        "Known: general, clinical, cloud.",
    )
    assert Customer.objects.count() == 0


def test_a_partner_adds_a_class(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_owner.partner, environments=["general"])
    actions.change_customer(row, on=TODAY, environments=["general", "clinical"])
    assert Customer.objects.get(pk=row.pk).environments == ["general", "clinical"]


def test_a_partner_takes_no_class_away(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_owner.partner, environments=["general", "clinical"])
    with pytest.raises(Refused) as refused:
        actions.change_customer(row, on=TODAY, environments=["general"])
    assert refused.value.code == "environment_lowered"
    assert Customer.objects.get(pk=row.pk).environments == ["general", "clinical"]


def test_staff_take_no_class_away_alone(as_admin: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_admin.partner, environments=["general", "clinical"])
    with pytest.raises(Refused) as refused:
        actions.change_customer(row, on=TODAY, environments=["general"])
    assert refused.value.code == "environment_lowered"
    assert Customer.objects.get(pk=row.pk).environments == ["general", "clinical"]


def test_staff_leave_no_regulated_vertical_unclassified(as_admin: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_admin.partner, vertical="healthcare")
    with pytest.raises(Refused) as refused:
        actions.change_customer(row, on=TODAY, vertical="retail")
    assert refused.value.code == "vertical_lowered"
    assert Customer.objects.get(pk=row.pk).vertical == "healthcare"


def test_a_partner_leaves_no_regulated_vertical_unclassified(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(
        partner=as_owner.partner, environments=["general"], vertical="healthcare"
    )
    with pytest.raises(Refused) as refused:
        actions.change_customer(row, on=TODAY, vertical="retail")
    assert refused.value.code == "vertical_lowered"
    assert Customer.objects.get(pk=row.pk).vertical == "healthcare"


def test_a_classified_customer_may_change_its_vertical(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(
        partner=as_owner.partner, environments=["clinical"], vertical="healthcare"
    )
    actions.change_customer(row, on=TODAY, vertical="retail")
    assert Customer.objects.get(pk=row.pk).vertical == "retail"


def test_another_partners_customer_is_not_changed(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_owner.other, name="Theirs")
    for verb in (
        lambda: actions.change_customer(row, on=TODAY, name="Mine"),
        lambda: actions.end_customer(row, on=TODAY),
        lambda: actions.add_customer(as_owner.other, name="Mine", since=TODAY),
    ):
        with pytest.raises(Refused) as refused:
            verb()
        assert refused.value.code == "unknown_partner"
    with scope.entered_vendor(as_owner.vendor.pk):
        assert list(Customer.objects.values_list("name", "until")) == [("Theirs", None)]
        assert events() == []


def test_a_customer_ends_once(as_owner: SimpleNamespace) -> None:
    row = make.CustomerFactory(partner=as_owner.partner)
    actions.end_customer(row, on=TODAY)
    with pytest.raises(Refused) as refused:
        actions.end_customer(row, on=TODAY)
    assert refused.value.code == "already_ended"
    assert events() == ["customer.ended"]


def test_an_agreement_keeps_the_digest_of_its_text(as_admin: SimpleNamespace) -> None:
    row = actions.sign_agreement(
        as_admin.partner,
        kind=Agreement.MAIN,
        signed_by="Ada",
        since=TODAY,
        text_sha256=actions.digest_of("We agree."),
        at=NOW,
    )
    assert row.text_sha256 == hashlib.sha256(b"We agree.").hexdigest()
    event = Event.objects.get(kind="agreement.signed")
    assert "signed_by" not in event.data


@pytest.mark.parametrize(
    ("kind", "with_customer", "digest", "code"),
    [
        ("baa_customer", False, DIGEST, "customer_missing"),
        ("baa_vendor", True, DIGEST, "customer_not_expected"),
        (Agreement.MAIN, True, DIGEST, "customer_not_expected"),
        ("nonsense", False, DIGEST, "unknown_agreement"),
        (Agreement.MAIN, False, "xyz", "not_a_digest"),
    ],
)
def test_a_wrong_agreement_is_refused(
    as_admin: SimpleNamespace, kind: str, with_customer: bool, digest: str, code: str
) -> None:
    customer = make.CustomerFactory(partner=as_admin.partner) if with_customer else None
    with pytest.raises(Refused) as refused:
        actions.sign_agreement(
            as_admin.partner,
            kind=kind,
            signed_by="Ada",
            since=TODAY,
            text_sha256=digest,
            at=NOW,
            customer=customer,
        )
    assert refused.value.code == code
    assert Agreement.objects.count() == 0


def test_an_agreement_covers_the_partners_own_customer(as_admin: SimpleNamespace) -> None:
    theirs = make.CustomerFactory(partner=as_admin.other)
    with pytest.raises(Refused) as refused:
        actions.sign_agreement(
            as_admin.partner,
            kind="baa_customer",
            signed_by="Ada",
            since=TODAY,
            text_sha256=DIGEST,
            at=NOW,
            customer=theirs,
        )
    assert refused.value.code == "unknown_customer"
    assert Agreement.objects.count() == 0


def test_a_partner_attests_what_it_signed_with_its_customer(as_owner: SimpleNamespace) -> None:
    customer = make.CustomerFactory(partner=as_owner.partner)
    row = actions.attest_with_customer(
        customer, kind="baa_customer", signed_by="Ada", since=TODAY, text_sha256=DIGEST, at=NOW
    )
    assert (row.partner_id, row.customer_id) == (as_owner.partner.pk, customer.pk)


def test_a_partner_signs_nothing_for_the_vendor(as_owner: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        actions.sign_agreement(
            as_owner.partner,
            kind="baa_vendor",
            signed_by="Ada",
            since=TODAY,
            text_sha256=DIGEST,
            at=NOW,
        )
    customer = make.CustomerFactory(partner=as_owner.partner)
    with pytest.raises(Refused) as refused:
        actions.attest_with_customer(
            customer, kind="baa_vendor", signed_by="A", since=TODAY, text_sha256=DIGEST, at=NOW
        )
    assert refused.value.code == "customer_not_expected"
    assert Agreement.objects.count() == 0


def test_an_agreement_in_force_is_not_signed_twice(as_admin: SimpleNamespace) -> None:
    make.AgreementFactory(partner=as_admin.partner)
    with pytest.raises(Refused) as refused:
        actions.sign_agreement(
            as_admin.partner,
            kind=Agreement.MAIN,
            signed_by="Ada",
            since=TODAY,
            text_sha256=DIGEST,
            at=NOW,
        )
    assert refused.value.code == "already_signed"
    assert Agreement.objects.count() == 1


def test_an_agreement_ends_with_a_reason(as_admin: SimpleNamespace) -> None:
    row = make.AgreementFactory(partner=as_admin.partner)
    actions.end_agreement(row, on=TODAY, reason="Replaced")
    assert Agreement.objects.get(pk=row.pk).until == TODAY


def test_whoever_works_for_the_partner_looks_after_a_customer(as_owner: SimpleNamespace) -> None:
    person = make.EmploymentFactory(partner=as_owner.partner).person
    row = actions.add_customer(as_owner.partner, name="Clinic", since=TODAY, account_manager=person)
    actions.change_customer(row, on=TODAY, name="Clinic Nord")
    assert Customer.objects.get().account_manager == person
    actions.change_customer(row, on=TODAY, account_manager="")
    assert Customer.objects.get().account_manager is None
    assert Event.objects.latest("pk").data["changes"] == {"account_manager": [person.ref, None]}


def test_a_stranger_does_not_look_after_a_customer(as_owner: SimpleNamespace) -> None:
    stranger = make.PersonFactory()
    with pytest.raises(Refused) as refused:
        actions.add_customer(as_owner.partner, name="Clinic", since=TODAY, account_manager=stranger)
    assert (refused.value.code, Customer.objects.count()) == ("not_on_team", 0)
