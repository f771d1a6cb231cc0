"""Companies, registrations and what they protect, in the vendor's admin."""

from deals.admin import accounts, registrations

__all__ = ["accounts", "registrations"]
