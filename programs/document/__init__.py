"""The program document as data: read, check, write, compare."""

from programs.document.benefits import BenefitRule, SupportPlan
from programs.document.deals import BusinessHours, CoSell, DealPolicy, Deals, Incumbency
from programs.document.models import GENERAL, ProgramDocument
from programs.document.products import Gate, Product
from programs.document.texts import (
    canonical_json,
    digest,
    document_from,
    export_yaml,
    json_schema,
    load,
    rebased,
    stored,
    to_dict,
)
from programs.document.tracks import Equivalent, Track, TrackVersion
from programs.document.types import TIER, Axis, Level, PartnerType, Review
from programs.errors import Problem, ProgramError

__all__ = [
    "GENERAL",
    "TIER",
    "Axis",
    "BenefitRule",
    "BusinessHours",
    "CoSell",
    "DealPolicy",
    "Deals",
    "Equivalent",
    "Gate",
    "Incumbency",
    "Level",
    "PartnerType",
    "Problem",
    "Product",
    "ProgramDocument",
    "ProgramError",
    "Review",
    "SupportPlan",
    "Track",
    "TrackVersion",
    "canonical_json",
    "digest",
    "document_from",
    "export_yaml",
    "json_schema",
    "load",
    "rebased",
    "stored",
    "to_dict",
]
