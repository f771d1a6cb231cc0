"""The signed link in a mail that ends such mails, without a sign-in (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

_SALT = "alerts.stop"


@dataclass(frozen=True)
class Stop:
    """Whose mails (public ids), as somebody of which partner (empty: the vendor's staff), of which
    kind."""

    vendor: str
    person: str
    partner: str
    what: str


def stop_path(stop: Stop) -> str:
    """The path of the page that asks, and by POST ends them."""
    values = [stop.vendor, stop.person, stop.partner, stop.what]
    return reverse("alerts:stop", args=[signing.dumps(values, salt=_SALT, compress=True)])


def stop_of(token: str) -> Stop | None:
    """What the link may do; ``None`` for one that nobody signed."""
    try:
        return Stop(*signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError):
        return None
