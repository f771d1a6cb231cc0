"""The gate in the API; importing this package registers its routes."""

from licensing.api import decisions, exceptions, moves
from licensing.api.products import asked_partner

__all__ = ["asked_partner", "decisions", "exceptions", "moves"]
