"""JSON in, JSON out, and nothing to negotiate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.mediatypes import media_type_matches

MAX_BODY = 12_000_000


class JsonParser(BaseParser):
    """A JSON body; ``ParseError`` (400) for anything else."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise ParseError(f"The body is larger than {MAX_BODY // 1_000_000} MB.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None


class JsonRenderer(BaseRenderer):
    """JSON by orjson; ``bytes`` pass as they are (rows that PostgreSQL made)."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, context: Any = None) -> bytes:
        if isinstance(data, bytes):
            return data
        return b"" if data is None else orjson.dumps(data, default=str)


class OneFormat(BaseContentNegotiation):
    """JSON whatever ``Accept`` says, as Stripe and GitHub do; other bodies are refused (415)."""

    def select_parser(self, request: Any, parsers: Iterable[Any]) -> Any:
        sent = request.content_type or ""
        return next((p for p in parsers if media_type_matches(p.media_type, sent)), None)

    def select_renderer(
        self, request: Any, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        first = next(iter(renderers))
        return first, first.media_type
