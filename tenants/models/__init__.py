from tenants.models.clients import ApiClient, IdempotencyKey, SigningKey
from tenants.models.events import Event, EventPrivate, Seal
from tenants.models.files import File
from tenants.models.identity import (
    Host,
    Invitation,
    Membership,
    Person,
    SecondFactor,
    UsedHandOver,
    User,
    Vendor,
)
from tenants.models.imports import ImportJob, ImportRow

__all__ = [
    "ApiClient",
    "Event",
    "EventPrivate",
    "File",
    "Host",
    "IdempotencyKey",
    "ImportJob",
    "ImportRow",
    "Invitation",
    "Membership",
    "Person",
    "Seal",
    "SecondFactor",
    "SigningKey",
    "UsedHandOver",
    "User",
    "Vendor",
]
