"""Published recertification policies as small programs, each with the outcome that it states."""

from datetime import date
from typing import Any

import pytest

from programs import library
from programs.document import document_from
from programs.rules import counts_until
from programs.rules.earning import Attempt, Earned, Held, earned_by


def tracks(**found: dict[str, Any]) -> Any:
    return document_from(
        {
            "program": "p", "title": "P", "currency": "EUR", "tracks": found,
            "types": {"msp": {"tiers": {"a": {}}}},
        }
    )  # fmt: skip


def passed(document: Any, track: str, on: date, *held: Held, version: str = "") -> dict[str, Any]:
    """The ends of what a pass on the day brings, by track."""
    found = earned_by(document, Attempt(track, version, "", on), held, (), on=on)
    return {one.track: one.expires_on for one in found}


# Cisco: 36 months from the day on which the requirements are met, by an exam, by credits, or by any
# exam of the same or a higher level; expired: the full exams again.
CISCO = tracks(
    ccna={
        "months": 36, "anchor": "requirement_met",
        "renew": ["exam", {"track": "credits-30"}, {"track": "ccnp"}],
    },
    ccnp={"months": 36, "anchor": "requirement_met", "renew": ["exam", {"track": "ccnp-data"}]},
    **{
        "ccnp-data": {
            "months": 36, "anchor": "requirement_met", "renew": ["exam", {"track": "ccnp"}],
        },
        "credits-30": {"title": "30 continuing education credits", "kind": "technical"},
    },
)  # fmt: skip


def test_cisco_renews_all_of_a_level_by_any_of_its_exams_and_what_is_below() -> None:
    held = [
        Held(code, "", date(2024, 1, 1), date(2027, 1, 1)) for code in ("ccna", "ccnp", "ccnp-data")
    ]
    ends = date(2029, 6, 1)
    assert passed(CISCO, "ccnp-data", date(2026, 6, 1), *held) == {
        "ccnp-data": ends, "ccnp": ends, "ccna": ends,
    }  # fmt: skip


def test_cisco_credits_count_from_the_day_on_which_they_are_met() -> None:
    held = Held("ccna", "", date(2024, 1, 1), date(2027, 1, 1))
    found = passed(CISCO, "credits-30", date(2026, 12, 31), held)
    assert found == {"credits-30": None, "ccna": date(2029, 12, 31)}
    assert passed(CISCO, "credits-30", date(2027, 1, 1), held) == {"credits-30": None}


# AWS: 36 months from the day earned; foundational by a higher exam, or by what renews it.
def test_aws_professional_renews_associate_and_through_it_foundational() -> None:
    document = library.program("aws-services-path")
    held = [
        Held("foundational", "", date(2023, 9, 1), date(2026, 9, 1)),
        Held("associate", "", date(2023, 12, 1), date(2026, 12, 1)),
    ]
    ends = date(2029, 8, 1)
    assert passed(document, "professional", date(2026, 8, 1), *held) == {
        "professional": ends, "associate": ends, "foundational": ends,
    }  # fmt: skip
    assert passed(document, "specialty", date(2026, 9, 1), *held) == {"specialty": date(2029, 9, 1)}


# Sophos: 24 months from the release of the course; the delta, from its own release.
@pytest.mark.parametrize(
    ("version", "on", "ends"),
    [("18.0", date(2020, 11, 3), date(2022, 2, 11)), ("18.5", date(2021, 7, 2), date(2023, 4, 21))],
)
def test_sophos_counts_from_the_release(version: str, on: date, ends: date) -> None:
    document = library.program("sophos-partner-program")
    held = Held("firewall-engineer", "18.0", date(2020, 11, 3), date(2022, 2, 11))
    assert passed(document, "firewall-engineer", on, held, version=version) == {
        "firewall-engineer": ends
    }


# Red Hat: 36 months from the newest exam; a higher or eligible exam moves the day on.
def test_red_hat_moves_the_day_by_a_higher_exam() -> None:
    document = tracks(
        rhcsa={"months": 36, "renew": ["exam", {"track": "rhce"}, {"track": "rhca-exam"}]},
        rhce={"months": 36, "needs": "rhcsa", "renew": ["exam", {"track": "rhca-exam"}]},
        **{"rhca-exam": {"months": 36, "needs": "rhce"}},
    )
    held = [
        Held("rhcsa", "", date(2024, 3, 1), date(2027, 3, 1)),
        Held("rhce", "", date(2025, 3, 1), date(2028, 3, 1)),
    ]
    ends = date(2029, 5, 5)
    assert passed(document, "rhca-exam", date(2026, 5, 5), *held) == {
        "rhca-exam": ends, "rhcsa": ends, "rhce": ends,
    }  # fmt: skip


# Red Hat (RHEL 5 and older): current for two product releases and 60 days.
def test_red_hat_of_old_is_current_for_two_releases_and_sixty_days() -> None:
    document = tracks(
        rhce={
            "versions": [
                {"code": "4", "released": "2005-02-14"},
                {"code": "5", "released": "2007-03-14", "recertify_by": "2011-01-09"},
                {"code": "6", "released": "2010-11-10"},
            ]
        }
    )
    assert passed(document, "rhce", date(2006, 1, 1), version="4") == {"rhce": None}
    assert counts_until(document, "rhce", "4", None) == date(2011, 1, 9)
    assert counts_until(document, "rhce", "5", None) is None


# CompTIA CE: a cycle of 36 months, the next counts from the end of the one before.
def test_comptia_counts_the_next_cycle_from_the_end_of_the_last() -> None:
    document = tracks(
        security={
            "months": 36, "anchor": "old_expiry", "renew_from_days": 1096,
            "renew": ["exam", {"track": "credits-50"}, {"track": "casp"}],
        },
        casp={"months": 36},
        **{"credits-50": {"title": "50 continuing education credits"}},
    )  # fmt: skip
    held = Held("security", "", date(2024, 4, 1), date(2027, 4, 1))
    assert passed(document, "credits-50", date(2026, 2, 1), held)["security"] == date(2030, 4, 1)
    assert passed(document, "casp", date(2026, 2, 1), held)["security"] == date(2030, 4, 1)
    assert passed(document, "security", date(2027, 4, 1), held) == {"security": date(2030, 4, 1)}


# GitLab: Sales Professional is composed of five accreditations; their validity is not stated.
def test_a_composite_of_tracks_without_an_end_has_none() -> None:
    members = [f"sales-{n}" for n in range(5)]
    document = tracks(**{code: {} for code in members}, professional={"composite": members})
    held = [Held(code, "", date(2022, 1, 1), None) for code in members[1:]]
    on = date(2022, 6, 1)
    found = earned_by(document, Attempt("sales-0", "", "", on), held, (), on=on)
    assert found[1] == Earned("professional", "", on, None)
