"""May this partner deploy this product there, and if not, why: pure rules over sets."""

from licensing.rules.gate import Verdict, judge
from licensing.rules.inputs import GateInputs, digest_of, managed_seats
from licensing.rules.reasons import CODES, reasons_of
from licensing.rules.standing import (
    DeploymentStanding,
    Ground,
    customer_standing,
    deployment_standing,
    ground_for,
)

__all__ = [
    "CODES",
    "DeploymentStanding",
    "GateInputs",
    "Ground",
    "Verdict",
    "customer_standing",
    "deployment_standing",
    "digest_of",
    "ground_for",
    "judge",
    "managed_seats",
    "reasons_of",
]
