"""A take-out holds all of the partner's own, nothing of others, and works after it left."""

from __future__ import annotations

import io
import json
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners import actions
from partners.models import TakeOut
from partners.rules.taking import taken_tables
from partners.tasks import make_take_outs
from tenants import scope
from tenants.models import Event
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.isolation.owners import ALL_CANARIES, Owner
from tests.isolation.world import build
from tests.partners.conftest import NOW, TODAY


def opened(row: TakeOut) -> zipfile.ZipFile:
    from django.core.files.storage import default_storage

    assert row.file is not None
    with default_storage.open(row.file.key) as held:
        return zipfile.ZipFile(io.BytesIO(held.read()))


def made(vendor: Any, partner: Any, membership: Any) -> zipfile.ZipFile:
    with scope.enter(make.scope_of(membership)):
        TakeOut.objects.filter(partner=partner)
        row = actions.ask_take_out(partner, at=NOW)
    make_take_outs(vendor.pk)
    with scope.entered_vendor(vendor.pk):
        return opened(TakeOut.objects.select_related("file").get(pk=row.pk))


def test_a_take_out_holds_nothing_of_others_and_none_of_the_vendors_notes(db: None) -> None:
    world = build()
    owner = Owner("aurora", 1)
    member = world.rows["member:partner_admin"][owner]
    archive = made(world.vendors["aurora"], world.get("partners.Partner", owner), member)
    text = "".join(
        archive.read(name).decode(errors="replace") + name for name in archive.namelist()
    )
    others = ALL_CANARIES - {owner.canary, Owner("aurora", 0).canary}
    assert [canary for canary in sorted(others) if canary in text] == []
    mark = Owner("aurora", 0).canary
    notes = [f"{mark} {word}" for word in ("applicant", "contact", "comment", "draft", "note")]
    assert [note for note in notes if note in text] == []
    manifest = json.loads(archive.read("manifest.json"))
    counted = {one["table"]: one["rows"] for one in manifest["tables"]}
    lacking = [
        label
        for label in ("partners.Customer", "partners.ServiceContract", "partners.ContractTerms",
                      "certifications.Certificate", "licensing.Deployment", "tenants.Event",
                      "partners.Attestation", "alerts.Notification")
        if not counted[label.lower()]
    ]  # fmt: skip
    assert lacking == []
    files = [name for name in archive.namelist() if name.startswith("files/")]
    assert archive.read(files[0]).decode() == f"{owner.canary} shows it"


def test_no_secret_is_taken_out() -> None:
    columns = {f"{one.name}.{column}" for one in taken_tables() for column in one.columns}
    words = ("secret", "password", "token")
    assert [name for name in sorted(columns) if any(word in name for word in words)] == []


def test_a_partner_that_left_still_takes_its_data_out(world: SimpleNamespace) -> None:
    make.CustomerFactory(partner=world.partner, name="Kept")
    with scope.enter(make.scope_of(world.admin)):
        actions.exit_partner(world.partner, on=TODAY, reason="Sold")
    archive = made(world.vendor, world.partner, world.owner)
    rows = archive.read("data/partners.customer.jsonl").decode().splitlines()
    assert [json.loads(row)["name"] for row in rows] == ["Kept"]
    with scope.entered_vendor(world.vendor.pk):
        kinds = [e.kind for e in Event.objects.filter(kind__startswith="takeout")]
    assert kinds == ["takeout.ready", "takeout.asked"]


def test_a_second_is_refused_while_one_is_made(as_owner: SimpleNamespace) -> None:
    actions.ask_take_out(as_owner.partner, at=NOW)
    with pytest.raises(Refused) as refused:
        actions.ask_take_out(as_owner.partner, at=NOW)
    assert (refused.value.code, TakeOut.objects.count()) == ("already_asked", 1)


def test_a_job_that_runs_twice_makes_one(world: SimpleNamespace) -> None:
    made(world.vendor, world.partner, world.owner)
    assert make_take_outs(world.vendor.pk) == 0


def test_a_member_does_not_take_out(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.reader)), pytest.raises(NotAllowed):
        actions.ask_take_out(world.partner, at=NOW)


def test_the_download_is_the_partners_own(world: SimpleNamespace) -> None:
    made(world.vendor, world.partner, world.owner)
    with scope.entered_vendor(world.vendor.pk):
        row = TakeOut.objects.get()
    address = reverse("partners:take_out_file", args=[row.ref])
    answers = [
        make.sign_in(Client(), who).get(address)
        for who in (world.owner, world.stranger, world.reader, world.admin)
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 403, 403]
    assert answers[0]["Content-Disposition"].startswith("attachment")
    page = make.sign_in(Client(), world.owner).get(reverse("partners:take_outs"))
    assert address in page.content.decode()


def test_the_page_asks_for_one_and_beats_job_makes_it(world: SimpleNamespace) -> None:
    client = make.sign_in(Client(), world.owner)
    answers = [client.post(reverse("partners:take_outs")).status_code for _ in range(2)]
    assert answers == [302, 422]
    assert make_take_outs(world.vendor.pk) == 1


def test_a_take_out_tells_no_row_numbers() -> None:
    columns = {one.name: one.columns for one in taken_tables()}
    assert "asked_as" not in columns["tenants.importjob"]
    assert "target" not in columns["tenants.importrow"]
