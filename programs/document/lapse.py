"""What happens when something a gate rested on ends, and how the gate fits life besides.

A lapse tightens in stages: grace (all allowed), no new customers, no growth, suspended. No stage
takes seats away: running customers keep theirs, shrink, and replace what broke.
"""

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from programs.fields import Base

Cause = Literal["expiry", "departure", "revocation", "program_change", "agreement_end"]
Stage = Literal["grace", "block_new", "block_growth", "suspend"]
CAUSES: tuple[Cause, ...] = (
    "expiry", "departure", "revocation", "program_change", "agreement_end",
)  # fmt: skip
STAGES: tuple[Stage, ...] = ("grace", "block_new", "block_growth", "suspend")

Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Hours = Annotated[int, Field(strict=True, ge=1, le=720)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=1440)]


class LapsePolicy(Base):
    """How a gate tightens, in days from the day on which it closed; until the first is grace.

    A stage left out does not come. Each is at least as strict as the one before it.
    """

    block_new_after: Days | None = None
    block_growth_after: Days | None = None
    suspend_after: Days | None = None

    @model_validator(mode="after")
    def _tightens(self) -> "LapsePolicy":
        days = [day for _, day in self.stages]
        if not days:
            raise ValueError(_("say after how many days new customers or growth are blocked"))
        if days != sorted(days):
            raise ValueError(_("a stricter stage comes later: give it as many days or more"))
        return self

    @property
    def stages(self) -> tuple[tuple[Stage, int], ...]:
        """Each stage that comes with its first day, the strictest last."""
        given = zip(
            STAGES[1:],
            (self.block_new_after, self.block_growth_after, self.suspend_after),
            strict=True,
        )
        return tuple((stage, day) for stage, day in given if day is not None)


AT_ONCE = LapsePolicy(block_growth_after=0)
"""Where the program says nothing of a cause: neither new customers nor growth, from the day on."""


class LapsePolicies(Base):
    """A policy for each cause by which a gate closes; without one it closes at once."""

    expiry: LapsePolicy | None = None
    departure: LapsePolicy | None = None
    revocation: LapsePolicy | None = None
    program_change: LapsePolicy | None = None
    agreement_end: LapsePolicy | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "LapsePolicies":
        if not any(getattr(self, cause) for cause in CAUSES):
            raise ValueError(_("say for at least one cause how the gate tightens"))
        return self


class GrowthTolerance(Base):
    """What a directory may add at a customer while growth is blocked, counted once from the day of
    the lapse: the larger of the two."""

    percent: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    seats: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 0


class Lapse(LapsePolicies):
    """What a lapse means, by cause. A product may say it differently."""

    growth_tolerance: GrowthTolerance = GrowthTolerance()


class Cache(Base):
    """How long a provisioning system may rely on an answer."""

    allow_minutes: Minutes = 60
    deny_minutes: Minutes = 5


class OverrideRule(Base):
    """An exception that the vendor's staff grants, always by two people."""

    max_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 14
    warn_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 3


class BreakGlass(Base):
    """What a partner's person may open in an emergency without asking; reported in the morning."""

    hours: Hours = 24
    per_quarter: Annotated[int, Field(strict=True, ge=1, le=100)] = 2
    max_seats: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 50


class GateRules(Base):
    """How the gate is used: caching, exceptions, and two-step use."""

    on_unreachable: Literal["use_cache", "deny", "allow_replace"] = "use_cache"
    cache: Cache = Cache()
    override: OverrideRule = OverrideRule()
    break_glass: BreakGlass | None = None
    unconfirmed_hours: Hours = 24
