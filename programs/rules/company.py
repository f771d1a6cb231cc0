"""What a company holds itself: an attestation that stands in for people with tracks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from programs.rules.leaves import Attestation
from programs.rules.selection import Criteria

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


def stand_ins(
    selections: Iterable[Criteria], document: "ProgramDocument"
) -> tuple[Attestation, ...]:
    """The attestations of the program's equivalents that answer for all of these selections.

    Each covers every track that could count. Selections that ask for a role, for versions, for
    several certificates of one person or for other companies are about the people themselves.
    """
    asked: set[str] = set()
    for one in selections:
        match = one.match
        personal = match.roles or match.accepted is not None or one.all_of
        if match.tracks is None or personal or one.org != "own":
            return ()
        asked |= match.tracks
    found = []
    for code, rule in document.equivalents.items():
        if asked and asked <= set(rule.tracks) and rule.attestation in document.attestations:
            leaf = Attestation(attestation=rule.attestation, title=rule.title)
            leaf.bind(document, ("equivalents", code))
            found.append(leaf)
    return tuple(found)
