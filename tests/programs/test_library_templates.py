"""The templates that ship, and a vendor that opens with one by command."""

import io
import re
import time
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from programs import library
from programs.beginnings import beginning, beginnings
from programs.compiled import program_on
from programs.document import digest
from programs.document.lint import lint
from programs.models import Level, ProgramVersion
from programs.rules import (
    AGREEMENT,
    Certificate,
    Facts,
    MetricValue,
    Period,
    Person,
    Record,
    evaluate_level,
)
from tenants import scope
from tenants.clock import today
from tenants.directory import vendor_of_host
from tenants.models import Host, Membership, User, Vendor

TEMPLATES = ["cloud", "msp", "mssp", "reseller", "var-to-msp", "vertical"]
MAIN = {
    "cloud": "cloud", "msp": "msp", "mssp": "mssp", "reseller": "reseller", "var-to-msp": "msp",
    "vertical": "specialist",
}  # fmt: skip
ON = date(2026, 11, 23)
LONG_AGO = date(2026, 1, 1)


def opened(*words: str) -> str:
    out = io.StringIO()
    call_command("vendor", "create", *words, stdout=out)
    return out.getvalue()


def test_there_is_a_template_for_each_kind_of_partner() -> None:
    assert library.templates() == TEMPLATES


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_nothing_to_remark(name: str) -> None:
    assert lint(library.template(name)) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_goes_from_registered_to_premier(name: str) -> None:
    found = library.template(name).types[MAIN[name]]
    assert list(found.tiers) == ["registered", "core", "advanced", "premier"]
    assert found.review is not None and found.review.approve


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_can_be_met_from_nothing_to_the_top(name: str) -> None:
    """A new partner stands at Registered as soon as it signs; one with everything at the top."""
    document, kind = library.template(name), MAIN[name]
    signed = Facts("p", agreements={AGREEMENT: (Period(LONG_AGO),)})
    crowd = tuple(
        Person(f"{track}-{n}", certificates=(Certificate(track, LONG_AGO, date(2028, 1, 1)),))
        for track in document.tracks
        for n in range(6)
    )
    values = {
        code: MetricValue(Decimal(100 if rule.unit == "%" else 1_000_000), "", ON)
        for code, rule in document.metrics.items()
        if rule.supplied
    }
    growth = (Record(date(2025, 1, 1), Decimal(10)), Record(LONG_AGO, Decimal(10_000)))
    full = Facts(
        "p",
        crowd,
        values,
        {code: (Period(LONG_AGO),) for code in document.attestations},
        signed.agreements,
        records={"workloads": growth},
    )
    assert [evaluate_level(document, kind, facts, ON).met for facts in (signed, full)] == [
        "registered",
        "premier",
    ]
    for axis in document.types[kind].axes:
        badges = evaluate_level(document, kind, full, ON, axis)
        assert badges.all_met == tuple(document.types[kind].axes[axis].levels)


def test_an_unknown_template_names_those_that_ship() -> None:
    with pytest.raises(KeyError) as caught:
        library.template("../aurora")
    assert caught.value.args == (f"no template '../aurora'; there are {', '.join(TEMPLATES)}",)


@pytest.mark.django_db
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_vendor_opens_with_each_template(name: str) -> None:
    said = opened("nova", "--template", name, "--currency", "EUR")
    vendor = Vendor.objects.get()
    with scope.entered_vendor(vendor.pk, origin="command"):
        program = program_on(today())
        shipped = library.template(name)
        assert (program.number, program.document.program, program.document.currency) == (
            1, "nova", "EUR",
        )  # fmt: skip
        assert set(program.document.types) == set(shipped.types)
        assert "USD" not in {metric.unit for metric in program.document.metrics.values()}
        assert digest(program.document) == ProgramVersion.objects.get().digest
        assert Level.objects.filter(partner_type__code=MAIN[name], axis="tier").count() == 4
    assert said.splitlines()[0] == "Nova is open: http://nova.localhost:8000/"
    assert said.splitlines()[1].startswith(f"Program: {shipped.title}, version 1, in force from ")


@pytest.mark.django_db
def test_a_host_that_was_asked_for_too_early_shows_the_vendor_a_second_later() -> None:
    assert vendor_of_host("nova.localhost") is None
    opened("nova", "--template", "msp")
    time.sleep(1.01)
    found = vendor_of_host("nova.localhost")
    assert found is not None and found.code == "nova"


@pytest.mark.django_db
def test_a_vendor_is_live_at_once_and_its_first_admin_comes_in_by_the_link() -> None:
    said = opened(
        "Nova Security", "--template", "mssp", "--time-zone", "Europe/Berlin", "--admin",
        "ada@example.com",
    )  # fmt: skip
    vendor = Vendor.objects.get()
    assert (vendor.code, vendor.name, vendor.time_zone) == (
        "nova-security", "Nova Security", "Europe/Berlin",
    )  # fmt: skip
    found = re.search(r"http://nova-security\.localhost:8000(/\S+)", said.splitlines()[2])
    assert found is not None
    path = found[1]
    client = Client(HTTP_HOST="nova-security.localhost")
    page = client.get(path)
    assert (page.status_code, "Nova Security" in page.content.decode()) == (200, True)
    password = "a long enough secret 7"
    client.post(path, {"name": "Ada", "password": password, "password1": password})
    with scope.entered_vendor(vendor.pk, origin="command"):
        held = Membership.objects.get()
    assert (held.role, User.objects.get().email) == ("channel_admin", "ada@example.com")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("nova", "--template", "msb"), r"no template 'msb'; there are cloud, msp, mssp, reseller"),
        (("taken", "--template", "msp"), "code: .*already exists"),
        (("nova", "--host", "taken.localhost"), "host: This host shows another vendor already"),
        (("nova", "--template", "msp", "--time-zone", "Mars/Base"), "time_zone: .*Mars"),
        (("nova", "--template", "msp", "--currency", "euro"), "currency: "),
        (("nova", "--template", "msp", "--currency", "e1R"), "currency: Write a currency code"),
        (("nova", "--template", "msp", "--admin", "ada"), "'ada' is not an e-mail address"),
        (("!!!", "--template", "msp"), "code: "),
    ],
)
def test_a_wrong_vendor_is_refused_whole(words: tuple[str, ...], refused: str) -> None:
    opened("taken")
    with pytest.raises(CommandError, match=refused):
        opened(*words)
    hosts = list(Host.objects.values_list("name", flat=True))
    assert (hosts, Vendor.objects.count()) == (["taken.localhost"], 1)


@pytest.mark.django_db
def test_in_production_the_host_has_to_be_named(settings: object) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="--host partners"):
        opened("nova", "--template", "msp")
    assert Vendor.objects.count() == 0


@pytest.mark.django_db
def test_a_draft_begins_with_a_template_in_the_vendors_currency() -> None:
    opened("nova", "--currency", "EUR")
    vendor = Vendor.objects.get()
    with scope.entered_vendor(vendor.pk, origin="command"):
        keys = [one.key for group in beginnings(vendor, today()) for one in group.choices]
    offered = [key for key in keys if key.startswith("template:")]
    assert offered == [f"template:{name}" for name in TEMPLATES]
    document = beginning("template:reseller", vendor)
    assert (document.program, document.currency, document.metrics["revenue_12m"].unit) == (
        "nova", "EUR", "EUR",
    )  # fmt: skip
