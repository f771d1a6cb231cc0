"""Aurora's next edition, announced and not in force yet: Advanced asks for more.

Some partners fall by it unless they act, others have all that it asks for already.
"""

from __future__ import annotations

from typing import Any

from demo.stage import DAY, Stage
from programs import document as documents
from programs.actions import publish_program

ANNOUNCED = 10  # days ago
AHEAD = 45  # days
SEATS = {"entry": 450, "retain": 360}
RESPONDER = {"people": {"track": "sec-respond", "at_least": 1}}


def announce(stage: Stage) -> None:
    """Publish the next edition: more seats and an incident responder for Advanced, and more seats
    for own use in return."""
    values = documents.to_dict(stage.document)
    values["edition"] = "2027"
    advanced = values["types"]["msp"]["tiers"]["advanced"]
    for name, seats in SEATS.items():
        advanced[name]["all"] = [*_raised(advanced[name]["all"], seats), RESPONDER]
    advanced["benefits"]["nfr_seats"] = 30
    publish_program(
        documents.document_from(values),
        at=stage.at(stage.ago(ANNOUNCED)),
        announced_on=stage.ago(ANNOUNCED),
        effective_from=stage.today + AHEAD * DAY,
        note="Advanced asks for more seats and for an incident responder",
    )


def _raised(parts: list[dict[str, Any]], seats: int) -> list[dict[str, Any]]:
    """The list with another number of seats."""
    return [
        {"metric": {**part["metric"], "at_least": seats}}
        if part.get("metric", {}).get("code") == "seats"
        else part
        for part in parts
    ]
