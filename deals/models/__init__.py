"""What partners work on with customers: accounts, registrations and protection, renewals,
and what they ask the vendor to do with them."""

from deals.models.accounts import Account, AccountCustomer, AccountKey, AccountTouch, DirectDeal
from deals.models.co_sell import (
    CoSellPerson,
    CoSellRequest,
    Engineer,
    EngineerAway,
    EngineerBooking,
)
from deals.models.registrations import PreCheck, Protection, Registration
from deals.models.renewals import Renewal

__all__ = [
    "Account",
    "AccountCustomer",
    "AccountKey",
    "AccountTouch",
    "CoSellPerson",
    "CoSellRequest",
    "DirectDeal",
    "Engineer",
    "EngineerAway",
    "EngineerBooking",
    "PreCheck",
    "Protection",
    "Registration",
    "Renewal",
]
