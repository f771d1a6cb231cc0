"""Errors of the API: one shape, ``application/problem+json`` (RFC 9457), for everything under it.

    raise Problem(409, "already_applied", "The import was applied on 3 May.")

An app that has an exception of its own (such as an action's refusal) registers what it becomes
with ``translate``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from drf_standardized_errors.formatter import ExceptionFormatter, flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, serializers
from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "invalid": "The request is not valid",
    "parse_error": "The body is not valid JSON",
    "unknown_parameter": "Unknown parameter",
    "not_authenticated": "Sign in with an access token",
    "authentication_failed": "The access token was not accepted",
    "not_allowed": "Not allowed",
    "permission_denied": "Not allowed",
    "not_found": "Not found",
    "method_not_allowed": "This address does not take this method",
    "unsupported_media_type": "Send JSON",
    "if_match_required": "Say which version you change",
    "stale": "Changed by somebody else meanwhile",
    "idempotency_key_reused": "The key was used for another request",
    "idempotency_in_flight": "The same request is still being answered",
    "throttled": "Too many requests",
    "timeout": "Took too long",
    "error": "Something went wrong on our side",
}


class Problem(exceptions.APIException):
    """An answer that is not the one hoped for; ``members`` are further keys of the document."""

    def __init__(
        self, status: int, code: str, detail: str, *, title: str = "",
        errors: list[dict[str, str]] | None = None, headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:  # fmt: skip
        super().__init__(detail, code)
        self.status_code = status
        self.code, self.title = code, title
        self.errors, self.headers, self.members = errors or [], dict(headers or {}), members


def wrong_parameter(name: str, code: str, detail: str) -> Problem:
    """400 for one query parameter."""
    return wrong_parameters([{"pointer": f"?{name}", "code": code, "detail": detail}])


def wrong_parameters(errors: list[dict[str, str]]) -> Problem:
    code = errors[0]["code"] if len({e["code"] for e in errors}) == 1 else "invalid"
    return Problem(400, code, " ".join(e["detail"] for e in errors), errors=errors)


_translations: dict[type[Exception], Callable[[Any], exceptions.APIException]] = {}


def translate(kind: type[Exception], become: Callable[[Any], exceptions.APIException]) -> None:
    """Let exceptions of ``kind`` become what ``become`` returns (usually a ``Problem``)."""
    _translations[kind] = become


def _slow(error: Exception) -> Problem:
    return Problem(503, "timeout", "The database did not answer in time; try again shortly.")


def _unfit(error: Exception) -> Problem:
    return Problem(400, "invalid", "A value is outside the range that can be stored.")


translate(OperationalError, _slow)
translate(DataError, _unfit)


class ProblemHandler(ExceptionHandler):
    """drf-standardized-errors' handler with our translations and media type.

    The package's handler *function* must stay DRF's: its AutoSchema drops every error response
    from the document when another one stands there.
    """

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        for kind in type(exc).__mro__:
            if kind in _translations:
                return _translations[kind](exc)
        return super().convert_known_exceptions(exc)

    def should_not_handle(self, exc: Exception) -> bool:
        return False

    def get_headers(self, exc: exceptions.APIException) -> dict[str, str]:
        return super().get_headers(exc) | getattr(exc, "headers", {})

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        headers = self.get_headers(exc)
        return Response(data, status=exc.status_code, headers=headers, content_type=MEDIA_TYPE)


class ProblemFormatter(ExceptionFormatter):
    """Any exception as a problem document."""

    def run(self) -> dict[str, Any]:
        exc, request = self.exc, self.context.get("request")
        request_id = getattr(getattr(request, "_request", request), "request_id", "")
        if isinstance(exc, Problem):
            return document(
                exc.status_code, exc.code, str(exc.detail), title=exc.title, errors=exc.errors,
                request_id=request_id, **exc.members,
            )  # fmt: skip
        found = flatten_errors(exc.detail)
        if isinstance(exc, exceptions.ValidationError):
            errors = [
                {"pointer": _pointer(e.attr), "code": e.code, "detail": e.detail} for e in found
            ]
            words = "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors[:5])
            return document(400, "invalid", words, errors=errors, request_id=request_id)
        first = found[0]
        return document(exc.status_code, first.code, first.detail, request_id=request_id)


def document(
    status: int, code: str, detail: str, *, title: str = "",
    errors: list[dict[str, str]] | None = None, request_id: str = "", **members: Any,
) -> dict[str, Any]:  # fmt: skip
    """The members of one problem. ``type`` is a name, not an address that could go away."""
    return {
        "type": f"urn:mainstay:problem:{code}",
        "title": title or TITLES.get(code) or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors or [],
        "request_id": request_id,
        **members,
    }


def problem_response(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """A problem outside of any API view: an address or a host that leads nowhere."""
    body = document(status, code, detail, request_id=getattr(request, "request_id", ""))
    return HttpResponse(orjson.dumps(body), status=status, content_type=MEDIA_TYPE)


def _pointer(attr: str | None) -> str:
    """``lines.0.sku`` as a JSON Pointer; errors of the whole body point at the root."""
    if not attr or attr == "non_field_errors":
        return ""
    return "/" + attr.removesuffix(".non_field_errors").replace("~", "~0").replace(".", "/")


class FieldErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(
        help_text="JSON Pointer into the body, or ?name for a parameter."
    )
    code = serializers.CharField()
    detail = serializers.CharField()


class BlockerSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    fix = serializers.CharField(required=False)
    fix_url = serializers.CharField(required=False)
    who = serializers.CharField(required=False)
    need = serializers.CharField(required=False)
    have = serializers.CharField(required=False)
    pointer = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """What every error answers (RFC 9457). ``blockers`` says why a business action was refused."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; more codes may be added.")
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField()
    blockers = BlockerSerializer(many=True, required=False)
