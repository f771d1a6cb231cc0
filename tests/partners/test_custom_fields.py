"""The rule of custom fields: every kind, limits, and what is said where a value does not fit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from partners.models import CustomField
from partners.rules.field_words import cell, shown
from partners.rules.fields import applying, defects, missing, read, taken

CHOICES = [{"code": "north", "label": "The North"}, {"code": "south", "label": "South"}]


def field(kind: str, code: str = "x", **more: Any) -> CustomField:
    choices = CHOICES if kind in ("choice", "several") else []
    return CustomField(
        subject="customer", code=code, label="Region", kind=kind, **{"choices": choices, **more}
    )


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "  a b ", "a b"),
        ("long_text", "a\nb", "a\nb"),
        ("integer", "1250", 1250),
        ("integer", 7, 7),
        ("decimal", "1250.50", "1250.5"),
        ("decimal", 0.1, "0.1"),
        ("money", "12.5 eur", {"amount": "12.50", "currency": "EUR"}),
        ("money", {"amount": "3", "currency": "USD"}, {"amount": "3.00", "currency": "USD"}),
        ("date", "2026-11-23", "2026-11-23"),
        ("date", dt.date(2026, 1, 2), "2026-01-02"),
        ("boolean", "no", False),
        ("boolean", True, True),
        ("choice", "the north", "north"),
        ("several", "South; north", ["north", "south"]),
        ("several", ["south", "south"], ["south"]),
        ("url", "https://x.example/a", "https://x.example/a"),
        ("email", "Ana@X.example", "ana@x.example"),
        ("country", "de", "DE"),
        ("text", "", None),
        ("several", [], None),
        ("boolean", None, None),
    ],
)
def test_a_value_that_fits_has_one_shape(kind: str, raw: Any, value: Any) -> None:
    found = read(field(kind), raw)
    assert (found.value, found.problem) == (value, "")
    assert read(field(kind), found.value) == found
    assert read(field(kind), cell(found.value)) == found


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", "a\nb"),
        ("text", "a\x00b"),
        ("text", "x" * 301),
        ("text", 5),
        ("integer", "1.5"),
        ("integer", True),
        ("integer", "10 000"),
        ("decimal", "1,5"),
        ("decimal", "1.23456"),
        ("decimal", "NaN"),
        ("money", "12"),
        ("money", {"amount": "1"}),
        ("money", "1.234 EUR"),
        ("date", "23.11.2026"),
        ("date", "2026-02-30"),
        ("boolean", "maybe"),
        ("boolean", 2),
        ("choice", "west"),
        ("choice", ["north"]),
        ("several", "north; west"),
        ("several", {"a": 1}),
        ("url", "javascript:alert(1)"),
        ("url", "ftp://x.example"),
        ("email", "nobody"),
        ("country", "XX"),
        ("country", "Germany"),
        ("document", "https://x.example"),
    ],
)
def test_what_does_not_fit_names_the_field(kind: str, raw: Any) -> None:
    found = read(field(kind), raw)
    assert found.value is None
    assert found.problem.startswith("Region: ")


@pytest.mark.parametrize(
    ("kind", "limits", "raw", "fits"),
    [
        ("integer", {"minimum": "5"}, "4", False),
        ("integer", {"minimum": "5"}, "5", True),
        ("decimal", {"maximum": "1.5"}, "1.5001", False),
        ("money", {"maximum": "100"}, "100.01 EUR", False),
        ("date", {"minimum": "2026-01-01"}, "2025-12-31", False),
        ("text", {"maximum": "3"}, "abcd", False),
        ("text", {"maximum": "3"}, "abc", True),
        ("text", {"required": True}, " ", False),
    ],
)
def test_limits_hold(kind: str, limits: dict[str, Any], raw: str, fits: bool) -> None:
    assert (read(field(kind, **limits), raw).problem == "") is fits


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"kind": "text", "code": "Two Words"}, "code"),
        ({"kind": "choice", "choices": []}, "choices"),
        ({"kind": "choice", "choices": [CHOICES[0], CHOICES[0]]}, "choices"),
        ({"kind": "text", "choices": CHOICES}, "choices"),
        ({"kind": "integer", "minimum": "many"}, "minimum"),
        ({"kind": "integer", "minimum": "5", "maximum": "4"}, "maximum"),
        ({"kind": "text", "minimum": "5"}, "minimum"),
        ({"kind": "boolean", "maximum": "5"}, "maximum"),
        ({"kind": "document"}, "kind"),
    ],
)
def test_a_definition_that_makes_no_sense_is_told(more: dict[str, Any], pointer: str) -> None:
    assert [reason.pointer for reason in defects(field(**more))] == [pointer]


def test_a_good_definition_has_no_defects() -> None:
    assert defects(field("money", minimum="0", maximum="99.5")) == []


def test_what_is_left_out_stays() -> None:
    fields = [field("text", "a"), field("integer", "b")]
    found = taken(fields, {"a": "x", "b": 1}, {"b": "2"})
    assert (found.values, found.changes) == ({"a": "x", "b": 2}, {"custom.b": [1, 2]})


def test_null_takes_a_value_away() -> None:
    found = taken([field("text", "a")], {"a": "x"}, {"a": None})
    assert (found.values, found.changes) == ({}, {"custom.a": ["x", None]})


def test_a_required_value_is_not_taken_away() -> None:
    found = taken([field("text", "a", required=True)], {"a": "x"}, {"a": ""})
    assert [reason.pointer for reason in found.problems] == ["custom.a"]


def test_only_a_complete_form_asks_for_all_that_is_required() -> None:
    fields = [field("text", "a", required=True), field("text", "b")]
    assert taken(fields, {}, {"b": "x"}).problems == ()
    whole = taken(fields, {}, {"b": "x"}, complete=True)
    assert [reason.pointer for reason in whole.problems] == ["custom.a"]
    assert [one.code for one in missing(fields, {"b": "x"})] == ["a"]


def test_a_code_that_nobody_defined_is_refused() -> None:
    found = taken([field("text", "a")], {}, {"c": "x"})
    assert [(r.code, r.pointer, r.fix) for r in found.problems] == [
        ("unknown_field", "custom.c", "Known: a.")
    ]


def test_values_of_fields_not_asked_for_stay() -> None:
    assert taken([field("text", "a")], {"old": 1}, {"a": "x"}).values == {"old": 1, "a": "x"}


def test_fields_go_by_the_partner_type() -> None:
    fields = [field("text", "a", partner_types=["msp"]), field("text", "b")]
    assert [one.code for one in applying(fields, ["reseller"])] == ["b"]
    assert [one.code for one in applying(fields, ["msp", "reseller"])] == ["a", "b"]


def test_values_are_shown_in_words() -> None:
    money = {"amount": "1250.50", "currency": "EUR"}
    assert shown(field("money"), money) == "1,250.50 EUR"
    assert shown(field("several"), ["north", "gone"]) == "The North, gone"
    assert shown(field("decimal"), str(Decimal("0.5"))) == "0.5"
    assert shown(field("boolean"), False) == "No"
    assert shown(field("country"), "DE") == "Germany"
    assert shown(field("date"), "2026-11-03") == "3 Nov 2026"
    assert shown(field("text"), None) == ""
