"""What a form says of its rows is what a browser sent: anything."""

import pytest

from programs.forms.reading import MOST_ROWS, rows_changed, rows_in


@pytest.mark.parametrize(
    ("sent", "rows"),
    [("2", 2), ("", 0), ("-1", 0), ("²", 0), ("900", MOST_ROWS), ("9" * 5000, 0)],
)
def test_the_number_of_rows_is_a_number_within_bounds(sent: str, rows: int) -> None:
    data = {"f.list.rows": [sent]}
    assert len(rows_in(data, "f.list")) == rows
    added = rows_changed(data, "add", "f.list")
    assert len(rows_in(added, "f.list")) == min(rows + 1, MOST_ROWS)
