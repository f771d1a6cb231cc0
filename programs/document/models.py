"""The program document: every section, its keys and their meaning."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, field_validator, model_validator

from programs.errors import Problem
from programs.fields import (
    Base,
    Code,
    Codes,
    Count,
    Day,
    Label,
    Months,
    NotStated,
    Number,
    Text,
)
from programs.rules.base import Path, Problems, Requirement
from programs.rules.trees import NOTHING, PRIMITIVES, Tree

Function = Literal["deploy", "manage", "support", "respond", "sell"]
Kind = Literal["technical", "sales", "compliance"]
Anchor = Literal["exam", "course_release"]
Unit = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{0,30}$")]
Benefit = StrictBool | Number | Text | list[Text]

GENERAL = "general"


class TrackVersion(Base):
    """An edition of a track's course, or a delta course on top of an earlier one."""

    code: Label
    released: Day
    kind: Literal["course", "delta"] = "course"
    of: Label | None = None


class Track(Base):
    """A certification track: what it certifies and how long a certificate lasts.

    `anchor: exam` counts `months` from the day of the result, `course_release` from the release of
    the version taken. `months` left out: a certificate never expires.
    """

    title: Text | None = None
    kind: Kind = "technical"
    function: Function | None = None
    scope: Code | None = None
    level: Code | None = None
    months: Months | NotStated | None = None
    anchor: Anchor = "exam"
    needs: Codes | None = None
    versions: tuple[TrackVersion, ...] = ()

    def version(self, code: str | None) -> TrackVersion | None:
        """The version of this code."""
        return next((version for version in self.versions if version.code == code), None)


class MetricRule(Base):
    """A number about a partner: its unit, who supplies it, when it is too old to use."""

    title: Text | None = None
    unit: Unit = ""
    source: Text | None = None
    fresh_months: Months | None = None


class AttestationRule(Base):
    """Something a person attests with evidence, valid so many months from its day."""

    title: Text | None = None
    months: Months | NotStated | None = None


class AddendumRule(Base):
    """An addendum to the agreement, with the vendor or attested for each customer."""

    title: Text | None = None
    with_: Literal["vendor", "customer"] = Field("vendor", alias="with")


class Gate(Base):
    """What an environment class asks on top of the others; a bare requirement is its `add`."""

    add: Tree | None = None
    addenda: Codes | None = None


def _gate(value: Any) -> Any:
    bare = isinstance(value, dict) and any(key in value for key in PRIMITIVES)
    return {"add": value} if bare else value


class Product(Base):
    """Something a partner deploys; `gates` says what certified people each environment needs.

    The gate `general` always applies; without one the product is only for the classes listed.
    """

    title: Text | None = None
    family: Code | None = None
    unit: Code = "seat"
    counts_as: Literal["seat", "none"] = "none"
    requires: Codes | None = None
    gates: dict[Code, Annotated[Gate, BeforeValidator(_gate, json_schema_input_type=Gate | Tree)]]

    @field_validator("gates")
    @classmethod
    def _some_gate(cls, gates: dict[str, Gate]) -> dict[str, Gate]:
        if not gates:
            raise ValueError("a product without a gate is open to nobody; write general: {}")
        return gates


class Tier(Base):
    """A level of a partner type; `rank` is its place from the bottom, by order if left out."""

    title: Text | None = None
    rank: Count
    entry: Tree | None = None
    retain: Tree | None = None
    benefits: dict[Code, Benefit] = {}

    @property
    def entry_tree(self) -> Requirement:
        """What a partner needs to come in; nothing if left out."""
        return self.entry or NOTHING

    @property
    def retain_tree(self) -> Requirement:
        """What a partner needs to stay; the entry requirement if left out."""
        return self.retain or self.entry_tree


class PartnerType(Base):
    """A set of rules for one kind of partner: its tiers, from the lowest up."""

    title: Text | None = None
    summary: Text | None = None
    max_months: Months | None = None
    then: Code | None = None
    tiers: dict[Code, Tier]

    @model_validator(mode="before")
    @classmethod
    def _ranks_by_order(cls, values: Any) -> Any:
        tiers = values.get("tiers") if isinstance(values, dict) else None
        if not isinstance(tiers, dict):
            return values
        ranked = {
            code: {"rank": place, **tier} if isinstance(tier, dict) else tier
            for place, (code, tier) in enumerate(tiers.items(), start=1)
        }
        return {**values, "tiers": ranked}

    @field_validator("tiers")
    @classmethod
    def _distinct_ranks(cls, tiers: dict[str, Tier]) -> dict[str, Tier]:
        if not tiers:
            raise ValueError("a type has at least one tier")
        if len({tier.rank for tier in tiers.values()}) < len(tiers):
            raise ValueError("two tiers have the same rank")
        return dict(sorted(tiers.items(), key=lambda item: item[1].rank))


class Windows(Base):
    """Days before an end on which somebody is warned."""

    certificate: tuple[Annotated[int, Field(ge=0, le=365, strict=True)], ...] = (60, 30, 0)

    @field_validator("certificate")
    @classmethod
    def _falling(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if list(days) != sorted(set(days), reverse=True):
            raise ValueError("write the days from the earliest warning down, each once")
        return days


class ProgramDocument(Base):
    """A partner program as one document."""

    program: Code
    title: Text
    edition: Text | None = None
    sources: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    currency: str = Field(pattern="^[A-Z]{3}$")
    time_zone: str | None = Field(None, pattern=r"^[A-Za-z0-9_+/-]{1,60}$")
    environments: tuple[Code, ...] = (GENERAL,)
    regulated_verticals: dict[Code, Code] = {}
    windows: Windows = Windows()
    metrics: dict[Code, MetricRule] = {}
    attestations: dict[Code, AttestationRule] = {}
    addenda: dict[Code, AddendumRule] = {}
    tracks: dict[Code, Track] = {}
    products: dict[Code, Product] = {}
    types: dict[Code, PartnerType] = {}

    def title_of(self, section: str, code: str) -> str:
        """The title of a track, product, type ..., or its code made readable."""
        found = getattr(self, section).get(code)
        title: str | None = found.title if found else None
        return title or code.replace("_", " ").replace("-", " ").capitalize()

    def tracks_with(self, criterion: str, wanted: tuple[str, ...]) -> set[str]:
        """Codes of the tracks whose track code, level, function, scope or kind is wanted."""
        if criterion == "track":
            return set(self.tracks) & set(wanted)
        return {c for c, track in self.tracks.items() if getattr(track, criterion) in wanted}

    def missing_track(self, criterion: str, wanted: str, path: Path) -> Problems:
        """A problem if no track has this code, level, function, scope or kind."""
        if criterion == "track":
            return [] if wanted in self.tracks else self.missing("tracks", wanted, path)
        known = {getattr(track, criterion) for track in self.tracks.values()} - {None}
        if wanted in known:
            return []
        message = f"no track has the {criterion} {wanted!r}"
        return [(path, Problem(f"unknown_{criterion}", "", message, remedy=known_words(known)))]

    def missing(self, section: str, code: str, path: Path) -> Problems:
        """The problem of a code that its section does not declare."""
        noun = NOUNS[section]
        known = self.environments if section == "environments" else getattr(self, section)
        message = f"there is no {noun} {code!r}"
        remedy = f"{known_words(known)}; or declare it under {section}"
        return [(path, Problem(f"unknown_{noun}", "", message, remedy=remedy))]

    def trees(self) -> Iterator[tuple[Path, Requirement]]:
        """Every requirement tree with its path."""
        for code, product in self.products.items():
            for environment, gate in product.gates.items():
                if gate.add:
                    yield ("products", code, "gates", environment, "add"), gate.add
        for type_code, partner_type in self.types.items():
            for code, tier in partner_type.tiers.items():
                for name in ("entry", "retain"):
                    if tree := getattr(tier, name):
                        yield ("types", type_code, "tiers", code, name), tree


NOUNS = {
    "tracks": "track", "metrics": "metric", "attestations": "attestation", "addenda": "addendum",
    "environments": "environment", "products": "product", "types": "type",
}  # fmt: skip


def known_words(known: Any) -> str:
    """`Known: a, b, c`, at most a dozen."""
    listed = sorted(known)
    more = f" and {len(listed) - 12} more" if len(listed) > 12 else ""
    return f"Known: {', '.join(listed[:12])}{more}" if listed else "None is declared"
