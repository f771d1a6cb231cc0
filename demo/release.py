"""A product release that has twelve people recertify: each of them is told by when."""

from __future__ import annotations

from typing import Any

from certifications.actions import record_results
from certifications.models import Certificate
from certifications.rules import NewResult
from demo.stage import DAY, Stage
from programs import document as documents
from programs.actions import publish_program

TRACK, HELD, DELTA = "infra-manage", "4.5", "4.6"
RELEASED = 12  # days ago
AHEAD = 75  # days
CONCERNED = 12
LEARN = "https://learn.aurora.example/edr/5.1"


def release(stage: Stage) -> None:
    """Publish the delta of a product release. Of those who hold the version that it ends twelve
    have not passed the newest course."""
    on = stage.ago(RELEASED)
    rows = Certificate.objects.newest(on).of_employees(on).filter(track__code=TRACK, version=HELD)
    held = list(rows.select_related("person", "track").order_by("person__name", "pk"))
    newest = stage.document.tracks[TRACK].newest(on)
    if newest is not None and len(held) > CONCERNED:
        early = [
            NewResult(one.person, one.track, newest.code, on - DAY, source="import")
            for one in held[CONCERNED:]
        ]
        record_results(early, at=stage.at(on - DAY))
    stage.document = documents.document_from(_with_delta(stage))
    publish_program(
        stage.document,
        at=stage.at(on),
        announced_on=on,
        effective_from=on,
        note="Endpoint Detection 5.1 is out: infrastructure managers take its delta course",
    )


def _with_delta(stage: Stage) -> dict[str, Any]:
    values = documents.to_dict(stage.document)
    values["tracks"][TRACK]["versions"].append(
        {
            "code": DELTA,
            "kind": "delta",
            "of": HELD,
            "released": stage.ago(RELEASED).isoformat(),
            "recertify_by": (stage.today + AHEAD * DAY).isoformat(),
            "product": "Aurora Endpoint Detection 5.1",
            "links": {"exam": "https://exams.aurora.example/infra-manage/delta-4.6"},
            "curriculum": [
                {"title": "What is new in 5.1", "url": f"{LEARN}/new", "minutes": 35},
                {"title": "Moving a fleet to 5.1", "url": f"{LEARN}/fleet", "minutes": 60},
            ],
        }
    )
    return values
