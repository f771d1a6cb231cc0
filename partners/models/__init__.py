"""Partners, their people and customers, what they signed, what is known of them, who looks after
them."""

from partners.models.companies import (
    Agreement,
    Application,
    Customer,
    Employment,
    Enrolment,
    Partner,
    PortfolioEntry,
)
from partners.models.facts import AgreedValue, Attestation, Fact, Record
from partners.models.spans import SpanManager, SpanQuerySet

__all__ = [
    "AgreedValue",
    "Agreement",
    "Application",
    "Attestation",
    "Customer",
    "Employment",
    "Enrolment",
    "Fact",
    "Partner",
    "PortfolioEntry",
    "Record",
    "SpanManager",
    "SpanQuerySet",
]
