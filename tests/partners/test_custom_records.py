"""Custom fields on records: definitions, who writes and sees what, and every surface."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from partners import actions
from partners.actions import fields
from partners.models import Customer, CustomField, InternalValues, Partner
from partners.rules.field_sets import fields_of, filled, holding, values_of
from partners.rules.taking import taken_tables
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.api import Api, new_client, token_of
from tests.partners.conftest import NOW, TODAY, events
from tests.partners.importing import load, problems, stage, totals

NORTH = [{"code": "north", "label": "North"}, {"code": "south", "label": "South"}]


def define(subject: str = "customer", code: str = "region", **more: Any) -> CustomField:
    values = {"kind": "choice", "choices": NORTH, "label": "Region", **more}
    if values["kind"] not in ("choice", "several"):
        del values["choices"]
    return fields.define_field(subject=subject, code=code, **values)


@pytest.fixture
def defined(world: SimpleNamespace) -> SimpleNamespace:
    """A region and an internal risk on customers and partners."""
    with scope.enter(make.scope_of(world.admin)):
        for subject in ("customer", "partner"):
            define(subject)
            define(subject, "risk", kind="integer", label="Risk", access="internal")
        define("customer", "since_when", kind="date", label="Known since", access="reads")
    return world


def as_staff(world: SimpleNamespace) -> Any:
    return scope.enter(make.scope_of(world.admin))


def as_partner(world: SimpleNamespace) -> Any:
    return scope.enter(make.scope_of(world.owner))


def refusal(verb: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        verb(*args, **kwargs)
    return refused.value


# Definitions ----------------------------------------------------------------------------------


def test_only_channel_admins_define_fields(as_owner: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        define()


def test_a_code_is_taken_once_per_subject(as_admin: SimpleNamespace) -> None:
    define()
    define("partner")
    assert refusal(define).code == "code_taken"


def test_a_defect_names_its_column(as_admin: SimpleNamespace) -> None:
    assert [r.pointer for r in refusal(define, choices=[]).reasons] == ["choices"]
    assert CustomField.objects.count() == 0


def test_a_label_changes_and_values_stay(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        row = actions.add_customer(
            defined.partner, name="Shop", since=TODAY, custom={"region": "north"}
        )
        field = CustomField.objects.get(subject="customer", code="region")
        fields.change_field(field, label="Area")
        assert values_of(row) == {"region": "north"}
        assert Event.objects.get(kind="field.changed").data["changes"] == {
            "label": ["Region", "Area"]
        }


def test_a_choice_in_use_stays(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        actions.add_customer(defined.partner, name="Shop", since=TODAY, custom={"region": "north"})
        field = CustomField.objects.get(subject="customer", code="region")
        assert refusal(fields.change_field, field, choices=NORTH[1:]).code == "choice_in_use"
        assert fields.change_field(field, choices=NORTH[:1]).choices == NORTH[:1]


@pytest.mark.parametrize("code", ["region", "risk"])
def test_a_field_with_values_is_archived_never_deleted(defined: SimpleNamespace, code: str) -> None:
    with as_staff(defined):
        given = {"region": "north", "risk": 3}
        row = actions.change_partner(defined.partner, custom=given)
        field = CustomField.objects.get(subject="partner", code=code)
        assert refusal(fields.delete_field, field).code == "field_in_use"
        fields.archive_field(field, at=NOW)
        assert code not in [one.code for one in fields_of("partner")]
        assert values_of(row)[code] == given[code]
        fields.restore_field(field)
        actions.change_partner(row, custom={code: None})
        fields.delete_field(field)
        assert CustomField.objects.filter(subject="partner", code=code).count() == 0


def test_a_field_does_not_become_internal(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        field = CustomField.objects.get(subject="customer", code="region")
        assert refusal(fields.change_field, field, access="internal").code == "access_stays"


# Values ---------------------------------------------------------------------------------------


def test_a_partner_fills_in_what_it_may(defined: SimpleNamespace) -> None:
    with as_partner(defined):
        row = actions.add_customer(defined.partner, name="Shop", since=TODAY, custom={})
        actions.change_customer(row, on=TODAY, custom={"region": "South"})
        assert Customer.objects.get().custom == {"region": "south"}
        assert Event.objects.get(kind="customer.changed").data == {
            "changes": {"custom.region": [None, "south"]}
        }


@pytest.mark.parametrize("code", ["risk", "since_when"])
def test_a_partner_writes_no_other_field(defined: SimpleNamespace, code: str) -> None:
    with as_partner(defined):
        row = actions.add_customer(defined.partner, name="Shop", since=TODAY)
        no = refusal(actions.change_customer, row, on=TODAY, name="New", custom={code: "1"})
        assert [reason.pointer for reason in no.reasons] == [f"custom.{code}"]
        assert Customer.objects.get().name == "Shop"


def test_internal_values_are_not_the_partners(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        row = actions.change_partner(defined.partner, custom={"region": "north", "risk": "5"})
        assert values_of(row) == {"region": "north", "risk": 5}
        assert "internal.changed" in events()
    with as_partner(defined):
        mine = Partner.objects.get()
        assert values_of(mine) == mine.custom == {"region": "north"}
        assert InternalValues.objects.count() == 0
        assert "risk" not in [field.code for field in fields_of("partner")]
        assert "internal.changed" not in events()
        assert "internalvalues" not in "".join(table.name for table in taken_tables())


def test_fields_of_another_type_are_not_asked(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        define("partner", "resells", kind="text", label="Resells", partner_types=["reseller"])
        no = refusal(actions.change_partner, defined.partner, custom={"resells": "x"})
        assert no.reasons[0].code == "unknown_field"
        actions.set_level(
            defined.partner,
            partner_type=defined.types["reseller"],
            level=None,
            on=TODAY,
            reason="joins",
        )
        actions.change_partner(defined.partner, custom={"resells": "x"})
        assert Partner.objects.get(pk=defined.partner.pk).custom == {"resells": "x"}


def test_rows_are_found_by_their_values(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        actions.change_partner(defined.partner, custom={"region": "north", "risk": 1})
        actions.change_partner(defined.other, custom={"region": "south", "risk": 1})
        region, risk = fields_of("partner")
        assert list(Partner.objects.filter(holding(region, "south"))) == [defined.other]
        assert Partner.objects.filter(holding(risk, 1)).count() == 2
        assert Partner.objects.filter(filled(risk)).count() == 2


# Surfaces -------------------------------------------------------------------------------------


def api(world: SimpleNamespace, partner: Any = None) -> Api:
    rights = ("customers.read", "customers.write", "partners.read", "profile.write")
    return Api(token_of(new_client(world.vendor, *rights, partner=partner)))


def test_the_api_writes_reads_and_finds_values(defined: SimpleNamespace) -> None:
    vendors = api(defined)
    body = {
        "partner": defined.partner.ref,
        "name": "Shop",
        "custom": {"region": "North", "risk": 2},
    }
    made = vendors.post("/customers", body)
    assert (made.status_code, made.json()["custom"]) == (201, {"region": "north", "risk": 2})
    path = f"/customers/{made.json()['id']}"
    changed = vendors.patch(path, {"custom": {"risk": None}}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json().get("custom")) == (200, {"region": "north"})
    for query, count in (("region=north", 1), ("region=SOUTH", 0)):
        assert len(vendors.get(f"/customers?custom.{query}").json()["data"]) == count


def test_the_api_names_what_does_not_fit(defined: SimpleNamespace) -> None:
    vendors = api(defined)
    body = {"partner": defined.partner.ref, "name": "Shop", "custom": {"region": "west", "no": 1}}
    answer = vendors.post("/customers", body)
    assert answer.status_code == 409
    assert {one["pointer"] for one in answer.json()["blockers"]} == {"custom.region", "custom.no"}
    for query in ("custom.nothing=1", "custom.region=west", "custom.region="):
        assert vendors.get(f"/customers?{query}").status_code == 400


def test_the_api_keeps_internal_fields_from_partners(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        actions.change_partner(defined.partner, custom={"region": "north", "risk": 4})
    own = api(defined, defined.partner)
    assert own.get(f"/partners/{defined.partner.ref}").json()["custom"] == {"region": "north"}
    codes = [one["code"] for one in own.get("/custom-fields").json()["data"]]
    assert codes == ["region", "region", "since_when"]
    assert own.get("/partners?custom.risk=4").status_code == 400
    assert len(api(defined).get("/partners?custom.risk=4").json()["data"]) == 1


def test_files_hold_custom_columns(defined: SimpleNamespace) -> None:
    text = "name,external_id,custom.region\nShop,1,North\nInn,2,\n"
    with as_partner(defined):
        assert totals(load("customers", text)) == (2, 0, 0, 0)
        assert Customer.objects.get(name="Shop").custom == {"region": "north"}
        assert totals(load("customers", text)) == (0, 0, 2, 0)
        assert totals(load("customers", text.replace("North", "south"))) == (0, 1, 1, 0)
        wrong = stage("customers", text.replace("North", "west"))
        assert problems(wrong) == [(2, "custom.region", "Region: choose one of: north, south.")]


def test_files_hold_no_internal_columns(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        no = refusal(stage, "customers", "name,partner,custom.risk\nShop,A-1,1\n")
        assert no.code == "unknown_column"
        text = "external_id,name,type,custom.region\nA-1,Alder IT,,north\nC-1,Cedar,msp,south\n"
        assert totals(load("partners", text)) == (1, 1, 0, 0)
        assert Partner.objects.get(external_id="A-1").custom == {"region": "north"}
        assert Partner.objects.get(external_id="C-1").custom == {"region": "south"}


def signed_in(membership: Any) -> Client:
    return make.sign_in(Client(), membership)


def test_the_portals_form_asks_and_refuses(defined: SimpleNamespace) -> None:
    client = signed_in(defined.owner)
    page = client.get("/customers/add/").content.decode()
    assert 'name="custom.region"' in page
    assert "custom.risk" not in page and "custom.since_when" not in page
    values = {"name": "Shop", "since": "2026-03-01", "custom.region": "west"}
    refused = client.post("/customers/add/", values)
    assert refused.status_code == 422
    assert "Region: choose one of" in refused.content.decode()
    assert client.post("/customers/add/", values | {"custom.region": "south"}).status_code == 302
    with as_partner(defined):
        row = Customer.objects.get()
        assert row.custom == {"region": "south"}
    assert "South" in client.get(f"/customers/{row.ref}/").content.decode()


def test_a_required_field_is_asked_for_and_shown_as_missing(defined: SimpleNamespace) -> None:
    with as_staff(defined):
        define("partner", "vat", kind="text", label="VAT number", required=True)
    client = signed_in(defined.owner)
    assert "Required: to be filled in." in client.get("/company/").content.decode()
    assert client.post("/company/change/", {"city": "Bremen"}).status_code == 422
    filled_in = {"city": "Bremen", "custom.vat": "DE 1"}
    assert client.post("/company/change/", filled_in).status_code == 302


def test_what_is_required_binds_every_way_of_adding_a_record(defined: SimpleNamespace) -> None:
    """Form, API and file: one rule, named by the field."""
    says = "VAT number: this is required."
    with as_staff(defined):
        for subject in ("customer", "partner"):
            define(subject, "vat", kind="text", label="VAT number", required=True)
            define(subject, "note", kind="text", label="Note", required=True, access="internal")
    with as_partner(defined):
        no = refusal(actions.add_customer, defined.partner, name="Shop", since=TODAY)
        assert [(r.pointer, r.detail) for r in no.reasons] == [("custom.vat", says)]
        wrong = stage("customers", "name\nShop\n")
        assert problems(wrong) == [(2, "custom.vat", says)]
        assert totals(load("customers", "name,custom.vat\nShop,DE 1\n")) == (1, 0, 0, 0)
        assert totals(load("customers", "name,country\nShop,DE\n")) == (0, 1, 0, 0)
    row = {"partner": defined.partner.ref, "name": "Inn"}
    answer = api(defined).post("/customers", row)
    assert (answer.status_code, answer.json()["blockers"][0]["pointer"]) == (409, "custom.vat")
    with as_staff(defined):
        wrong = stage("partners", "external_id,name,type\nC-1,Cedar,msp\n")
        assert problems(wrong) == [(2, "custom.vat", says)]
        own = {"name": "Cedar", "partner_type": defined.types["msp"], "joined_on": TODAY}
        no = refusal(actions.add_partner, **own)
        assert [r.pointer for r in no.reasons] == ["custom.vat", "custom.note"]
        actions.add_partner(**own, custom={"vat": "DE 1", "note": "x"})


def test_the_admin_defines_writes_and_filters(defined: SimpleNamespace) -> None:
    client = signed_in(defined.admin)
    values = {
        "subject": "partner", "code": "segment", "label": "Segment", "kind": "choice",
        "choices": "smb: Small\nMid market", "access": "writes", "order": "5",
    }  # fmt: skip
    made = client.post("/admin/partners/customfield/add/", values)
    assert made.status_code == 302, made.content.decode()[-3000:]
    with as_staff(defined):
        field = CustomField.objects.get(code="segment")
        assert [choice["code"] for choice in field.choices] == ["smb", "mid_market"]
    page = f"/admin/partners/partner/{defined.partner.ref}"
    asked = client.post(f"{page}/do/custom/", {"_ask": "1"})
    assert b'name="custom.segment"' in asked.content
    given = {"custom.segment": "smb", "custom.risk": "7"}
    assert client.post(f"{page}/do/custom/", given).status_code == 302
    assert b"Small" in client.get(f"{page}/change/").content
    listed = client.get("/admin/partners/partner/?custom.segment=smb").content.decode()
    assert "Alder IT" in listed and "Birch IT" not in listed
    assert client.get(f"/admin/partners/customfield/{field.ref}/change/").status_code == 200
    changed = {**values, "label": "Market", "choices": "smb: Small\nmid_market: Mid market"}
    assert (
        client.post(f"/admin/partners/customfield/{field.ref}/change/", changed).status_code == 302
    )
    with as_staff(defined):
        assert CustomField.objects.get(code="segment").label == "Market"
