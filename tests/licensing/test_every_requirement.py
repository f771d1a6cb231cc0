"""Whatever a program's gate asks, a denial names what is missing, and it is found again."""

from __future__ import annotations

import pytest

from licensing.models import Authorization
from licensing.replay import replay
from tenants import scope
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

GATE = "general: {metric: {code: uptime, at_least: 99}}"
SCORE = "{score: {at_least: 5, parts: [{if: {people: {track: endpoint, at_least: 1}}, points: 4}]}}"


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        ("{not: {agreement: in_force}}",
         [("requirement_missing", "This must not hold: Partner agreement in force.")]),
        (SCORE, [("requirement_missing", "5 more points (0 now).")]),
        ("{day: {before: 2026-01-01}}", [("requirement_missing", "Only before 2026-01-01.")]),
        ("{held: {type: msp, level: registered}}",
         [("requirement_missing",
           "Registered as Managed service provider is not held.")]),
        ("{phased: {asks: {metric: {code: uptime, at_least: 1}}, enforced: 2027-01-01, "
         "until_then: {attestation: soc}}}",
         [("attestation_missing", "SOC staffed day and night is not attested.")]),
    ],
)  # fmt: skip
def test_a_denial_names_what_is_missing_and_replays(
    asks: str, expected: list[tuple[str, str]]
) -> None:
    program = w.PROGRAM.replace(GATE, f"general: {asks}")
    assert program != w.PROGRAM
    partner = w.new_partner(w.new_vendor(program=program))
    answer = w.ask(w.new_customer(partner), "probe")
    assert [(reason.code, reason.detail) for reason in answer.reasons] == expected
    with scope.entered_vendor(partner.vendor_id):
        row = Authorization.objects.select_related("program_version").get(
            pk=answer.authorization.pk
        )
        assert replay(row).same
