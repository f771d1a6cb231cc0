"""Pages that belong to no noun: brand style sheet, style page, error pages."""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from web.colour import accent_of
from web.context import brand_url, vendor_of
from web.style_samples import samples

BRAND = """\
:root {{
  --tblr-primary: {base};
  --tblr-primary-fg: {on_base};
  --brand-text: light-dark({text_light}, {text_dark});
  --brand-fill: light-dark({fill_light}, {fill_dark});
  --brand-soft: light-dark({soft_light}, {soft_dark});
}}
"""


def brand(request: HttpRequest) -> HttpResponse:
    """Serve the vendor's accent as custom properties; a file, so no inline style is needed."""
    accent = accent_of(getattr(getattr(request, "vendor", None), "accent", None))
    response = HttpResponse(BRAND.format(**vars(accent)), content_type="text/css")
    response["Cache-Control"] = "public, max-age=86400"
    patch_vary_headers(response, ["Host"])
    return response


def style(request: HttpRequest) -> HttpResponse:
    """Show every component with sample content; for developers and vendor staff only."""
    allowed = settings.DEBUG or getattr(settings, "STYLE_PAGE", False)
    if not (allowed or getattr(request.user, "is_staff", False)):
        raise Http404
    return render(request, "web/style.html", samples())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400 in the product's look."""
    return _error(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 and say who can help; a refusal's own words are shown when it has any."""
    words = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _error(request, 403, words=words)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404 without saying whether the thing exists elsewhere."""
    return _error(request, 404)


RETRY_AFTER_SECONDS = 30


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database for anything: it may be what broke.

    Where it is, answer 503 and say when to come back: nothing of ours is wrong then.
    """
    unreachable = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    status = 503 if unreachable else 500
    vendor = vendor_of(request)
    context = {"vendor": vendor, "brand_url": brand_url(vendor), "request_id": _id(request)}
    answer = HttpResponse(render_to_string(f"errors/{status}.html", context), status=status)
    if unreachable:
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old."""
    return _error(request, 403, template="errors/csrf.html")


def _error(request: HttpRequest, status: int, template: str = "", **context: Any) -> HttpResponse:
    context["request_id"] = _id(request)
    request.uncounted = True  # type: ignore[attr-defined]
    return render(request, template or f"errors/{status}.html", context, status=status)


def _id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or request.headers.get("X-Request-ID", ""))[:64]
