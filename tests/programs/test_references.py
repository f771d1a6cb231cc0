"""Where a form lets people choose by name what the document writes as a code."""

from __future__ import annotations

from typing import Any

from programs import document as documents
from programs import library
from programs.document import Level
from programs.document.onboarding import Step
from programs.editing.references import options
from programs.editing.shapes import Field, shape_of
from programs.forms.inputs import Input, inputs
from programs.rules.held import HeldLevel

AURORA = documents.to_dict(library.program("aurora"))


def field(model: Any, name: str) -> Field:
    return shape_of(model).field(name)


def offered(model: Any, name: str) -> dict[str, str]:
    return dict(options(field(model, name), AURORA) or [])


def test_a_level_is_chosen_by_its_name_with_the_type_that_alone_has_it() -> None:
    for levels in (offered(HeldLevel, "level"), offered(Step, "levels")):
        assert levels["core"] == "Core"
        assert levels["healthcare"] == "Healthcare proven (Vertical specialist)"
    assert "no_such" not in levels


def test_an_axis_is_chosen_by_its_title() -> None:
    assert offered(HeldLevel, "axis") == {"badge": "Vertical"}


def benefit(code: str, value: str) -> Input:
    """The input of a level's benefit whose value is words."""
    data = {
        "b.benefits.rows": ["0"], "b.benefits.0.key": [code], "b.benefits.0.v.as": ["2"],
        "b.benefits.0.v.v": [value],
    }  # fmt: skip
    (made,) = inputs((field(Level, "benefits"),), data, "b", (), AURORA)
    (row,) = made.rows
    return row.inputs[0].inside[0]


def test_a_benefit_that_is_support_names_a_plan() -> None:
    plan = benefit("support", "msp")
    assert (plan.widget, plan.value) == ("select", "msp")
    assert ("msp", "Managed service providers") in plan.options
    assert benefit("nfr_seats", "many").widget == "text"


def test_a_plan_that_is_gone_is_not_lost_in_the_form() -> None:
    assert ("gone", "gone") in benefit("support", "gone").options
