"""Verbs of certification."""

from certifications.actions.enrolling import drop_enrolment, enrol, tick_step
from certifications.actions.recording import Recorded, record_result, record_results
from certifications.actions.revoking import revoke_certificate
from certifications.actions.sweeps import sweep_certificate_alerts, sweep_certificate_releases

__all__ = [
    "Recorded",
    "drop_enrolment",
    "enrol",
    "record_result",
    "record_results",
    "revoke_certificate",
    "sweep_certificate_alerts",
    "sweep_certificate_releases",
    "tick_step",
]
