"""Companies, registrations and what they protect, renewals and co-sell, in the vendor's admin."""

from deals.admin import accounts, co_sell, registrations, renewals

__all__ = ["accounts", "co_sell", "registrations", "renewals"]
