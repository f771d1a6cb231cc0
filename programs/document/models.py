"""The program document: its sections, and what they say together."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, StrictBool, field_validator, model_validator

from programs.document.benefits import BenefitRule, SupportPlan
from programs.document.deals import Deals
from programs.document.lapse import AT_ONCE, Cause, GateRules, Lapse, LapsePolicy
from programs.document.mapping import CodeMapping
from programs.document.metrics import AttestationRule, MetricRule
from programs.document.products import Product
from programs.document.tracks import Equivalent, Track
from programs.document.types import TIER, Level, PartnerType, Review
from programs.errors import Problem, ProgramError
from programs.fields import Base, Code, Country, Text
from programs.rules.base import Path, Problems, Requirement
from web.codes import words_of

GENERAL = "general"


class AddendumRule(Base):
    """An addendum to the agreement, with the vendor or attested for each customer."""

    title: Text | None = None
    with_: Literal["vendor", "customer"] = Field("vendor", alias="with")


class Windows(Base):
    """Days before an end on which somebody is warned.

    `certificate` is before a certificate ends. A renewal is on the list `renewal_planning` days and
    told `renewal_decision` days before the decision date of a service contract.
    """

    certificate: tuple[Annotated[int, Field(ge=0, le=365, strict=True)], ...] = (60, 30, 0)
    renewal_planning: Annotated[int, Field(ge=1, le=730, strict=True)] = 180
    renewal_decision: Annotated[int, Field(ge=1, le=365, strict=True)] = 90

    @field_validator("certificate")
    @classmethod
    def _falling(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if list(days) != sorted(set(days), reverse=True):
            raise ValueError(_("write the days from the earliest warning down, each once"))
        return days

    @model_validator(mode="after")
    def _planned_before_decided(self) -> "Windows":
        if self.renewal_planning < self.renewal_decision:
            raise ValueError(_("planning begins before the window opens, or with it"))
        return self


class Publishing(Base):
    """How a new version comes into force: whether a second person has to approve it."""

    second_person: StrictBool = False


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
    publishing: Publishing = Publishing()
    country_groups: dict[Code, tuple[Country, ...]] = {}
    metrics: dict[Code, MetricRule] = {}
    attestations: dict[Code, AttestationRule] = {}
    addenda: dict[Code, AddendumRule] = {}
    tracks: dict[Code, Track] = {}
    equivalents: dict[Code, Equivalent] = {}
    products: dict[Code, Product] = {}
    benefits: dict[Code, BenefitRule] = {}
    support: dict[Code, SupportPlan] = {}
    types: dict[Code, PartnerType] = {}
    lapse: Lapse | None = None
    gate: GateRules = GateRules()
    deals: Deals | None = None
    mapping: CodeMapping = CodeMapping()

    @cached_property
    def families(self) -> dict[str, tuple[str, ...]]:
        """The products of each product family; one without a family is a family of its own."""
        found: dict[str, list[str]] = {}
        for code, product in self.products.items():
            found.setdefault(product.family or code, []).append(code)
        return {family: tuple(codes) for family, codes in found.items()}

    def family_of(self, product: str) -> str:
        """The family of a product; one without a family, or unknown here, is its own."""
        rule = self.products.get(product)
        return (rule.family if rule else None) or product

    def lapse_policy(self, product: str, cause: Cause) -> LapsePolicy | None:
        """How the gate of a product tightens after a lapse; None: this program knows no stages."""
        if self.lapse is None:
            return None
        own = self.products[product].lapse if product in self.products else None
        found: LapsePolicy | None = getattr(own, cause, None) or getattr(self.lapse, cause)
        return found or AT_ONCE

    @cached_property
    def group_of_country(self) -> dict[str, str]:
        """The group that each country belongs to; a country without a group is not in it."""
        return {
            country: group for group, countries in self.country_groups.items()
            for country in countries
        }  # fmt: skip

    def title_of(self, section: str, code: str) -> str:
        """The title of a track, product, type ..., or its code as words."""
        found = getattr(getattr(self, section).get(code), "title", None)
        return found or words_of(code)

    def type_of(self, code: str) -> PartnerType:
        """The partner type; ProgramError if the document has none of this code."""
        found = self.types.get(code)
        if found is None:
            raise ProgramError([problem for _, problem in self.missing("types", code, ())])
        return found

    def ladder(self, type_code: str, axis: str) -> dict[str, Level]:
        """The levels of an axis, the lowest first; ProgramError if there is no such axis."""
        found = self.type_of(type_code)
        if levels := found.levels_of(axis):
            return levels
        raise ProgramError.one(
            "unknown_axis", f"types.{type_code}.axes",
            _("there is no axis %(axis)s") % {"axis": repr(axis)},
            remedy=known_words(found.axis_codes()),
        )  # fmt: skip

    def levels(self) -> Iterator[tuple[str, str, str, Level]]:
        """Every level as (type, axis, code, level), on each axis the lowest first."""
        for type_code, found in self.types.items():
            for axis in found.axis_codes():
                for code, level in found.levels_of(axis).items():
                    yield type_code, axis, code, level

    def review_of(self, type_code: str, axis: str) -> Review | None:
        """When and how an axis is reviewed; None: nobody reviews it by the calendar."""
        return self.type_of(type_code).review_of(axis)

    @cached_property
    def successors(self) -> dict[str, dict[str, str]]:
        """Per section the codes that went, each with the declared code that stands for it: what
        `mapping` says, else an entry's `was`. Section `levels`: `type.level`."""
        former: dict[str, dict[str, str]] = {
            section: {
                entry.was: code
                for code, entry in getattr(self, section, {}).items()
                if getattr(entry, "was", None)
            }
            for section in CodeMapping.model_fields
            if section != "levels"
        }
        former["levels"] = {
            f"{kind}.{level.was}": f"{kind}.{code}"
            for kind, _, code, level in self.levels()
            if level.was
        }
        for section, known in former.items():
            mapped = getattr(self.mapping, section)
            known.update({old: new for old, new in mapped.items() if new is not None})
        # A product without a family is one of its own, and takes it along.
        own = {old: self.family_of(new) for old, new in former["products"].items()}
        former["families"] = own | former["families"]
        return former

    @cached_property
    def _level_refs(self) -> dict[str, tuple[str, str]]:
        """Every level as `type.level`: codes hold dots, so that it cannot be taken apart."""
        return {f"{kind}.{code}": (kind, code) for kind, _, code, _ in self.levels()}

    def successor(self, section: str, code: str) -> str | None:
        """The code that stands for `code` in this document: itself while it is declared, else what
        `mapping` or an entry's `was` says; None if nothing does. Section `levels`: `type.level`."""
        declared = self._level_refs if section == "levels" else getattr(self, section)
        return code if code in declared else self.successors.get(section, {}).get(code)

    def former(self, section: str, code: str) -> list[str]:
        """A declared code with all for which it stands: what rows may still be kept under."""
        known = self.successors.get(section, {})
        return [code, *(old for old, new in known.items() if new == code)]

    def level_successor(self, type_code: str, level: str) -> tuple[str, str] | None:
        """The (type, level) that stands for a level, which may be of a type that went; None if
        nothing does."""
        found = self.successor("levels", f"{type_code}.{level}")
        if found is not None:
            return self._level_refs.get(found)
        to = self.successors["types"].get(type_code)
        return self.level_successor(to, level) if to in self.types and to is not None else None

    def tracks_with(self, criterion: str, wanted: tuple[str, ...]) -> set[str]:
        """Codes of the tracks whose track code, level, function, scope or kind is wanted."""
        if criterion == "track":
            return set(self.tracks) & set(wanted)
        return {c for c, track in self.tracks.items() if getattr(track, criterion) in wanted}

    @cached_property
    def follows(self) -> dict[str, tuple[str, ...]]:
        """Per track those that its certificate completes (composites) or carries on."""
        found: dict[str, list[str]] = {}
        for code, track in self.tracks.items():
            for other in {*(track.composite or ()), *(way.track for way in track.by_tracks)}:
                found.setdefault(other, []).append(code)
        return {other: tuple(codes) for other, codes in found.items()}

    def missing_track(self, criterion: str, wanted: str, path: Path) -> Problems:
        """A problem if no track has this code, level, function, scope or kind."""
        if criterion == "track":
            return [] if wanted in self.tracks else self.missing("tracks", wanted, path)
        known = {getattr(track, criterion) for track in self.tracks.values()} - {None}
        if wanted in known:
            return []
        words = _("no track has the %(criterion)s %(wanted)s")
        message = words % {"criterion": criterion, "wanted": repr(wanted)}
        return [(path, Problem(f"unknown_{criterion}", "", message, remedy=known_words(known)))]

    def missing(self, section: str, code: str, path: Path) -> Problems:
        """The problem of a code that its section does not declare; names its successor."""
        said = {"noun": NOUNS[section], "code": repr(code)}
        known = self.environments if section == "environments" else getattr(self, section)
        message = _("there is no %(noun)s %(code)s") % said
        remedy = _("%(known)s; or declare it under %(section)s") % {
            "known": known_words(known), "section": section,
        }  # fmt: skip
        renamed = section in _RENAMED and self.successor(section, code)
        if renamed:
            message = _("the %(noun)s %(code)s is retired") % said
            remedy = _("Write %(code)s instead") % {"code": repr(renamed)}
        return [(path, Problem(unknown_code(section), "", message, remedy=remedy))]

    def trees(self) -> Iterator[tuple[Path, Requirement]]:
        """Every requirement tree with its path."""
        for code, product in self.products.items():
            for environment, gate in product.gates.items():
                if gate.add:
                    yield ("products", code, "gates", environment, "add"), gate.add
        for type_code, axis, code, level in self.levels():
            for name in ("entry", "retain"):
                if tree := getattr(level, name):
                    yield (*level_path(type_code, axis, code), name), tree
        for type_code, kind in self.types.items():
            for code, step in (kind.onboarding.steps if kind.onboarding else {}).items():
                if step.met:
                    yield ("types", type_code, "onboarding", "steps", code, "met"), step.met
        for code, policy in self.deals.policies.items() if self.deals else ():
            if policy.needs:
                yield ("deals", "policies", code, "needs"), policy.needs
        co_sell = self.deals.co_sell if self.deals else None
        if co_sell and co_sell.advanced_needs:
            yield ("deals", "co_sell", "advanced_needs"), co_sell.advanced_needs


def level_path(type_code: str, axis: str, code: str) -> Path:
    """Where the document has a level."""
    if axis == TIER:
        return "types", type_code, "tiers", code
    return "types", type_code, "axes", axis, "levels", code


NOUNS = {
    "tracks": gettext_lazy("track"),
    "metrics": gettext_lazy("metric"),
    "attestations": gettext_lazy("attestation"),
    "addenda": gettext_lazy("addendum"),
    "environments": gettext_lazy("environment"),
    "products": gettext_lazy("product"),
    "families": gettext_lazy("product family"),
    "types": gettext_lazy("type"),
    "levels": gettext_lazy("level"),
    "benefits": gettext_lazy("benefit"),
    "support": gettext_lazy("support plan"),
    "country_groups": gettext_lazy("country group"),
    "equivalents": gettext_lazy("equivalent"),
}
_SINGULAR = {"addenda": "addendum", "families": "family", "support": "support_plan"}


def unknown_code(section: str) -> str:
    """The stable code of the problem that a section lacks an entry: `unknown_track`."""
    return f"unknown_{_SINGULAR.get(section, section.removesuffix('s'))}"


_RENAMED = frozenset(CodeMapping.model_fields) - {"levels"}


def known_words(known: Any) -> str:
    """`Known: a, b, c`, at most a dozen."""
    listed = sorted(known)
    if not listed:
        return _("None is declared")
    said = {"known": ", ".join(listed[:12]), "more": len(listed) - 12}
    if len(listed) <= 12:
        return _("Known: %(known)s") % said
    return _("Known: %(known)s and %(more)s more") % said
