"""The gate in the API; importing this package registers its routes."""

from licensing.api import classes, decisions, exceptions, moves
from licensing.api.products import asked_partner

__all__ = ["asked_partner", "classes", "decisions", "exceptions", "moves"]
