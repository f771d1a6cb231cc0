"""Verbs of certification."""

from certifications.actions.recording import Recorded, record_result, record_results
from certifications.actions.revoking import revoke_certificate
from certifications.actions.sweeps import sweep_certificate_alerts, sweep_certificate_releases

__all__ = [
    "Recorded",
    "record_result",
    "record_results",
    "revoke_certificate",
    "sweep_certificate_alerts",
    "sweep_certificate_releases",
]
