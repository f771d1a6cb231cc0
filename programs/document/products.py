"""Products, their prices and the gates that say what certified people each environment needs."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, field_validator

from programs.document.lapse import LapsePolicies
from programs.fields import Base, Code, Codes, Months, Number, Text
from programs.rules.trees import PRIMITIVES, Tree


class Gate(Base):
    """What an environment class asks on top of the others; a bare requirement is its `add`.

    `operator` are the tracks that the person must hold who is named as doing the work.
    """

    add: Tree | None = None
    addenda: Codes | None = None
    operator: Codes | None = None


def _gate(value: Any) -> Any:
    bare = isinstance(value, dict) and any(key in value for key in PRIMITIVES)
    return {"add": value} if bare else value


class Product(Base):
    """Something a partner deploys; `gates` says what certified people each environment needs.

    The gate `general` always applies; without one the product is only for the classes listed.
    `price_month` is the partner's buy price per unit and month in the program's currency,
    `price_lock_months` how long a customer's price cannot rise. `lapse` says of it what the program
    says of all. `was` is the code it had before.
    """

    title: Text | None = None
    was: Code | None = None
    family: Code | None = None
    unit: Code = "seat"
    counts_as: Literal["seat", "none"] = "none"
    requires: Codes | None = None
    price_month: Number | None = None
    price_lock_months: Months | None = None
    lapse: LapsePolicies | None = None
    gates: dict[Code, Annotated[Gate, BeforeValidator(_gate, json_schema_input_type=Gate | Tree)]]

    @field_validator("gates")
    @classmethod
    def _some_gate(cls, gates: dict[str, Gate]) -> dict[str, Gate]:
        if not gates:
            raise ValueError(_("a product without a gate is open to nobody; write general: {}"))
        return gates
