"""Registrations name only what the vendor's program declares."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from deals import actions
from deals.models import PreCheck, Registration
from tenants import scope
from tenants.writing import Refused
from tests.deals.conftest import NOW, TODAY, acting, draft
from tests.deals.test_registrations import code_of
from tests.factories import prepared


@pytest.mark.parametrize(
    ("typed", "code", "pointer", "fix"),
    [
        ({"families": ["endpont"]}, "unknown_family", "families", "Did you mean “endpoint”?"),
        ({"products": ["mainframe"]}, "unknown_product", "products", "Known: "),
        ({"stated": ["sober"]}, "unknown_statement", "stated", "Known: –."),
    ],
)
def test_what_the_program_does_not_declare_is_refused_with_what_there_is(
    deals: SimpleNamespace, typed: dict[str, Any], code: str, pointer: str, fix: str
) -> None:
    with pytest.raises(Refused) as refused:
        draft(deals, deals.owner, **typed)
    reason = refused.value.reasons[0]
    assert (reason.code, reason.pointer, reason.fix[: len(fix)]) == (code, pointer, fix)
    with scope.entered_vendor(deals.vendor.pk):
        assert Registration.objects.count() == 0


def test_a_draft_whose_family_went_meanwhile_is_not_submitted(deals: SimpleNamespace) -> None:
    row = draft(deals, deals.owner)
    with prepared(deals.vendor):
        Registration.objects.filter(pk=row.pk).update(families=["endpoint", "gone"])
    with acting(deals.owner):
        assert code_of(lambda: actions.submit_registration(row, at=NOW, on=TODAY)) == (
            "unknown_family"
        )
        assert Registration.objects.get().state == "draft"


def test_a_check_names_only_what_there_is(deals: SimpleNamespace) -> None:
    asked = {"name": "Cedar", "families": ["gone"]}
    with acting(deals.owner):
        assert (
            code_of(lambda: actions.precheck(deals.partner, asked, at=NOW, on=TODAY))
            == "unknown_family"
        )
        assert PreCheck.objects.count() == 0
