"""What is known of one partner, as plain frozen values that a decision stores and replays.

All periods are `[from, until)` in the vendor's days; `until` None means open.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from programs.errors import Problem, ProgramError
from programs.fields import TIER

_STRICT = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)
From = Annotated[date, Field(alias="from")]
OpenFrom = Annotated[date | None, Field(alias="from")]

AGREEMENT = "agreement"  # the key of the main agreement beside the addenda
OWN = ""  # the member of a family whose rows they are: the partner itself

Relation = Literal["self", "parent", "child", "sibling"]
# What joined the facts after decisions were stored: left out where it says nothing, so that the
# facts of those decisions keep their text and their digest.
LATER = Field(exclude_if=lambda value: not value)
LATER_NONE = Field(exclude_if=lambda value: value is None)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a track; `until` is the first day on which it no longer counts."""

    __pydantic_config__ = _STRICT
    track: str
    from_: From
    until: date | None = None
    version: str | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody employed by the partner in `[from, until)`, with certificates."""

    __pydantic_config__ = _STRICT
    key: str
    name: str = ""
    certificates: tuple[Certificate, ...] = ()
    from_: OpenFrom = None
    until: date | None = None
    roles: Annotated[tuple[str, ...], LATER] = ()
    member: Annotated[str, LATER] = OWN

    @property
    def unnamed(self) -> "Person":
        """The same without name and certificate numbers: by a number anybody finds the name on
        the public page."""
        held = tuple(replace(one, number="") for one in self.certificates)
        return replace(self, name="", certificates=held)


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric's latest value, in a currency if it is money; None when nothing was delivered."""

    __pydantic_config__ = _STRICT
    value: Decimal | None
    source: str = ""
    as_of: date | None = None
    currency: Annotated[str, LATER] = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Something dated that is counted or summed: an opportunity, an invoice, a former value.

    It lasts over `[on, until)` where it lasts (a customer won and lost). `tags` say what it is
    (`status: launched`), `member` which company of the family it belongs to.
    """

    __pydantic_config__ = _STRICT
    on: date
    value: Annotated[Decimal | None, LATER_NONE] = None
    until: Annotated[date | None, LATER_NONE] = None
    currency: Annotated[str, LATER] = ""
    tags: Annotated[Mapping[str, str], LATER] = field(default_factory=dict)
    source: Annotated[str, LATER] = ""
    member: Annotated[str, LATER] = OWN


@dataclass(frozen=True, slots=True)
class Member:
    """A company of the partner's family; `relation` is what it is to the partner.

    A parent is any company above, a child any below, a sibling any other under the same root.
    """

    __pydantic_config__ = _STRICT
    key: str
    country: str = ""
    relation: Relation = "child"


@dataclass(frozen=True, slots=True)
class Period:
    """`[from, until)`; an addendum attested for one customer names it."""

    __pydantic_config__ = _STRICT
    from_: From
    until: date | None = None
    customer: str | None = None

    def covers(self, on: date) -> bool:
        """Whether the day lies in the period."""
        return self.from_ <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Held:
    """A tier, or a level of another axis, held in `[from, until)`."""

    __pydantic_config__ = _STRICT
    tier: str
    from_: From
    until: date | None = None
    axis: Annotated[str, Field(exclude_if=lambda value: value == TIER)] = TIER
    member: Annotated[str, LATER] = OWN


@dataclass(frozen=True, slots=True)
class Started:
    """A partner's time as one of a type, from the day it first joined: `[from, until)`, with the
    codes of the steps of onboarding that are done or were set aside."""

    __pydantic_config__ = _STRICT
    from_: From
    until: date | None = None
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a requirement may ask about one partner.

    A code that `records` does not have is unknown; a source that knows of no rows says so with an
    empty tuple. `agreed` are the values agreed with this partner, `since` the day it joined,
    `country` an ISO code (empty: not known), `family` the companies it belongs to, `onboarding`
    the types that it joined.
    """

    __pydantic_config__ = _STRICT
    partner: str = ""
    people: tuple[Person, ...] = ()
    metrics: Mapping[str, MetricValue] = field(default_factory=dict)
    attestations: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    agreements: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    held: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)
    records: Annotated[Mapping[str, tuple[Record, ...]], LATER] = field(default_factory=dict)
    agreed: Annotated[Mapping[str, Decimal], LATER] = field(default_factory=dict)
    country: Annotated[str, LATER] = ""
    since: Annotated[date | None, LATER_NONE] = None
    family: Annotated[tuple[Member, ...], LATER] = ()
    onboarding: Annotated[Mapping[str, tuple[Started, ...]], LATER] = field(default_factory=dict)

    @property
    def own_people(self) -> tuple[Person, ...]:
        """The partner's own people, without those of its family's other companies."""
        return tuple(person for person in self.people if person.member == OWN)

    @property
    def unnamed(self) -> "Facts":
        """The same without names of people, and without the numbers of certificates that people of
        the family's other companies hold: what may be kept for ever, whoever reads it."""
        people = (p.unnamed if p.member else replace(p, name="") for p in self.people)
        return replace(self, people=tuple(people))

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON values; decimals as text, so that nothing is rounded."""
        dumped: dict[str, Any] = _FACTS.dump_python(self, mode="json", by_alias=True)
        return dumped

    def canonical_json(self) -> str:
        """One text per content, whatever the order the facts were collected in."""
        return json.dumps(
            _sorted(self.to_dict()), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    def digest(self) -> str:
        """sha256 (hex) of the canonical JSON."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


_FACTS = TypeAdapter(Facts)


def facts_from(values: Any) -> Facts:
    """Facts from JSON or YAML values; ProgramError names every path that does not fit."""
    try:
        return _FACTS.validate_python(values)
    except ValidationError as error:
        problems = [
            Problem("facts", ".".join(map(str, found["loc"])), found["msg"])
            for found in error.errors(include_url=False)
        ]
        raise ProgramError(problems) from None


def _sorted(value: Any) -> Any:
    """Lists of facts have no order of their own: sort them by their JSON."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted(
            (_sorted(inner) for inner in value), key=lambda v: json.dumps(v, sort_keys=True)
        )
    return value
