"""`people` by version, role and family, and people who may not serve twice."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.document import ProgramError
from programs.rules import Certificate, Facts, Person, holds
from programs.rules.implies import implies
from programs.rules.matching import assigned, can_serve, short_of
from tests.programs.metric_world import DOCUMENT, ON, answer, changed, family, person, tree

ONE_OF_TWO_NEWEST = {"people": {"track": "firewall", "versions": {"latest": 2}, "at_least": 1}}


def team(*people: Person) -> Facts:
    return Facts("p1", people)


def counted(values: Any, facts: Facts, on: date = ON) -> list[str]:
    return [found.key for found in answer({"people": values}, facts, on).counted]


# Versions


@pytest.mark.parametrize(
    ("version", "outcome"),
    [("17", "fail"), ("18", "pass"), ("18.5", "pass"), ("19", "pass"), ("", "fail")],
)
def test_newest_versions_count_with_their_deltas(version: str, outcome: str) -> None:
    facts = team(person("ana", f"firewall:{version}"))
    assert answer(ONE_OF_TWO_NEWEST, facts).outcome == outcome


def test_version_stops_counting_when_a_newer_one_comes_out() -> None:
    node = answer(ONE_OF_TWO_NEWEST, team(person("ana", "firewall:18.5")))
    assert (node.outcome, node.until) == ("pass", date(2027, 3, 1))
    assert [found.until for found in node.counted] == [date(2027, 3, 1)]
    after = answer(ONE_OF_TWO_NEWEST, team(person("ana", "firewall:18.5")), date(2027, 3, 1))
    assert [(found.key, found.until) for found in after.lapsed] == [("ana", date(2027, 3, 1))]


def test_version_that_is_not_out_yet_pushes_nothing_out() -> None:
    facts = team(person("ana", "firewall:17"))
    need = {"people": {"track": "firewall", "versions": {"latest": 3}, "at_least": 1}}
    assert answer(need, facts).outcome == "pass"


def test_listed_versions_count_alone() -> None:
    people = [person(f"p{v}", f"firewall:{v}") for v in ("17", "18", "18.5", "19")]
    need = {"track": "firewall", "versions": ["17", "18.5"], "at_least": 1}
    assert counted(need, team(*people)) == ["p17", "p18.5"]


def test_versions_leave_tracks_without_that_version_out() -> None:
    need = {"function": "deploy", "versions": {"latest": 9}, "at_least": 1}
    people = person("ana", "deploy"), person("bo", "firewall:19")
    assert counted(need, team(*people)) == ["bo"]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"track": "firewall", "versions": ["99"], "at_least": 1}, "people.versions[0]"),
        ({"role": "seller", "versions": {"latest": 1}, "at_least": 1}, "people"),
        ({"track": "firewall", "at_least": 1, "disjoint": [{"track": "deploy", "at_least": 1}]},
         "people"),
        ({"track": "firewall"}, "people"),
        ({"at_least": 1}, "people"),
        ({"disjoint": [{"at_least": 1}, {"track": "deploy", "at_least": 1}]},
         "people.disjoint[0]"),
    ],
)  # fmt: skip
def test_selection_of_nobody_is_refused(values: Any, path: str) -> None:
    with pytest.raises(ProgramError) as caught:
        tree({"people": values})
    assert caught.value.path == path


# Roles and families


def test_role_needs_no_certificate() -> None:
    people = person("ana", roles=("seller",)), person("bo", "deploy"), person("cy", roles=("x",))
    assert counted({"role": "seller", "at_least": 1}, team(*people)) == ["ana"]


def test_role_and_track_are_asked_of_the_same_person() -> None:
    people = person("ana", "deploy", roles=("lead",)), person("bo", roles=("lead",))
    need = {"role": ["lead", "architect"], "track": "deploy", "at_least": 2}
    node = answer({"people": need}, team(*people))
    assert (node.have, node.missing) == (
        1,
        "1 more person with Deploy in the role lead or architect",
    )


@pytest.mark.parametrize(
    ("org", "keys"),
    [("own", ["ana"]), ("family", ["ana", "fay", "gus"]), ("country", ["ana"]),
     ("region", ["ana", "fay"])],
)  # fmt: skip
def test_org_says_whose_people_count(org: str, keys: list[str]) -> None:
    people = (
        person("ana", "deploy"), person("fay", "deploy", member="fr"),
        person("gus", "deploy", member="us"),
    )  # fmt: skip
    assert counted({"track": "deploy", "org": org, "at_least": 1}, family(*people)) == keys


def test_person_of_two_companies_counts_once() -> None:
    twice = person("ana", "deploy"), person("ana", "deploy", member="fr")
    node = answer({"people": {"track": "deploy", "org": "family", "at_least": 2}}, family(*twice))
    assert (node.outcome, node.have) == ("fail", 1)


def test_country_that_is_not_known_makes_people_unknown() -> None:
    facts = family(person("ana", "deploy"), country="")
    assert answer({"people": {"track": "deploy", "org": "country", "at_least": 1}}, facts).unknown
    alone = replace(facts, family=())
    need = {"people": {"track": "deploy", "org": "country", "at_least": 1}}
    assert answer(need, alone).outcome == "pass"


# Disjoint

APART = {"disjoint": [{"track": "deploy", "at_least": 1}, {"track": "hipaa", "at_least": 1}]}


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        ([("deploy", "hipaa")], "fail"),
        ([("deploy", "hipaa"), ("deploy",)], "pass"),
        ([("deploy",), ("deploy",)], "fail"),
        ([("deploy", "hipaa"), ("deploy", "hipaa")], "pass"),
    ],
)
def test_nobody_serves_two_disjoint_selections(held: list[tuple[str, ...]], outcome: str) -> None:
    facts = team(*(person(f"p{n}", *tracks) for n, tracks in enumerate(held)))
    assert answer({"people": APART}, facts).outcome == outcome


def test_disjoint_names_who_serves_which() -> None:
    facts = team(person("ana", "deploy", "hipaa"), person("bo", "deploy"))
    [apart] = answer({"people": APART}, facts).children
    serving = [[found.key for found in child.counted] for child in apart.children]
    assert serving == [["bo"], ["ana"]]


def test_disjoint_says_how_many_are_missing_together() -> None:
    node = answer({"people": APART}, team(person("ana", "deploy", "hipaa")))
    assert node.missing == "1 more person with Deploy or with HIPAA"
    assert node.words == "different people for each: 1 person with Deploy and 1 person with HIPAA"


def test_disjoint_chooses_among_those_that_count() -> None:
    need = {"track": "firewall", "at_least": 2, **APART}
    people = person("ana", "deploy", "firewall:19"), person("bo", "hipaa")
    node = answer({"people": need}, team(*people))
    assert (node.outcome, node.have) == ("fail", 1)


def test_disjoint_ends_when_nobody_can_take_over() -> None:
    def until(key: str, end: date, *tracks: str) -> Person:
        held = tuple(Certificate(track, date(2025, 1, 1), end) for track in tracks)
        return Person(key, key, held)

    both = until("ana", date(2027, 5, 1), "deploy", "hipaa")
    facts = team(both, until("bo", date(2027, 2, 1), "deploy"))
    assert answer({"people": APART}, facts).until == date(2027, 2, 1)
    more = replace(facts, people=(*facts.people, until("cy", date(2028, 1, 1), "hipaa")))
    assert answer({"people": APART}, more).until == date(2027, 5, 1)


def test_disjoint_is_unknown_only_if_the_rest_can_be_served() -> None:
    groups = [*APART["disjoint"], {"track": "firewall", "at_least": "not_stated"}]
    enough = team(person("ana", "deploy"), person("bo", "hipaa"))
    node = answer({"people": {"disjoint": groups}}, enough)
    assert (node.outcome, node.unknown) == (
        "unknown", ("the published program does not state this value",),
    )  # fmt: skip
    assert answer({"people": {"disjoint": groups}}, team(person("ana", "deploy"))).outcome == "fail"


GROUPS = st.lists(
    st.tuples(st.frozensets(st.sampled_from("abcdef")), st.integers(0, 3)), min_size=1, max_size=4
)


@settings(max_examples=300, deadline=None)
@given(GROUPS)
def test_matching_is_exact(found: list[tuple[frozenset[str], int]]) -> None:
    """Against trying every way to give each person to one selection or to none."""
    groups, needs = [keys for keys, _ in found], [need for _, need in found]
    most = 0
    for given_to in product(range(-1, len(groups)), repeat=6):
        served = [0] * len(groups)
        for key, index in zip("abcdef", given_to, strict=True):
            if index >= 0 and key in groups[index]:
                served[index] += 1
        most = max(most, sum(map(min, served, needs)))
        if most == sum(needs):
            break
    missing, among = short_of(groups, needs)
    assert missing == sum(needs) - most
    assert can_serve(groups, needs) is (missing == 0)
    assert bool(among) is bool(missing)
    serving = assigned(groups, needs)
    assert sum(map(len, serving)) == most
    assert all(keys <= groups[index] for index, keys in enumerate(serving))
    assert all(len(keys) <= need for keys, need in zip(serving, needs, strict=True))
    assert sum(map(len, serving)) == len(set().union(*serving))


def test_delta_of_a_delta_follows_its_course() -> None:
    versions = [
        {"code": "1", "released": "2024-01-01"},
        {"code": "1.1", "kind": "delta", "of": "1", "released": "2024-02-01"},
        {"code": "1.2", "kind": "delta", "of": "1.1", "released": "2024-03-01"},
        {"code": "2", "released": "2026-01-01"},
    ]
    document = changed(tracks={"vpn": {"versions": versions}}, types={"m": {"tiers": {"x": {}}}})
    newest = {"people": {"track": "vpn", "versions": {"latest": 1}, "at_least": 1}}
    asked = tree(newest, document)
    facts = team(person("ana", "vpn:1.2"))
    assert holds(asked, facts, date(2025, 12, 31)) is True
    assert holds(asked, facts, date(2026, 1, 1)) is False


# One person with several certificates

BOTH: dict[str, Any] = {"all_of": [{"track": "deploy"}, {"track": "hipaa"}], "at_least": 1}


def test_one_person_holds_all_of_the_certificates() -> None:
    apart = team(person("ana", "deploy"), person("bob", "hipaa"))
    assert answer({"people": BOTH}, apart).outcome == "fail"
    assert counted(BOTH, team(*apart.people, person("cid", "hipaa", "deploy"))) == ["cid"]


def test_people_with_several_certificates_are_counted() -> None:
    two = BOTH | {"at_least": 2}
    one = team(person("ana", "deploy", "hipaa"), person("bob", "deploy"))
    node = answer({"people": two}, one)
    assert (node.need, node.have, node.missing) == (
        2,
        1,
        "1 more person with Deploy and HIPAA together",
    )
    assert node.words == "2 people with Deploy and HIPAA together"
    assert node.subject == ("deploy", "hipaa")
    assert counted(two, team(*one.people, person("cid", "deploy", "hipaa"))) == ["ana", "cid"]


def test_who_holds_several_counts_until_the_first_of_them_ends() -> None:
    early = Certificate("hipaa", date(2026, 1, 1), date(2027, 1, 1))
    ana = person("ana", "deploy")
    facts = team(replace(ana, certificates=(*ana.certificates, early)))
    assert answer({"people": BOTH}, facts).until == date(2027, 1, 1)
    after = answer({"people": BOTH}, facts, date(2027, 1, 1))
    assert (after.outcome, [row.key for row in after.lapsed]) == ("fail", ["ana"])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"role": "engineer"}, ["cid"]),
        ({"track": "firewall"}, ["bob"]),
        ({"org": "family"}, ["ana", "bob", "cid"]),
        ({}, ["bob", "cid"]),
    ],
)
def test_other_criteria_hold_beside_all_of(more: dict[str, Any], expected: list[str]) -> None:
    people = (
        person("ana", "deploy", "hipaa", member="fr"),
        person("bob", "deploy", "hipaa", "firewall:18"),
        person("cid", "deploy", "hipaa", roles=("engineer",)),
    )
    assert counted(BOTH | more, family(*people)) == expected


def test_versions_are_of_the_certificate_they_stand_beside() -> None:
    asks = {
        "all_of": [{"track": "deploy"}, {"track": "firewall", "versions": ["18"]}],
        "at_least": 1,
    }
    old, new = person("ana", "deploy", "firewall:17"), person("bob", "deploy", "firewall:18")
    assert counted(asks, team(old, new)) == ["bob"]


def test_a_track_that_is_not_there_is_named_inside_all_of() -> None:
    with pytest.raises(ProgramError, match=r"all_of\[1\].*there is no track 'luck'"):
        tree({"people": {"all_of": [{"track": "deploy"}, {"track": "luck"}], "at_least": 1}})


def test_more_certificates_at_once_imply_fewer() -> None:
    more = tree({"people": {**BOTH, "all_of": [*BOTH["all_of"], {"function": "deploy"}]}})
    assert implies(more, tree({"people": BOTH}), DOCUMENT) is True
    assert implies(tree({"people": BOTH}), more, DOCUMENT) is not True
    assert implies(more, tree({"people": {"track": "deploy", "at_least": 1}}), DOCUMENT) is None
