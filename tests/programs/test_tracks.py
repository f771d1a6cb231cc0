"""Tracks: anchors, versions that end others, soundness, companies that stand in for people."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.document import ProgramDocument, ProgramError, document_from, to_dict
from programs.rules import (
    Case,
    Certificate,
    Facts,
    Period,
    Person,
    certificate_expiry,
    counts_until,
    requirement,
)
from programs.rules.people import People
from programs.rules.periods import add_months

PASSED = date(2026, 3, 31)


def program(**tracks: dict[str, Any]) -> ProgramDocument:
    return _document({"tracks": tracks})


def _document(more: dict[str, Any]) -> ProgramDocument:
    base = {"program": "p", "title": "P", "currency": "EUR", "types": {"msp": {"tiers": {"a": {}}}}}
    return document_from({**base, **more})


def refused(**tracks: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ProgramError) as caught:
        program(**tracks)
    return [(problem.code, problem.path) for problem in caught.value.problems]


COURSE = {"code": "4.0", "released": "2025-01-10"}


@pytest.mark.parametrize(
    ("anchor", "held_until", "expected"),
    [
        ("exam", None, date(2027, 3, 31)),
        ("exam", date(2026, 6, 30), date(2027, 3, 31)),
        ("requirement_met", date(2026, 6, 30), date(2027, 3, 31)),
        ("old_expiry", date(2026, 6, 30), date(2027, 6, 30)),
        ("old_expiry", None, date(2027, 3, 31)),
        ("course_release", None, date(2027, 1, 10)),
    ],
)
def test_each_anchor_counts_from_its_own_day(
    anchor: str, held_until: date | None, expected: date
) -> None:
    months = 24 if anchor == "course_release" else 12
    document = program(
        t={"months": months, "anchor": anchor, "versions": [COURSE], "renew_from_days": 180}
    )
    found = certificate_expiry(document, "t", "4.0", PASSED, held_until=held_until)
    assert found == expected


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.integers(0, 400),
    st.integers(1, 60),
)
def test_renewing_early_loses_no_day_by_the_old_end(passed: date, left: int, months: int) -> None:
    document = program(t={"months": months, "anchor": "old_expiry", "renew_from_days": 400})
    held = date.fromordinal(passed.toordinal() + left)
    found = certificate_expiry(document, "t", None, passed, held_until=held)
    assert found == add_months(held, months)
    assert found is not None and found >= add_months(passed, months)


VERSIONS = [
    {"code": "3.0", "released": "2024-01-01"},
    {"code": "4.0", "released": "2025-01-01", "recertify_by": "2025-09-30"},
    {"code": "4.5", "kind": "delta", "of": "4.0", "released": "2026-03-01",
     "recertify_by": "2026-06-30"},
    {"code": "5.0", "released": "2026-01-01", "recertify_by": "2026-12-31"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "ends"),
    [
        ("3.0", date(2025, 9, 30)),
        ("4.0", date(2026, 6, 30)),  # by its delta
        ("4.5", date(2026, 12, 31)),  # not by the course that it extends
        ("5.0", None),  # a late delta of an older course does not end it
        ("", date(2025, 9, 30)),
        ("unlisted", date(2025, 9, 30)),
    ],
)
def test_a_version_counts_until_the_first_newer_one_recertifies(
    version: str, ends: date | None
) -> None:
    document = program(t={"months": 60, "versions": VERSIONS})
    assert counts_until(document, "t", version, None) == ends


def test_counting_ends_with_whatever_comes_first() -> None:
    document = program(t={"versions": VERSIONS}, old={"was": "older"})
    assert counts_until(document, "t", "4.5", date(2026, 11, 1)) == date(2026, 11, 1)
    assert counts_until(document, "t", "4.5", None, date(2026, 10, 1)) == date(2026, 10, 1)
    assert counts_until(document, "older", "", date(2026, 11, 1)) == date(2026, 11, 1)
    assert counts_until(document, "gone", "", None) is None


@st.composite
def releases(draw: st.DrawFn) -> list[dict[str, Any]]:
    days = sorted(draw(st.lists(st.integers(0, 2000), min_size=1, max_size=6, unique=True)))
    found: list[dict[str, Any]] = []
    for place, day in enumerate(days):
        released = date(2020, 1, 1).toordinal() + day
        row: dict[str, Any] = {
            "code": f"v{place}", "released": date.fromordinal(released).isoformat()
        }  # fmt: skip
        delta: bool = bool(found) and draw(st.booleans())
        if delta:
            row |= {"kind": "delta", "of": draw(st.sampled_from([r["code"] for r in found]))}
        if draw(st.booleans()):
            by = date.fromordinal(released + draw(st.integers(1, 900)))
            row["recertify_by"] = by.isoformat()
        found.append(row)
    return found


@given(releases())
def test_a_newer_version_never_counts_less_long_than_the_one_it_replaces(
    versions: list[dict[str, Any]],
) -> None:
    track = program(t={"versions": versions}).tracks["t"]
    ends = {v.code: track.version_ends(v.code) or date.max for v in track.versions}
    courses = [v for v in track.versions if v.kind == "course"]
    assert [ends[v.code] for v in courses] == sorted(ends[v.code] for v in courses)
    for version in track.versions:
        if version.of:
            assert ends[version.of] <= ends[version.code]
        assert (track.version_ends("") or date.max) <= ends[version.code]


def test_the_newest_version_is_not_ended_by_itself() -> None:
    track = program(t={"versions": VERSIONS}).tracks["t"]
    assert track.version_ends("5.0") is None


def test_a_version_that_was_superseded_can_no_longer_be_taken() -> None:
    document = program(t={"months": 60, "versions": VERSIONS})
    assert certificate_expiry(document, "t", "3.0", date(2025, 9, 29)) == date(2030, 9, 29)
    with pytest.raises(ProgramError) as caught:
        certificate_expiry(document, "t", "3.0", date(2025, 9, 30))
    assert caught.value.code == "already_expired"


def test_a_track_whose_versions_end_asks_for_the_version() -> None:
    with pytest.raises(ProgramError) as caught:
        certificate_expiry(program(t={"versions": VERSIONS}), "t", None, PASSED)
    assert caught.value.code == "version_needed"


PART: dict[str, Any] = {"a": {}, "b": {}}


@pytest.mark.parametrize(
    ("tracks", "found"),
    [
        ({"t": {"renew": [{"track": "x"}]}}, ("unknown_track", "tracks.t.renew[0].track")),
        ({"t": {"renew": [{"track": "t"}]}}, ("renews_itself", "tracks.t.renew[0].track")),
        ({"t": {"renew": ["exam", "exam"]}}, ("twice", "tracks.t.renew")),
        ({"t": {"anchor": "old_expiry", "months": 12}}, ("renewals_pile_up", "tracks.t.anchor")),
        ({"t": {"parts": {"a": {}}}}, ("one_part", "tracks.t.parts")),
        ({"t": {"parts_within_days": 90}}, ("no_parts", "tracks.t.parts_within_days")),
        ({"t": {"composite": ["a"]}, "a": {}}, ("composite", "tracks.t.composite")),
        ({"t": {"composite": ["a", "x"]}, "a": {}}, ("unknown_track", "tracks.t.composite")),
        (
            {"t": {"composite": ["a", "b"], "parts": PART}, "a": {}, "b": {}},
            ("composite_with_exam", "tracks.t.parts"),
        ),
        (
            {"t": {"composite": ["a", "b"], "anchor": "course_release", "months": 12,
                   "versions": []}, "a": {}, "b": {}},
            ("no_versions", "tracks.t.anchor"),
        ),
        (
            {"t": {"composite": ["a", "b"]}, "a": {"needs": "t"}, "b": {}},
            ("cycle", "tracks.t.composite"),
        ),
        (
            {"t": {"versions": [{**COURSE, "recertify_by": "2025-01-10"}]}},
            ("recertify_before_release", "tracks.t.versions[0].recertify_by"),
        ),
    ],
)  # fmt: skip
def test_an_unsound_track_is_refused(tracks: dict[str, Any], found: tuple[str, str]) -> None:
    assert refused(**tracks)[0] == found


def test_tracks_may_renew_each_other() -> None:
    one, two = {"renew": ["exam", {"track": "b"}]}, {"renew": ["exam", {"track": "a"}]}
    assert set(program(a=one, b=two).tracks) == {"a", "b"}


def test_a_curriculum_names_each_step_once() -> None:
    steps = [{"title": "Watch"}, {"title": "Watch"}]
    assert refused(t={"versions": [{**COURSE, "curriculum": steps}]})[0][0] == "value"


def test_links_lead_over_https_only() -> None:
    assert refused(t={"links": {"exam": "javascript:alert(1)"}})[0][1] == "tracks.t.links.exam"


def test_a_whole_track_survives_its_own_text() -> None:
    document = program(
        t={
            "months": 12, "anchor": "old_expiry", "pass_mark": 80, "parts": PART,
            "parts_within_days": 90, "renew": ["delta", {"track": "u", "months": 6}],
            "renew_from_days": 90, "retake": {"waits_days": [0, 14], "per_year": 4},
            "links": {"course": "https://learn.example/t"}, "versions": VERSIONS,
        },
        u={},
    )  # fmt: skip
    assert document_from(to_dict(document)) == document


def company(attested: bool, people: int = 0) -> Case:
    held = Certificate("basics", date(2025, 1, 1))
    return Case(
        Facts(
            people=tuple(Person(f"p{n}", certificates=(held,)) for n in range(people)),
            attestations={"soc2": (Period(date(2026, 1, 1)),)} if attested else {"soc2": ()},
        ),
        date(2026, 6, 1),
    )


EQUIVALENT = {
    "tracks": {"basics": {}, "other": {}},
    "attestations": {"soc2": {"title": "SOC 2 report", "months": 12}},
    "equivalents": {"soc": {"tracks": "basics", "attestation": "soc2"}},
}


@pytest.mark.parametrize(
    ("people", "attested", "outcome"),
    [(0, False, False), (0, True, True), (2, False, True), (1, True, True)],
)
def test_a_company_stands_in_for_people_and_says_so(
    people: int, attested: bool, outcome: bool
) -> None:
    tree = requirement({"people": {"track": "basics", "at_least": 2}}, _document(EQUIVALENT))
    case = company(attested, people)
    node = tree.explain(case)
    assert (tree.holds(case), node.truth) == (outcome, outcome)
    assert (node.kind == "attestation") == (attested and people < 2)


@pytest.mark.parametrize(
    "asked",
    [
        {"track": ["basics", "other"]},
        {"track": "basics", "role": "engineer"},
        {"track": "basics", "all_of": [{"track": "basics"}]},
    ],
)
def test_a_company_stands_in_only_for_what_its_equivalent_covers(asked: dict[str, Any]) -> None:
    tree = requirement({"people": {**asked, "at_least": 1}}, _document(EQUIVALENT))
    assert tree.holds(company(attested=True)) is False
    assert isinstance(tree, People) and tree.company == frozenset()


def test_a_company_counts_no_person() -> None:
    tree = requirement({"people": {"track": "basics", "at_least": 1}}, _document(EQUIVALENT))
    assert [row.name for row in tree.explain(company(attested=True)).counted] == ["SOC 2 report"]
    assert date(2027, 1, 1) in set(tree.turns(company(attested=True)))


def test_an_equivalent_of_nothing_known_is_refused() -> None:
    with pytest.raises(ProgramError) as caught:
        _document({"equivalents": {"soc": {"tracks": "x", "attestation": "y"}}})
    assert [p.code for p in caught.value.problems] == ["unknown_track", "unknown_attestation"]


def test_who_may_meet_entry_by_a_company_must_be_able_to_stay_by_it() -> None:
    entry = {"people": {"track": "basics", "at_least": 2}}
    retain = {"people": {"track": ["basics", "other"], "at_least": 1}}
    types = {"msp": {"tiers": {"a": {"entry": entry, "retain": retain}}}}
    found = _document({**EQUIVALENT, "types": types})
    from programs.document.lint import lint

    assert "retain_not_proved" in {one.code for one in lint(found)}
