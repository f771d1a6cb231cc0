"""Companies and renewals in the API."""

from deals.api import accounts, renewals

__all__ = ["accounts", "renewals"]
