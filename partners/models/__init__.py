"""Partners, their people and customers, what they signed, what is known of them, who looks after
them."""

from partners.models.applications import Application, CheckRule, VettingCheck
from partners.models.companies import (
    Agreement,
    Customer,
    Employment,
    Enrolment,
    Partner,
    PortfolioEntry,
)
from partners.models.contracts import (
    Billing,
    ContractTerms,
    Duty,
    RestrictedRead,
    ServiceContract,
    ServiceScope,
    SharingChoice,
    TakeOut,
)
from partners.models.facts import AgreedValue, Attestation, Fact, Record
from partners.models.fields import CustomField, InternalValues
from partners.models.onboarding import OnboardingStep
from partners.models.relations import HandOver, Interaction, PartnerView, Task
from partners.models.roles import held_on, role_spans
from partners.models.spans import SpanManager, SpanQuerySet

__all__ = [
    "AgreedValue",
    "Agreement",
    "Application",
    "Attestation",
    "Billing",
    "CheckRule",
    "ContractTerms",
    "CustomField",
    "Customer",
    "Duty",
    "Employment",
    "Enrolment",
    "Fact",
    "HandOver",
    "Interaction",
    "InternalValues",
    "OnboardingStep",
    "Partner",
    "PartnerView",
    "PortfolioEntry",
    "Record",
    "RestrictedRead",
    "ServiceContract",
    "ServiceScope",
    "SharingChoice",
    "SpanManager",
    "SpanQuerySet",
    "TakeOut",
    "Task",
    "VettingCheck",
    "held_on",
    "role_spans",
]
