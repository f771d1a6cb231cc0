"""What tasks can be about besides customers and contacts (rows of apps above ``partners``), and
what the vendor's people find by name."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from certifications.models import Certificate
from partners.abouts import About, register_about
from partners.models import Partner
from programs.models import Product
from tenants.finding import EACH, Hit


def register() -> None:
    """Called once the apps are loaded."""
    register_about(
        About(
            Certificate,
            lambda partner: Q(person__employments__partner=partner),
            lambda row: (
                _("%(track)s of %(person)s") % {"track": row.track.name, "person": row.person.name}
            ),
            lambda row, staff: reverse("certifications:certificate", args=[row.ref]),
            related=("track", "person"),
        )
    )
    register_about(
        About(
            Product,
            lambda partner: Q(),
            lambda row: str(row.name),
            lambda row, staff: "" if staff else reverse("licensing:product", args=[row.code]),
        )
    )


def partners_found(words: str) -> list[Hit]:
    """The partners of the reader's scope whose names begin so."""
    rows = Partner.objects.filter(name__istartswith=words).order_by("name", "pk")[:EACH]
    return [
        Hit(
            row.name, reverse("scorecards:partner", args=[row.ref]), _("Partner"), "heart-handshake"
        )
        for row in rows
    ]
