"""Mail servers as they are on bad days."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend


class Refusing(BaseEmailBackend):
    """Refuses every message."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError("the mail server is away")


class RefusingOne(EmailBackend):
    """Refuses one address and takes the others."""

    def send_messages(self, email_messages: Any) -> int:
        for message in email_messages:
            if "refused@example.com" in message.to:
                raise OSError("mailbox unknown")
        return super().send_messages(email_messages)


class DiesAfterSending(BaseEmailBackend):
    """Hands the message over, and is killed before anybody hears of it."""

    def send_messages(self, email_messages: Any) -> int:
        handed = Path(os.environ["HANDED_OVER"])
        with handed.open("a") as file:
            for message in email_messages:
                file.write(message.extra_headers["Idempotency-Key"] + "\n")
        os.kill(os.getpid(), signal.SIGKILL)
        return 0
