"""Strong ETags of items, and the two refusals that keep one writer from undoing another."""

from __future__ import annotations

import hashlib

from web.api.problems import Problem


def etag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def names(header: str | None, etag: str) -> bool:
    """Whether ``If-Match`` or ``If-None-Match`` names this ETag; weak ones never match."""
    if header is None:
        return False
    return header.strip() == "*" or etag in [part.strip() for part in header.split(",")]


def require_match(header: str | None, etag: str) -> None:
    """428 without ``If-Match``, 412 when the item has changed since it was read."""
    if header is None:
        raise Problem(
            428, "if_match_required", "Send If-Match with the ETag of the version you change."
        )
    if not names(header, etag):
        raise Problem(
            412, "stale", "The item has changed since you read it: read it again, then repeat.",
            headers={"ETag": etag},
        )  # fmt: skip
