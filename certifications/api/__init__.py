"""Certification in the API: tracks, results and the certificates they bring."""

from certifications.api import certificates, enrolments, results, tracks

__all__ = ["certificates", "enrolments", "results", "tracks"]
