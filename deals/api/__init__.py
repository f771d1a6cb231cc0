"""Companies, registrations and renewals in the API."""

from deals.api import accounts, registrations, renewals

__all__ = ["accounts", "registrations", "renewals"]
