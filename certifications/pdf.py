"""A certificate on paper. WeasyPrint and its libraries are loaded here and nowhere else."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from tenants.writing import Refused


def certificate_pdf(context: dict[str, Any]) -> bytes:
    """The certificate as PDF, A4 across. Raises ``Refused("pdf_unavailable")`` where the server
    lacks the libraries, and says what to install."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        raise Refused(
            "pdf_unavailable",
            "This server cannot make PDFs: install Pango (libpango-1.0-0, libpangoft2-1.0-0).",
        ) from None
    html = render_to_string("certifications/paper.html", context)

    def nothing(url: str, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"A certificate loads nothing, not {url}.")

    found: bytes = HTML(string=html, url_fetcher=nothing).write_pdf()
    return found
