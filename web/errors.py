"""Errors outside of any view: a problem document under ``/api/``, a page everywhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from web import views
from web.api.problems import problem_response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _is_api(request):
        return problem_response(request, 400, "invalid", "The request could not be read.")
    return views.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _is_api(request):
        return problem_response(request, 403, "permission_denied", "Not allowed.")
    return views.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _is_api(request):
        words = "There is nothing at this address."
        return problem_response(request, 404, "not_found", words)
    return views.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return problem_response(request, 500, "error", "Something went wrong on our side.")
    return views.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/.well-known/"))
