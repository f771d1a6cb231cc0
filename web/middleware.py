"""Response headers that keep foreign code out of our pages."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

STRICT: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
# Unfold ships Alpine, which evaluates expressions, and sets style attributes.
ADMIN: Mapping[str, str] = {
    **STRICT,
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
}
# The offline API reference draws itself with inline styles and a worker of its own.
API_DOCS: Mapping[str, str] = {
    **STRICT,
    "style-src": "'self' 'unsafe-inline'",
    "worker-src": "'self' blob:",
}
POLICIES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/admin/", ADMIN),
    ("/api/v1/docs/", API_DOCS),
)


def policy_for(path: str) -> str:
    """Return the Content-Security-Policy of a path; strict unless a prefix says otherwise."""
    chosen = next((policy for prefix, policy in POLICIES if path.startswith(prefix)), STRICT)
    return "; ".join(f"{name} {value}" for name, value in chosen.items())


class ContentSecurityPolicy:
    """Adds the policy and its companions to every response that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers set; a view may set its own policy."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        return response
