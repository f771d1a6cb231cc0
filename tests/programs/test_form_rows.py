"""What a form says of its rows is what a browser sent: anything. No row is lost on the way."""

from typing import Any

import pytest

from programs.editing.shapes import shape_at
from programs.forms import flat_fields, inputs, read_fields, rows_changed
from programs.forms.reading import MOST_ROWS, rows_in

TRACK = shape_at(("tracks", "one")).fields


@pytest.mark.parametrize("sent", ["2", "", "-1", "²", "900", "9" * 5000])
def test_a_row_counts_if_it_was_sent_whatever_number_is_claimed(sent: str) -> None:
    data = {"f.list.rows": [sent], "f.list.0.was": [""], "f.list.7.v": ["x"], "f.list.²": [""]}
    assert rows_in(data, "f.list") == [0, 7]
    assert len(rows_in(rows_changed(data, "add", "f.list"), "f.list")) == 3


def track(versions: int) -> dict[str, Any]:
    listed = [{"code": f"1.{n}", "released": "2025-02-01"} for n in range(versions)]
    return {"title": "Engineer", "versions": listed}


def test_a_long_list_passes_through_its_form_unchanged() -> None:
    before = track(MOST_ROWS)
    found = read_fields(TRACK, flat_fields(TRACK, before, "f"), "f", before)
    codes = [one["code"] for one in found["versions"]]
    assert codes == [one["code"] for one in before["versions"]]


def test_a_list_that_is_too_long_for_a_form_is_left_as_it_is_and_said_so() -> None:
    before = track(MOST_ROWS + 1)
    data = flat_fields(TRACK, before, "f")
    shown = {one.name: one for one in inputs(TRACK, data, "f", ("tracks", "one"), {})}
    assert (shown["f.versions"].kept, shown["f.versions"].rows) == (str(MOST_ROWS + 1), [])
    assert read_fields(TRACK, data, "f", before)["versions"] == before["versions"]


def test_a_full_form_takes_no_further_row_and_says_so() -> None:
    before = track(MOST_ROWS)
    data = rows_changed(flat_fields(TRACK, before, "f"), "add", "f.versions")
    shown = {one.name: one for one in inputs(TRACK, data, "f", ("tracks", "one"), {})}
    assert len(shown["f.versions"].rows) == MOST_ROWS
    assert shown["f.versions"].errors == [
        "A form holds at most 200 rows. Add further ones in the YAML."
    ]
