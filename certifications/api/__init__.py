"""Certification in the API: tracks, results and the certificates they bring."""

from certifications.api import certificates, results, tracks

__all__ = ["certificates", "results", "tracks"]
