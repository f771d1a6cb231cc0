"""Companies, registrations, renewals and co-sell in the API."""

from deals.api import accounts, co_sell, registrations, renewals

__all__ = ["accounts", "co_sell", "registrations", "renewals"]
