"""A lapse in the API's words."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from licensing.rules import DeploymentStanding
from programs.document.lapse import CAUSES, STAGES


class StandingAnswer(serializers.Serializer[Any]):
    """How far a closed gate has tightened since something it rested on ended."""

    stage = serializers.ChoiceField(list(STAGES))
    cause = serializers.ChoiceField(list(CAUSES))
    since = serializers.DateField(help_text="The day on which the gate closed.")
    next_stage = serializers.ChoiceField(list(STAGES), allow_null=True)
    next_on = serializers.DateField(allow_null=True, help_text="From when the next stage counts.")
    words = serializers.CharField()


def standing_of(held: DeploymentStanding) -> dict[str, Any] | None:
    """The standing as ``StandingAnswer``; nothing where no lapse closed the gate."""
    found = held.verdict.standing
    if found is None:
        return None
    values = found.to_dict()
    return {**{k: v for k, v in values.items() if k != "lost"}, "words": held.stage_words}
