"""What partners work on with customers: accounts, registrations and protection, renewals."""

from deals.models.accounts import Account, AccountCustomer, AccountKey, AccountTouch, DirectDeal
from deals.models.registrations import PreCheck, Protection, Registration
from deals.models.renewals import Renewal

__all__ = [
    "Account",
    "AccountCustomer",
    "AccountKey",
    "AccountTouch",
    "DirectDeal",
    "PreCheck",
    "Protection",
    "Registration",
    "Renewal",
]
