"""What a result earns: parts, composites, renewals by other tracks, waits. Pure."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.document import ProgramDocument, document_from
from programs.rules import Case, Certificate, Facts, Person, requirement
from programs.rules.closing import smallest_exam_set
from programs.rules.earning import (
    Attempt,
    Earned,
    Held,
    earned_by,
    parts_missing,
    passes,
    renewable_from,
    retake_from,
)

DAY = date(2026, 6, 1)


def program(**tracks: dict[str, Any]) -> ProgramDocument:
    return document_from(
        {
            "program": "p", "title": "P", "currency": "EUR", "tracks": tracks,
            "types": {"msp": {"tiers": {"a": {}}}},
        }
    )  # fmt: skip


def earned(document: ProgramDocument, track: str, *held: Held, on: date = DAY) -> list[Earned]:
    return earned_by(document, Attempt(track, "", "", on), held, (), on=on)


def days(number: int) -> date:
    return DAY + timedelta(days=number)


AWS = program(
    foundational={"months": 36, "renew": ["exam", {"track": "associate"}]},
    associate={"months": 36, "renew": ["exam", {"track": "professional"}]},
    professional={"months": 36},
)


def test_a_higher_exam_carries_on_what_still_counts_and_what_that_carries() -> None:
    held = [
        Held("foundational", "", days(-900), days(90)),
        Held("associate", "", days(-900), days(9)),
    ]
    found = earned(AWS, "professional", *held)
    ends = date(2029, 6, 1)
    assert [(one.track, one.expires_on) for one in found] == [
        ("professional", ends), ("associate", ends), ("foundational", ends),
    ]  # fmt: skip


def test_a_lapsed_certificate_is_not_carried_on() -> None:
    held = [Held("foundational", "", days(-900), days(90)), Held("associate", "", days(-900), DAY)]
    assert [one.track for one in earned(AWS, "professional", *held)] == ["professional"]


@settings(deadline=None)
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_a_circle_of_renewals_ends_with_each_track_once(count: int, chance: Any) -> None:
    codes = [f"t{n}" for n in range(count)]
    tracks = {
        code: {"months": 12, "renew": ["exam", *({"track": o} for o in codes if o != code)]}
        for code in codes
    }
    held = [Held(code, "", days(-100), days(chance.randint(1, 300))) for code in codes]
    found = earned(program(**tracks), "t0", *held)
    assert sorted(one.track for one in found) == codes
    assert {one.expires_on for one in found} == {date(2027, 6, 1)}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-700, 0), st.integers(1, 700)), min_size=2, max_size=2))
def test_nothing_earned_ever_ends_sooner_than_what_was_held(spans: list[tuple[int, int]]) -> None:
    held = [
        Held(code, "", days(start), days(until))
        for code, (start, until) in zip(("foundational", "associate"), spans, strict=True)
    ]
    before = {one.track: one.until for one in held}
    for one in earned(AWS, "professional", *held):
        ends, had = one.expires_on, before.get(one.track)
        assert ends is not None and (had is None or ends > had)


def test_carrying_on_counts_from_the_old_end_where_the_anchor_says_so() -> None:
    document = program(
        base={
            "months": 36, "anchor": "old_expiry", "renew_from_days": 365,
            "renew": ["exam", {"track": "more", "months": 12}],
        },
        more={"months": 36},
    )  # fmt: skip
    found = earned(document, "more", Held("base", "", days(-900), days(100)))
    assert found[1] == Earned("base", "", DAY, date(2027, 9, 9))
    assert len(earned(document, "more", Held("base", "", days(-9), days(400)))) == 1  # too early


SALES = program(
    core={"months": 12},
    net={"months": 24},
    pro={"composite": ["core", "net"]},
    expert={"composite": ["pro", "net"], "months": 6, "anchor": "requirement_met"},
)


def test_the_last_member_completes_composites_of_composites() -> None:
    found = earned(SALES, "core", Held("net", "", days(-30), days(200)))
    assert found == [
        Earned("core", "", DAY, date(2027, 6, 1)),
        Earned("pro", "", DAY, days(200)),  # as long as its members
        Earned("expert", "", DAY, date(2026, 12, 1)),
    ]


def test_a_composite_waits_for_every_member() -> None:
    assert [one.track for one in earned(SALES, "core")] == ["core"]
    assert [one.track for one in earned(SALES, "core", Held("net", "", days(-9), DAY))] == ["core"]


def test_a_member_recorded_late_completes_on_the_day_of_the_other() -> None:
    found = earned_by(
        SALES,
        Attempt("core", "", "", days(-20)),
        [Held("net", "", days(-5), days(200))],
        (),
        on=DAY,
    )
    assert (found[1].track, found[1].earned_on) == ("pro", days(-5))


HIPAA = program(
    hipaa={
        "months": 12, "anchor": "requirement_met",
        "parts": {"a": {}, "b": {"pass_mark": 90}, "c": {}},
        "pass_mark": 80, "parts_within_days": 180,
    }
)  # fmt: skip
TRACK = HIPAA.tracks["hipaa"]


def part(name: str, ago: int, passed: bool = True) -> Attempt:
    return Attempt("hipaa", "", name, days(-ago), passed)


def test_the_last_part_earns_the_certificate_on_its_day() -> None:
    found = earned_by(HIPAA, part("c", 0), (), [part("a", 170), part("b", 20)], on=DAY)
    assert found == [Earned("hipaa", "", DAY, date(2027, 6, 1))]


def test_a_part_recorded_late_counts_from_the_last_day_met() -> None:
    found = earned_by(HIPAA, part("a", 40), (), [part("c", 0), part("b", 20)], on=DAY)
    assert [(one.earned_on, one.expires_on) for one in found] == [(DAY, date(2027, 6, 1))]


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ([part("a", 181), part("b", 20)], ("a",)),  # too long before the last
        ([part("a", 10, passed=False), part("b", 20)], ("a",)),
        ([], ("a", "b")),
    ],
)
def test_parts_that_are_missing_earn_nothing(
    others: list[Attempt], missing: tuple[str, ...]
) -> None:
    assert earned_by(HIPAA, part("c", 0), (), others, on=DAY) == []
    assert parts_missing(TRACK, "", [*others, part("c", 0)], None) == (None, missing)


def test_a_part_counts_for_one_certificate_only() -> None:
    before = [part("a", 30), part("b", 20), part("c", 10)]
    held = [Held("hipaa", "", days(-10), days(355))]
    assert earned_by(HIPAA, part("a", 0), held, before, on=DAY) == []


@settings(deadline=None)
@given(st.permutations(["a", "b", "c"]), st.lists(st.integers(0, 300), min_size=3, max_size=3))
def test_parts_earn_the_same_in_whatever_order_they_are_recorded(
    order: list[str], ago: list[int]
) -> None:
    taken = {name: part(name, number) for name, number in zip("abc", ago, strict=True)}
    found: list[Earned] = []
    recorded: list[Attempt] = []
    for name in order:
        found += earned_by(HIPAA, taken[name], (), recorded, on=DAY)
        recorded.append(taken[name])
    complete = max(ago) - min(ago) <= 180
    assert [one.earned_on for one in found] == ([days(-min(ago))] if complete else [])


@pytest.mark.parametrize(
    ("name", "score", "told", "passed"),
    [
        ("a", "80", None, True), ("a", "79.99", None, False), ("b", "89", None, False),
        ("a", None, None, True), ("a", None, False, False), ("a", "95", False, False),
        ("a", "20", True, False),
    ],
)  # fmt: skip
def test_the_pass_mark_decides_where_there_is_a_score(
    name: str, score: str | None, told: bool | None, passed: bool
) -> None:
    assert passes(TRACK, name, Decimal(score) if score else None, told) == passed


WAITS = program(t={"retake": {"waits_days": [0, 14, 30], "per_year": 5}}).tracks["t"]


def failed(*ago: int) -> list[Attempt]:
    return [Attempt("t", "", "", days(-number), False) for number in ago]


@pytest.mark.parametrize(
    ("attempts", "first"),
    [
        ([], None),
        (failed(3), days(-3)),
        (failed(9, 3), days(11)),
        (failed(20, 9, 3), days(27)),
        (failed(30, 20, 9, 3), days(27)),
        ([*failed(30), Attempt("t", "", "", days(-20)), *failed(3)], days(-3)),
        (failed(300, 200, 100, 90, 80), date(2026, 8, 5)),  # a year after the first of five
    ],
)
def test_the_wait_grows_with_each_failure(attempts: list[Attempt], first: date | None) -> None:
    assert retake_from(WAITS, "", attempts) == first
    assert retake_from(WAITS, "other", attempts) is None


def test_a_newer_version_is_never_too_early() -> None:
    track = program(
        t={
            "months": 36, "renew_from_days": 90,
            "versions": [
                {"code": "1", "released": "2025-01-01"}, {"code": "2", "released": "2026-01-01"},
            ],
        }
    ).tracks["t"]  # fmt: skip
    held = Held("t", "1", days(-10), days(400))
    assert renewable_from(track, held, "1") == days(310)
    assert renewable_from(track, held, "2") is None


def case(*held: Certificate) -> Case:
    return Case(Facts(people=(Person("ana", "Ana", held),)), DAY)


def exams(document: ProgramDocument, asked: str, *held: Certificate) -> list[str]:
    tree = requirement({"people": {"track": asked, "at_least": 1}}, document)
    found = smallest_exam_set(tree, case(*held), document)
    assert found is not None and found.exact
    return [exam.track for exam in found.exams]


def test_the_smallest_set_counts_a_composite_by_its_members() -> None:
    held = Certificate("net", days(-30), days(300))
    assert exams(SALES, "pro") == ["core", "net"]
    assert exams(SALES, "pro", held) == ["core"]


def test_the_smallest_set_knows_what_an_exam_carries_on() -> None:
    document = program(
        base={"months": 12, "renew": [{"track": "more"}]}, more={"months": 12}, other={"months": 12}
    )
    tree = requirement(
        {"all": [{"people": {"track": "more", "at_least": 1}},
                 {"people": {"track": "base", "at_least": 1}}]}, document,
    )  # fmt: skip
    lapsed = case(Certificate("base", days(-400), days(-1)))
    found = smallest_exam_set(tree, lapsed, document)
    assert found is not None
    assert sorted(exam.track for exam in found.exams) == ["base", "more"]


def test_an_exam_that_comes_too_early_is_not_offered() -> None:
    document = program(
        t={
            "months": 24,
            "renew_from_days": 30,
            "versions": [{"code": "1", "released": "2024-01-01"}],
        }
    )
    tree = requirement(
        {"people": {"track": "t", "versions": {"latest": 1}, "at_least": 2}}, document
    )
    held = Certificate("t", days(-10), days(300), "1")
    found = smallest_exam_set(tree, case(held), document)
    assert found is not None and [exam.new_person for exam in found.exams] == [True]
