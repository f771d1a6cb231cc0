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
from partners.models import Employment
from programs.actions import publish_program
from programs.document import document_from
from programs.gathering import facts_of
from programs.models import Track
from programs.rules import explain, holds
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, events
from tests.partners.importing import load

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
        actions.change_person(row, roles=["support_engineer"])
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
