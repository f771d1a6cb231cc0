from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from programs import document as documents
from programs import library
from programs.actions import discard_draft, publish_program, stage_program
from programs.compiled import program_on
from programs.models import (
    Level,
    Product,
    ProgramDraft,
    ProgramVersion,
    SweepSetting,
    Track,
)
from programs.plan import plan_program
from tenants import scope
from tenants.capabilities import Role
from tenants.labels import event_title
from tenants.models import Event, Vendor
from tenants.writing import NotAllowed, Refused

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TODAY = AT.date()


@pytest.fixture
def vendor() -> Vendor:
    return Vendor.objects.create(code="borealis", name="Borealis")


@pytest.fixture
def inside(vendor: Vendor):  # type: ignore[no-untyped-def]
    with scope.entered_vendor(vendor.pk):
        yield vendor


def changed(document: documents.ProgramDocument, title: str) -> documents.ProgramDocument:
    return documents.document_from({**documents.to_dict(document), "title": title})


def test_the_first_version_may_lie_in_the_past(inside: Vendor) -> None:
    document = library.program("borealis")
    publish_program(document, at=AT, effective_from=dt.date(2024, 1, 1))
    held = program_on(dt.date(2025, 1, 1))
    assert (held.number, held.document) == (1, document)


def test_publishing_shadows_every_code(inside: Vendor) -> None:
    document = library.program("borealis")
    publish_program(document, at=AT)
    assert set(Product.objects.values_list("code", flat=True)) == set(document.products)
    assert set(Track.objects.values_list("code", flat=True)) == set(document.tracks)
    tiers = sum(len(kind.tiers) for kind in document.types.values())
    assert Level.objects.count() == tiers
    days = SweepSetting.objects.exclude(kind="track_scope").values_list("kind", "value")
    assert sorted(days) == [
        ("certificate_window", "0"), ("certificate_window", "30"), ("certificate_window", "60"),
        ("renewal", "180"), ("renewal", "90"),
    ]  # fmt: skip


def test_a_day_without_a_program_is_refused(inside: Vendor) -> None:
    with pytest.raises(Refused) as refused:
        program_on(TODAY)
    assert refused.value.code == "no_program"


def test_a_later_version_waits_for_its_day(inside: Vendor) -> None:
    first = library.program("borealis")
    publish_program(first, at=AT)
    second = changed(first, "Next year's program")
    publish_program(second, at=AT, effective_from=dt.date(2027, 1, 1))
    assert program_on(dt.date(2026, 12, 31)).document.title == first.title
    assert program_on(dt.date(2027, 1, 1)).document.title == "Next year's program"


def test_a_later_version_may_not_begin_in_the_past(inside: Vendor) -> None:
    first = library.program("borealis")
    publish_program(first, at=AT)
    with pytest.raises(Refused) as refused:
        publish_program(changed(first, "Late"), at=AT, effective_from=dt.date(2026, 11, 22))
    assert refused.value.code == "effective_in_past"
    assert ProgramVersion.objects.count() == 1


def test_the_same_document_is_not_published_twice(inside: Vendor) -> None:
    publish_program(library.program("borealis"), at=AT)
    with pytest.raises(Refused) as refused:
        publish_program(library.program("borealis"), at=AT)
    assert refused.value.code == "nothing_changed"


def test_a_plan_made_before_another_version_is_outdated(inside: Vendor) -> None:
    first = library.program("borealis")
    publish_program(first, at=AT)
    publish_program(changed(first, "Two"), at=AT)
    with pytest.raises(Refused) as refused:
        publish_program(changed(first, "Three"), at=AT, expected_base=1)
    assert refused.value.code == "plan_outdated"


def test_publishing_needs_the_capability(vendor: Vendor) -> None:
    held = scope.Scope(vendor_id=vendor.pk, partners="*", role=Role.CAM)
    with scope.enter(held):
        with pytest.raises(NotAllowed):
            publish_program(library.program("borealis"), at=AT)
        assert ProgramVersion.objects.count() == 0


def test_publishing_leaves_an_event_with_its_digest(inside: Vendor) -> None:
    version = publish_program(library.program("borealis"), at=AT)
    event = Event.objects.get()
    assert (event.kind, event.data["digest"], event.program_version) == (
        "program.published",
        version.digest,
        1,
    )


def test_a_product_taken_out_is_retired_and_comes_back(inside: Vendor) -> None:
    first = library.program("borealis")
    publish_program(first, at=AT)
    gone = sorted(first.products)[-1]
    values = documents.to_dict(first)
    values["products"] = {k: v for k, v in values["products"].items() if k != gone}
    publish_program(documents.document_from(values), at=AT)
    assert Product.objects.get(code=gone).retired_in == 2
    publish_program(changed(first, "Back"), at=AT)
    assert Product.objects.get(code=gone).retired_in is None


def test_an_export_read_back_plans_nothing(inside: Vendor) -> None:
    publish_program(library.program("borealis"), at=AT)
    again = documents.load(documents.export_yaml(program_on(TODAY).document))
    assert plan_program(again, effective_from=TODAY).empty


def test_the_command_names_line_and_remedy(tmp_path, vendor: Vendor) -> None:  # type: ignore[no-untyped-def]
    broken = tmp_path / "broken.yaml"
    broken.write_text("program: x\ntitle: X\ncurrency: USD\ncolour: red\n")
    with pytest.raises(CommandError, match=r"line 4.*colour"):
        call_command("program", "plan", str(broken), "--vendor", "borealis")


def test_another_vendors_program_is_not_seen(inside: Vendor) -> None:
    publish_program(library.program("borealis"), at=AT)
    other = Vendor.objects.create(code="other", name="Other")
    with scope.entered_vendor(other.pk), pytest.raises(Refused):
        program_on(TODAY)


def test_the_events_of_the_program_have_words(inside: Vendor) -> None:
    publish_program(library.program("borealis"), at=AT)
    stage_program(changed(library.program("borealis"), "Two"), at=AT)
    discard_draft()
    kinds = Event.objects.order_by("pk").values_list("kind", flat=True)
    assert [event_title(kind) for kind in kinds] == [
        "Program version published",
        "Program draft uploaded",
        "Program draft discarded",
    ]


def test_staging_replaces_the_draft_and_publishes_nothing(inside: Vendor) -> None:
    publish_program(library.program("borealis"), at=AT)
    stage_program(changed(library.program("borealis"), "Two"), at=AT)
    draft = stage_program(
        changed(library.program("borealis"), "Three"), at=AT, note="Better", replaces=1
    )
    held = ProgramDraft.objects.values_list("digest", "note", "base_version")
    assert list(held) == [(draft.digest, "Better", 1)]
    assert ProgramVersion.objects.count() == 1


def test_a_partners_scope_stages_nothing_even_with_the_capability(inside: Vendor) -> None:
    held = scope.Scope(vendor_id=inside.pk, partners=frozenset({1}), role=Role.INTEGRATION)
    with scope.enter(held):
        for verb in (stage_program, publish_program):
            with pytest.raises(NotAllowed):
                verb(library.program("borealis"), at=AT)
    assert (ProgramDraft.objects.count(), ProgramVersion.objects.count()) == (0, 0)


def test_a_draft_is_invisible_to_partners(inside: Vendor) -> None:
    stage_program(library.program("borealis"), at=AT)
    held = scope.Scope(vendor_id=inside.pk, partners=frozenset({1}), role=Role.PARTNER_ADMIN)
    with scope.enter(held):
        assert ProgramDraft.objects.count() == 0


def test_a_tier_taken_out_is_retired_and_comes_back(inside: Vendor) -> None:
    first = library.program("borealis")
    publish_program(first, at=AT)
    values = documents.to_dict(first)
    kind = next(code for code, held in values["types"].items() if len(held["tiers"]) > 1)
    gone = list(values["types"][kind]["tiers"])[-1]
    del values["types"][kind]["tiers"][gone]
    publish_program(documents.document_from(values), at=AT)
    level = Level.objects.get(partner_type__code=kind, code=gone)
    assert level.retired_in == 2
    publish_program(changed(first, "Back"), at=AT)
    level.refresh_from_db()
    assert level.retired_in is None
