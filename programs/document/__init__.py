"""The program document as data: read, check, write, compare."""

from programs.document.diff import Change, diff
from programs.document.models import (
    GENERAL,
    Gate,
    PartnerType,
    Product,
    ProgramDocument,
    Tier,
    Track,
    TrackVersion,
)
from programs.document.texts import (
    canonical_json,
    digest,
    document_from,
    export_yaml,
    json_schema,
    load,
    rebased,
    to_dict,
)
from programs.errors import Problem, ProgramError

__all__ = [
    "GENERAL",
    "Change",
    "Gate",
    "PartnerType",
    "Problem",
    "Product",
    "ProgramDocument",
    "ProgramError",
    "Tier",
    "Track",
    "TrackVersion",
    "canonical_json",
    "diff",
    "digest",
    "document_from",
    "export_yaml",
    "json_schema",
    "load",
    "rebased",
    "to_dict",
]
