"""Lapses by generated histories: stages only tighten, and grace never opens what never was open."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licensing.rules import GateInputs, judge
from licensing.rules.inputs import case_of, trees_of
from licensing.rules.lapse import Era, Lapse, Lost, find, standing_on, steps_of
from programs import document as documents
from programs.document.lapse import CAUSES, STAGES
from programs.errors import ProgramError
from programs.rules import Certificate, Facts, Period, Person
from tests.licensing import world as w
from tests.licensing.test_lapse import LAPSE

FIRST = dt.date(2026, 1, 1)
TODAY = dt.date(2026, 6, 1)
DOCUMENT = documents.load(w.PROGRAM + LAPSE)
AGREED = {"agreement": (Period(FIRST - dt.timedelta(days=400)),)}

days = st.integers(0, 200).map(lambda n: FIRST + dt.timedelta(days=n))
ends = st.one_of(st.none(), days)
certificates = st.builds(
    Certificate,
    track=st.sampled_from(["endpoint", "hipaa"]),
    from_=days,
    until=ends,
)
people = st.lists(
    st.builds(
        Person,
        key=st.sampled_from(["a", "b", "c"]),
        certificates=st.lists(certificates, max_size=3).map(tuple),
        from_=st.just(FIRST),
        until=ends,
    ),
    max_size=4,
    unique_by=lambda person: person.key,
).map(tuple)


def asked(facts: Facts, **values) -> GateInputs:
    return GateInputs(TODAY, "edr", ("general",), facts, **values)


def lapse_of(facts: Facts) -> tuple[GateInputs, Lapse | None]:
    inputs = asked(facts)
    era = Era(FIRST - dt.timedelta(days=400), trees_of(DOCUMENT, inputs), facts)
    return inputs, None if era.holds(TODAY, None) else find([era], TODAY, None)


@settings(max_examples=150, deadline=None)
@given(people)
def test_a_lapse_is_the_last_day_before_which_the_gate_stood_open(people) -> None:
    facts = Facts("1", people, agreements=AGREED)
    inputs, lapse = lapse_of(facts)
    era = Era(FIRST - dt.timedelta(days=400), trees_of(DOCUMENT, inputs), facts)
    open_on = [
        day
        for n in range((TODAY - FIRST).days + 1)
        if era.holds(day := FIRST + dt.timedelta(days=n), None)
    ]
    if not open_on or open_on[-1] == TODAY:
        assert lapse is None
    else:
        assert lapse is not None
        assert lapse.since == open_on[-1] + dt.timedelta(days=1)
        assert lapse.lost


@settings(max_examples=100, deadline=None)
@given(people)
def test_what_never_stood_open_passes_by_no_grace(people) -> None:
    facts = Facts("1", people, agreements=AGREED)
    inputs, lapse = lapse_of(facts)
    lapses = {"edr": lapse} if lapse else {}
    employed = tuple(p for p in people if p.until is None or p.until > TODAY)
    verdict = judge(DOCUMENT, asked(Facts("1", employed, agreements=AGREED), lapses=lapses))
    case = case_of(DOCUMENT, inputs)
    holds = all(tree.holds(case) is True for tree in trees_of(DOCUMENT, inputs))
    assert verdict.open is holds
    assert verdict.allowed is (holds or bool(lapse and verdict.standing.stage == "grace"))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(CAUSES), min_size=1, max_size=3, unique=True),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_stages_only_tighten_with_days(causes, first, more) -> None:
    lapse = Lapse(FIRST, tuple(Lost(cause, "a") for cause in causes))
    steps = steps_of(DOCUMENT, "edr", lapse)
    earlier = standing_on(steps, FIRST + dt.timedelta(days=first))
    later = standing_on(steps, FIRST + dt.timedelta(days=first + more))
    assert STAGES.index(earlier.stage) <= STAGES.index(later.stage)
    if earlier.next_on and FIRST + dt.timedelta(days=first + more) < earlier.next_on:
        assert later.stage == earlier.stage
    if earlier.next_on:
        then = standing_on(steps, earlier.next_on)
        assert then.stage == earlier.next_stage


def test_of_several_causes_the_strictest_counts() -> None:
    lapse = Lapse(FIRST, (Lost("departure", "a"), Lost("revocation", "b", "endpoint")))
    found = standing_on(steps_of(DOCUMENT, "edr", lapse), FIRST)
    assert (found.stage, found.cause) == ("block_new", "revocation")
    assert [one.key for one in found.lost] == ["b"]


def test_a_product_may_have_its_own_policy() -> None:
    own = (w.PROGRAM + LAPSE).replace(
        "  ward:\n    title: Ward\n",
        "  ward:\n    title: Ward\n    lapse: {expiry: {suspend_after: 1}}\n",
    )
    document = documents.load(own)
    lapse = Lapse(FIRST, (Lost("expiry", "a", "hipaa"),))
    day = FIRST + dt.timedelta(days=2)
    assert standing_on(steps_of(document, "ward", lapse), day).stage == "suspend"
    assert standing_on(steps_of(document, "edr", lapse), day).stage == "grace"


@pytest.mark.parametrize(
    "policy",
    ["{}", "{block_growth_after: 5, block_new_after: 9}", "{block_new_after: -1}"],
)
def test_a_policy_that_does_not_tighten_is_refused(policy) -> None:
    with pytest.raises(ProgramError):
        documents.load(w.PROGRAM + f"lapse:\n  expiry: {policy}\n")
