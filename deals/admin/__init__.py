"""Companies, registrations and what they protect, and renewals, in the vendor's admin."""

from deals.admin import accounts, registrations, renewals

__all__ = ["accounts", "registrations", "renewals"]
