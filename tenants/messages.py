"""How the base sends e-mail without knowing the outbox: ``alerts`` stands above and registers.

The sender writes one outbox row in the caller's transaction, so a message leaves exactly when its
action commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Sender(Protocol):
    def __call__(
        self,
        template: str,
        address: str,
        context: Mapping[str, Any],
        person_id: int | None = None,
        partner_id: int | None = None,
    ) -> None: ...


class NoSender(RuntimeError):
    """Nobody registered a sender: the ``alerts`` app is missing from ``INSTALLED_APPS``."""


_sender: Sender | None = None


def register_sender(sender: Sender | None) -> Sender | None:
    """Make ``sender`` the one that every message goes to; returns the one it replaces."""
    global _sender
    replaced, _sender = _sender, sender
    return replaced


def send_message(
    template: str,
    address: str,
    context: Mapping[str, Any],
    person_id: int | None = None,
    partner_id: int | None = None,
) -> None:
    """Queue the message ``template`` (``templates/mail/<template>.*``) for ``address``.

    Runs inside the caller's action. Raises ``NoSender`` where nobody registered one.
    """
    if _sender is None:
        raise NoSender(f"The message {template!r} has no way out: register a sender.")
    _sender(template, address, context, person_id=person_id, partner_id=partner_id)
