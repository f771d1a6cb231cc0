"""A requirement's numbers as people write them, with the unit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from partners.requirements import requirement_view
from programs.rules import Node


@pytest.mark.parametrize(
    ("have", "need", "unit", "written"),
    [
        (1394, 1500, "seats", ("1,394", "1,500 seats")),
        (Decimal("91.5"), 88, "%", ("91.5", "88 %")),
        (93000, Decimal(90000), "USD", ("$93,000", "$90,000")),
        (Decimal("12.5"), 90, "EUR", ("€12.50", "€90")),
        (1, 2, "people", ("1", "2 people")),
        (0, 1, "people", ("0", "1 person")),
        (None, 90, "%", ("–", "90 %")),
        (12, None, "seats", ("12 seats", None)),
        (None, None, "", ("", None)),
    ],
)
def test_numbers_name_their_unit(
    have: int | Decimal | None, need: int | Decimal | None, unit: str, written: tuple[str, str]
) -> None:
    node = Node(kind="metric", outcome="fail", words="X", have=have, need=need, unit=unit)
    view = requirement_view(node)
    assert (view.have, view.need) == written
