"""Every table of the gate."""

from licensing.models.gate import Authorization, ClassChange, Deployment, Override, Reservation
from licensing.models.moves import CustomerMove, PartnerMerge

__all__ = [
    "Authorization",
    "ClassChange",
    "CustomerMove",
    "Deployment",
    "Override",
    "PartnerMerge",
    "Reservation",
]
