from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from programs import document as documents
from programs.actions import publish_program
from programs.models import ProgramDraft, ProgramVersion
from tenants.capabilities import Role
from tenants.models import Event, Vendor
from tests.factories import MembershipFactory, prepared, sign_in
from tests.programs.world import CHANGED, TEXT, add_partner, new_vendor, small, versions
from web import clock
from web.templatetags.mainstay import short_date

pytestmark = pytest.mark.django_db
PAGES = "/admin/programs/programversion/"


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


@pytest.fixture
def ada(vendor: Vendor) -> Client:
    return sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN))


def today() -> str:
    return clock.now().date().isoformat()


def upload(client: Client, text: str = "", **values: Any) -> Any:
    given = {"text": text, "effective_from": today(), "note": "Because", **values}
    return client.post(f"{PAGES}upload/", given)


def shown_form(client: Client) -> dict[str, Any]:
    """What the plan page's button would send."""
    context = client.get(f"{PAGES}plan/").context
    plan = context["plan"]
    return {
        "digest": context["draft"].digest,
        "base": plan.base,
        "effective_from": plan.effective_from.isoformat(),
        "announced_on": plan.announced_on.isoformat(),
    }


def rows(table: Any) -> list[list[Any]]:
    return [[cell for _label, cell in row] for row in table["rows"]]


def events(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def drafts(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(ProgramDraft.objects.values_list("digest", flat=True))


def test_the_list_says_which_version_is_in_force(vendor: Vendor, ada: Client) -> None:
    with prepared(vendor):
        later = clock.now().date() + dt.timedelta(days=40)
        publish_program(small(CHANGED), at=clock.now(), effective_from=later)
    changes = ada.get(PAGES).context["cl"]
    with prepared(vendor):
        states = [(row.number, changes.model_admin.state(row)) for row in changes.result_list]
    assert states == [(2, "Scheduled"), (1, "In force")]


def test_the_list_has_the_same_queries_for_many_versions(vendor: Vendor, ada: Client) -> None:
    ada.get(PAGES)
    with CaptureQueriesContext(connection) as few:
        ada.get(PAGES)
    with prepared(vendor):
        for number in range(12):
            text = TEXT.replace("Small Program", f"Program {number}")
            publish_program(small(text), at=clock.now())
    with CaptureQueriesContext(connection) as many:
        ada.get(PAGES)
    assert len(many) == len(few)


def test_a_version_shows_its_document_and_its_differences(vendor: Vendor, ada: Client) -> None:
    with prepared(vendor):
        version = publish_program(small(CHANGED), at=clock.now(), note="Higher bars")
    answer = ada.get(f"{PAGES}{version.ref}/change/")
    page = answer.content.decode()
    assert sorted(change.path for change in answer.context["changes"]) == [
        "products.shield.gates.general.add",
        "products.ward.gates.clinical.add",
        "types.msp.tiers.silver.entry",
    ]
    assert "Higher bars" in page and ">shield</b>:" in page


def test_a_download_read_back_is_the_same_document(vendor: Vendor, ada: Client) -> None:
    with prepared(vendor):
        version = ProgramVersion.objects.get()
    answer = ada.get(f"{PAGES}{version.ref}/yaml/")
    assert answer["Content-Disposition"] == 'attachment; filename="aurora-program-v1.yaml"'
    assert documents.digest(documents.load(answer.content)) == version.digest


def test_an_upload_is_staged_and_shown_as_a_plan(vendor: Vendor, ada: Client) -> None:
    add_partner(vendor, "Alder IT", 110, "silver")
    answer = upload(ada, CHANGED)
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGES}plan/")
    page = ada.get(f"{PAGES}plan/")
    assert [rows(one["table"]) for one in page.context["effects"]] == [
        [["Managed service provider", "Silver", "Registered", "1", "0", "0.00 EUR", "Alder IT"]],
        [["Ward", "clinical", "1", "0", "0.00 EUR", "Alder IT"]],
    ]
    assert [number for number, _ in versions(vendor)] == [1]
    assert events(vendor)[-1] == "program.staged"


def test_the_button_publishes_the_document_of_the_plan(vendor: Vendor, ada: Client) -> None:
    upload(ada, CHANGED)
    answer = ada.post(f"{PAGES}plan/publish/", shown_form(ada))
    assert answer.status_code == 302
    assert versions(vendor)[1:] == [(2, documents.digest(small(CHANGED)))]
    assert drafts(vendor) == []
    with prepared(vendor):
        version = ProgramVersion.objects.get(number=2)
        assert (version.note, version.effective_from.isoformat()) == ("Because", today())
        assert version.published_by.memberships.get().role == Role.CHANNEL_ADMIN


def test_a_file_is_read_like_a_text(vendor: Vendor, ada: Client) -> None:
    raw = ("﻿" + CHANGED).encode()
    upload(ada, file=SimpleUploadedFile("program.yaml", raw))
    assert drafts(vendor) == [documents.digest(small(CHANGED))]


def test_a_defect_is_named_by_line_and_the_text_kept(vendor: Vendor, ada: Client) -> None:
    raw = TEXT.replace("currency: EUR", "currency: EUR\nzebra: red").encode()
    answer = upload(ada, file=SimpleUploadedFile("program.yaml", raw))
    assert answer.status_code == 422
    assert rows(answer.context["problems"]) == [
        [5, "zebra", "Unknown key 'zebra'", "Remove it or see the JSON Schema"]
    ]
    assert answer.context["form"]["text"].value() == raw.decode()
    assert (drafts(vendor), events(vendor)) == ([], events(vendor))


BAD = {
    "not YAML": (b"program: [x", "yaml"),
    "wrong encoding": (TEXT.replace("Small", "Kl\u00e4").encode("latin-1"), "not_utf8"),
    "UTF-16": (TEXT.encode("utf-16"), "not_utf8"),
    "too large": (b"# " + b"x" * 5_000_001, "too_large"),
    "binary": (b"\x00\x01\x02\x03", "yaml"),
    "a list": (b"- a\n- b\n", "mapping"),
    "an alias": (b"program: &a x\ntitle: *a\n", "alias"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_broken_file_is_refused_in_words(vendor: Vendor, ada: Client, case: str) -> None:
    raw, code = BAD[case]
    held = events(vendor)
    answer = upload(ada, file=SimpleUploadedFile("program.yaml", raw))
    assert answer.status_code == 422
    assert answer.context["form"].problems[0].code == code
    assert (drafts(vendor), events(vendor)) == ([], held)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": ""}, "file"),
        ({"text": CHANGED, "effective_from": "2020-01-01"}, "effective_from"),
        ({"text": CHANGED, "effective_from": "soon"}, "effective_from"),
        ({"text": CHANGED, "note": "x" * 501}, "note"),
        ({"text": TEXT}, "__all__"),
    ],
)
def test_an_upload_that_does_not_fit_names_the_field(
    vendor: Vendor, ada: Client, values: dict[str, str], field: str
) -> None:
    answer = upload(ada, **values)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert drafts(vendor) == []


def test_a_plan_is_outdated_once_somebody_published(vendor: Vendor, ada: Client) -> None:
    upload(ada, CHANGED)
    form = shown_form(ada)
    with prepared(vendor):
        publish_program(small(TEXT.replace("Small", "Other")), at=clock.now())
    answer = ada.post(f"{PAGES}plan/publish/", form, follow=True)
    assert [str(m) for m in answer.context["messages"]] == [
        "Version 2 was published since this plan was made. Make the plan again."
    ]
    assert (len(versions(vendor)), len(drafts(vendor))) == (2, 1)
    assert ada.post(f"{PAGES}plan/publish/", shown_form(ada)).status_code == 302
    assert len(versions(vendor)) == 3


def test_a_replaced_draft_is_not_published_by_an_older_page(vendor: Vendor, ada: Client) -> None:
    upload(ada, CHANGED)
    form = shown_form(ada)
    upload(ada, TEXT.replace("Small", "Other"), replaces="1")
    answer = ada.post(f"{PAGES}plan/publish/", form, follow=True)
    assert [str(m) for m in answer.context["messages"]] == [
        "The draft was changed since this plan was made. Read the new plan."
    ]
    assert (len(versions(vendor)), len(drafts(vendor))) == (1, 1)


@pytest.mark.parametrize("spoilt", [{"base": "x"}, {"effective_from": ""}, {"digest": "0" * 64}])
def test_a_spoilt_form_publishes_nothing(
    vendor: Vendor, ada: Client, spoilt: dict[str, str]
) -> None:
    upload(ada, CHANGED)
    answer = ada.post(f"{PAGES}plan/publish/", {**shown_form(ada), **spoilt})
    assert (answer["Location"], len(versions(vendor))) == (f"{PAGES}plan/", 1)


def test_a_draft_is_published_once(vendor: Vendor, ada: Client) -> None:
    upload(ada, CHANGED)
    form = shown_form(ada)
    ada.post(f"{PAGES}plan/publish/", form)
    answer = ada.post(f"{PAGES}plan/publish/", form)
    assert (answer["Location"], len(versions(vendor))) == (f"{PAGES}plan/", 2)


def test_a_discarded_draft_is_gone_with_an_event(vendor: Vendor, ada: Client) -> None:
    upload(ada, CHANGED)
    ada.post(f"{PAGES}plan/discard/")
    assert (drafts(vendor), len(versions(vendor))) == ([], 1)
    assert events(vendor)[-1] == "program.discarded"
    assert ada.get(f"{PAGES}plan/")["Location"] == f"{PAGES}draft/"


def test_a_scheduled_version_is_told_on_the_plan(vendor: Vendor, ada: Client) -> None:
    later = clock.now().date() + dt.timedelta(days=40)
    with prepared(vendor):
        publish_program(small(CHANGED), at=clock.now(), effective_from=later)
    upload(ada, TEXT.replace("Small", "Other"))
    page = ada.get(f"{PAGES}plan/")
    (scheduled,) = page.context["plan"].later
    assert (scheduled.number, scheduled.effective_from) == (2, later)
    assert [change.path for change in scheduled.overrides] == ["title"]
    words = f"takes over on {short_date(later)}. It overrides 1 of these changes:"
    assert words in page.content.decode()


def test_a_first_program_is_uploaded_and_published(db: None) -> None:
    vendor = new_vendor("fresh", text="")
    client = sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN))
    upload(client, TEXT, effective_from="2020-01-01")
    page = client.get(f"{PAGES}plan/").content.decode()
    assert "1 partner type, 2 products, 0 tracks" in page
    client.post(f"{PAGES}plan/publish/", shown_form(client))
    assert versions(vendor) == [(1, documents.digest(small()))]


def test_many_partners_are_counted_and_few_named(vendor: Vendor, ada: Client) -> None:
    for number in range(23):
        add_partner(vendor, f"Partner {number:02}", 55)
    upload(ada, CHANGED)
    (table,) = ada.get(f"{PAGES}plan/").context["effects"]
    ((product, environment, count, _seats, _worth, names),) = rows(table["table"])
    assert (table["title"], product, environment, count) == (
        "Closes for 23 partners", "Shield", "general", "23",
    )  # fmt: skip
    assert names == ", ".join(f"Partner {n:02}" for n in range(20)) + " and 3 more"


@pytest.mark.parametrize("page", ["plan/publish/", "plan/discard/"])
def test_writing_is_by_post_only(vendor: Vendor, ada: Client, page: str) -> None:
    upload(ada, CHANGED)
    assert ada.get(PAGES + page).status_code == 405
    assert (len(versions(vendor)), len(drafts(vendor))) == (1, 1)


@pytest.mark.parametrize("page", ["", "upload/", "plan/"])
def test_others_than_the_channel_admin_see_nothing(vendor: Vendor, page: str) -> None:
    cam = sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CAM))
    assert cam.get(PAGES + page, follow=True).status_code == 403


def test_another_vendors_version_is_not_found(vendor: Vendor, ada: Client) -> None:
    other = new_vendor("borealis", TEXT.replace("Small", "Secret"))
    with prepared(other):
        theirs = ProgramVersion.objects.get()
    assert ada.get(f"{PAGES}{theirs.ref}/yaml/").status_code == 404
    assert ada.get(f"{PAGES}{theirs.ref}/change/").status_code == 302
    assert "Secret" not in ada.get(f"{PAGES}upload/?version=1").content.decode()


@pytest.mark.parametrize("query", ["version=1", "draft"])
def test_an_upload_begins_with_what_there_is(vendor: Vendor, ada: Client, query: str) -> None:
    upload(ada, CHANGED)
    wanted = small(TEXT if query == "version=1" else CHANGED)
    text = ada.get(f"{PAGES}upload/?{query}").context["form"]["text"].value()
    assert documents.load(text) == wanted


def test_an_unknown_version_is_no_beginning(vendor: Vendor, ada: Client) -> None:
    assert ada.get(f"{PAGES}upload/?version=77").status_code == 404
