"""Roles of people: who records them, and that requirements find them, certified or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
import yaml
from django.test import Client

from certifications.actions import record_result
from partners import actions
from partners.forms import PersonForm
from partners.models import Employment, held_on
from programs.actions import publish_program
from programs.document import document_from
from programs.gathering import facts_of
from programs.models import Track
from programs.rules import explain, holds
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.api import Api, new_client, token_of
from tests.partners.conftest import NOW, TODAY, events
from tests.partners.importing import load, totals

PROGRAM = """
program: test
title: Test Program
currency: EUR
tracks: {deploy: {function: deploy, months: 24}}
types:
  msp:
    tiers:
      first_line: {entry: {people: {role: support_engineer, at_least: 2}}}
      certified: {entry: {people: {role: support_engineer, track: deploy, at_least: 1}}}
"""
DOCUMENT = document_from(yaml.safe_load(PROGRAM))
LEVELS = DOCUMENT.types["msp"].tiers


@pytest.fixture
def asking(world: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with scope.entered_vendor(world.vendor.pk):
        publish_program(DOCUMENT, at=NOW, effective_from=TODAY)
    with time_machine.travel(NOW, tick=False):
        yield world


def add(world: SimpleNamespace, name: str, *roles: str, **values: Any) -> Employment:
    with scope.enter(make.scope_of(world.owner)):
        return actions.add_person(
            world.partner, name=name, **{"since": TODAY, "roles": roles, **values}
        )


def met(world: SimpleNamespace, level: str, on: dt.date = TODAY) -> tuple[bool | None, list[str]]:
    """Whether the partner meets the level, and who counts."""
    with scope.entered_vendor(world.vendor.pk):
        facts = facts_of([world.partner.pk], on)[world.partner.pk]
    tree = LEVELS[level].entry_tree
    node = explain(tree, facts, on)
    assert holds(tree, facts, on) is node.truth
    return node.truth, sorted(row.name for row in node.counted)


def test_people_in_a_role_count_without_a_certificate(asking: SimpleNamespace) -> None:
    add(asking, "Ana", "support_engineer")
    assert met(asking, "first_line") == (False, ["Ana"])
    add(asking, "Bo", "support_engineer", "sales")
    add(asking, "Cy", "sales")
    assert met(asking, "first_line") == (True, ["Ana", "Bo"])


def test_a_role_ends_with_the_employment(asking: SimpleNamespace) -> None:
    add(asking, "Ana", "support_engineer")
    add(asking, "Bo", "support_engineer", until=TODAY + dt.timedelta(days=3))
    assert met(asking, "first_line")[0] is True
    assert met(asking, "first_line", TODAY + dt.timedelta(days=3))[0] is False


def test_a_role_and_a_certificate_are_one_persons(asking: SimpleNamespace) -> None:
    row = add(asking, "Ana")
    with scope.entered_vendor(asking.vendor.pk):
        record_result(row.person, Track.objects.get(code="deploy"), "", TODAY, at=NOW)
    add(asking, "Bo", "support_engineer")
    assert met(asking, "certified") == (False, [])
    with scope.enter(make.scope_of(asking.owner)):
        actions.change_person(row, on=TODAY, roles=["support_engineer"])
    assert met(asking, "certified") == (True, ["Ana"])
    assert met(asking, "first_line") == (True, ["Ana", "Bo"])


def test_what_is_no_code_is_no_role(asking: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        add(asking, "Ana", "Support Engineer")
    assert (refused.value.code, refused.value.reasons[0].pointer) == ("wrong_role", "roles")
    with scope.entered_vendor(asking.vendor.pk):
        assert (Employment.objects.count(), events()) == (0, [])


def test_roles_are_loaded_from_a_file_and_left_alone_without_the_column(
    asking: SimpleNamespace,
) -> None:
    with scope.enter(make.scope_of(asking.owner)):
        load("people", "name,external_id,roles\nAna,1,sales; support_engineer\n")
        load("people", "name,external_id,job\nAna,1,Lead\n")
        row = Employment.objects.get()
    assert (row.roles, row.job_title) == (["sales", "support_engineer"], "Lead")


def test_the_form_offers_the_roles_that_the_program_asks_for(asking: SimpleNamespace) -> None:
    owner = make.sign_in(Client(), asking.owner)
    page = owner.get("/team/add/").content.decode()
    assert "Support engineer" in page
    given = {"name": "Ana", "since": TODAY.isoformat(), "roles": ["support_engineer"]}
    assert owner.post("/team/add/", given).status_code == 302
    assert met(asking, "first_line") == (False, ["Ana"])


def test_without_such_a_requirement_no_role_is_asked(world: SimpleNamespace) -> None:
    with scope.entered_vendor(world.vendor.pk):
        assert "roles" not in PersonForm(on=TODAY).fields


NEXT = TODAY + dt.timedelta(days=1)
BEFORE = TODAY - dt.timedelta(days=1)
ROLE = "support_engineer"


def give(world: SimpleNamespace, row: Employment, on: dt.date, *roles: str) -> None:
    with scope.enter(make.scope_of(world.owner)):
        actions.change_person(row, on=on, roles=roles)


def counted(world: SimpleNamespace, *days: dt.date) -> list[list[str]]:
    return [met(world, "first_line", day)[1] for day in days]


def reread(world: SimpleNamespace, row: Employment) -> Employment:
    with scope.entered_vendor(world.vendor.pk):
        found: Employment = Employment.objects.get(pk=row.pk)
    return found


def test_each_day_counts_who_held_the_role_then(asking: SimpleNamespace) -> None:
    give(asking, add(asking, "Ana", ROLE, since=BEFORE), TODAY, "sales")
    give(asking, add(asking, "Cy", since=BEFORE), TODAY, ROLE)
    assert counted(asking, BEFORE, TODAY, NEXT) == [["Ana"], ["Cy"], ["Cy"]]


def test_a_role_ends_on_a_day_to_come_until_that_is_taken_back(asking: SimpleNamespace) -> None:
    row = add(asking, "Ana", ROLE, "sales", since=BEFORE)
    give(asking, row, NEXT, "sales")
    assert counted(asking, BEFORE, TODAY, NEXT) == [["Ana"], ["Ana"], []]
    give(asking, row, TODAY, "sales", ROLE)  # as it is today: what is to come stays
    assert counted(asking, TODAY, NEXT) == [["Ana"], []]
    give(asking, row, NEXT, "sales", ROLE)
    row = reread(asking, row)
    assert (row.role_spans(), row.earlier_roles) == ([(BEFORE, None, ["sales", ROLE])], [])


def test_roles_since_before_the_employment_hold_from_its_first_day(asking: SimpleNamespace) -> None:
    row = add(asking, "Ana", ROLE)
    give(asking, row, NEXT, "sales")
    give(asking, row, BEFORE, "lead")
    assert reread(asking, row).role_spans() == [(TODAY, None, ["lead"])]


def test_a_file_changes_roles_from_its_day_and_twice_changes_nothing(
    asking: SimpleNamespace,
) -> None:
    row = add(asking, "Ana", ROLE, since=BEFORE, external_id="1")
    text = "name,external_id,roles\nAna,1,sales; lead\nBo,2,sales\n"
    with scope.enter(make.scope_of(asking.owner)):
        assert totals(load("people", text)) == (1, 1, 0, 0)
        spans = [(BEFORE, TODAY, [ROLE]), (TODAY, None, ["lead", "sales"])]
        assert reread(asking, row).role_spans() == spans
        assert totals(load("people", text)) == (0, 0, 2, 0)
    assert reread(asking, row).role_spans() == spans
    give(asking, row, NEXT)
    with scope.enter(make.scope_of(asking.owner)):
        assert totals(load("people", text)) == (0, 0, 2, 0)  # what is planned stays
    assert reread(asking, row).roles == []


def test_the_api_and_the_form_show_todays_roles_and_take_a_day(
    asking: SimpleNamespace,
) -> None:
    rights = ("people.read", "people.write")
    own = Api(token_of(new_client(asking.vendor, *rights, partner=asking.partner, name="own")))
    row = add(asking, "Ana", ROLE, since=BEFORE)
    change = {"roles": [], "roles_since": NEXT.isoformat()}
    answer = own.patch(f"/people/{row.ref}", change, If_Match=own.get(f"/people/{row.ref}")["ETag"])
    assert (answer.status_code, answer.json()["roles"]) == (200, [ROLE])
    assert counted(asking, TODAY, NEXT) == [["Ana"], []]
    owner = make.sign_in(Client(), asking.owner)
    page = owner.get(f"/team/{row.ref}/change/").content.decode()
    assert "checked" in page
    assert owner.post(f"/team/{row.ref}/change/", {"name": "Ana", "roles": []}).status_code == 302
    assert counted(asking, BEFORE, TODAY) == [["Ana"], []]
    assert own.get(f"/people/{row.ref}").json()["roles"] == []
    with scope.entered_vendor(asking.vendor.pk):
        for day in (BEFORE, TODAY, NEXT):
            sql = Employment.objects.annotate(held=held_on(day)).get(pk=row.pk)
            assert sql.held == sql.roles_on(day)


def test_what_holds_today_is_told_to_end_with_the_role(asking: SimpleNamespace) -> None:
    rows = [add(asking, name, ROLE, since=BEFORE) for name in ("Ana", "Bo")]
    with scope.entered_vendor(asking.vendor.pk):
        record_result(rows[0].person, Track.objects.get(code="deploy"), "", TODAY, at=NOW)
    give(asking, rows[0], NEXT)
    with scope.entered_vendor(asking.vendor.pk):
        facts = facts_of([asking.partner.pk], TODAY)[asking.partner.pk]
    for level in ("first_line", "certified"):
        node = explain(LEVELS[level].entry_tree, facts, TODAY)
        assert (node.truth, node.until) == (True, NEXT)


def test_roles_end_with_the_employment(asking: SimpleNamespace) -> None:
    row = add(asking, "Ana", ROLE)
    give(asking, row, NEXT + dt.timedelta(days=5), "sales")
    with scope.enter(make.scope_of(asking.owner)):
        ended = actions.end_employment(row, on=NEXT)
    assert reread(asking, ended).role_spans() == [(TODAY, NEXT, [ROLE])]
    assert counted(asking, TODAY, NEXT) == [["Ana"], []]
