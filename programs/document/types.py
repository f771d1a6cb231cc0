"""Partner types: their levels on one or several axes, and when these are reviewed."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    PrivateAttr,
    StrictBool,
    Tag,
    field_validator,
    model_validator,
)

from programs.document.benefits import Benefit
from programs.document.onboarding import Onboarding
from programs.fields import TIER, Base, Code, Count, Months, Text, many, one_or_many
from programs.rules.base import Requirement
from programs.rules.steps import StepDone, waiting_for
from programs.rules.trees import NOTHING, Tree
from web.codes import words_of

MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
PromotionMode = Literal["automatic", "request", "invitation", "purchase"]
Promotion = Annotated[
    tuple[PromotionMode, ...],
    BeforeValidator(many, json_schema_input_type=PromotionMode | list[PromotionMode]),
    Field(min_length=1),
    PlainSerializer(one_or_many, return_type=str | list[str]),
]
ClockName = Literal["continuous", "monthly", "quarterly", "half_yearly", "yearly", "anniversary"]
AxisKind = Literal["ladder", "set"]
Inherit = Literal["best_child", "from_parent"]


# Every document is looked at, hardly one is wrong: translated only where they are said.
_NO_LEVEL = gettext_lazy("an axis has at least one level")
_SAME_RANK = gettext_lazy("two levels have the same rank")
_NO_TIER = gettext_lazy("a type has at least one tier")
_SAME_TIER = gettext_lazy("two tiers have the same rank")


class Level(Base):
    """A tier, a badge or a step of commitment.

    `rank` is its place from the bottom of its axis, by order if left out. `promotion` says how a
    partner comes in: by itself once entry is met, on request, by invitation, by purchase, or in
    several of these ways (`[automatic, purchase]`). `lockout_months` says how long after losing it
    a partner cannot come back, `was` the code it had before.
    """

    title: Text | None = None
    was: Code | None = None
    rank: Count
    promotion: Promotion = ("automatic",)
    lockout_months: Months | None = None
    entry: Tree | None = None
    retain: Tree | None = None
    benefits: dict[Code, Benefit] = {}

    _steps: tuple[StepDone, ...] = PrivateAttr(())
    _entered_by: Requirement | None = PrivateAttr(None)

    @field_validator("promotion")
    @classmethod
    def _each_way_once(cls, ways: tuple[PromotionMode, ...]) -> tuple[PromotionMode, ...]:
        if len(set(ways)) < len(ways):
            raise ValueError(_("write each way in once"))
        return ways

    @property
    def automatic(self) -> bool:
        """Whether a review gives it by itself once entry is met."""
        return "automatic" in self.promotion

    @property
    def asked_for(self) -> Literal["request", "purchase"] | None:
        """How a partner itself asks for it; None where it cannot."""
        if "purchase" in self.promotion:
            return "purchase"
        return "request" if "request" in self.promotion else None

    @property
    def own_entry(self) -> Requirement:
        """The level's own requirement to come in, by which it is kept as well; nothing if left
        out."""
        return self.entry or NOTHING

    @property
    def entry_tree(self) -> Requirement:
        """What a partner needs to come in: the steps of onboarding that open the level, and its own
        requirement."""
        return self._entered_by or self.own_entry

    @property
    def retain_tree(self) -> Requirement:
        """What a partner needs to stay; its own entry requirement if left out. No step of
        onboarding takes a level away."""
        return self.retain or self.own_entry

    @property
    def steps(self) -> tuple[StepDone, ...]:
        """The steps of onboarding that open the level."""
        return self._steps

    def opened_by(self, steps: Iterable[StepDone]) -> None:
        """Have the level wait for these steps: called once, when its document is bound."""
        self._steps = tuple(steps)
        self._entered_by = waiting_for(self._steps, self.own_entry)


class Window(Base):
    """Met on any day from `from` until `until`, both days of each year and both included."""

    from_: MonthDay = Field(alias="from")
    until: MonthDay


class Cure(Base):
    """How long a partner that fails its retain set keeps the level before it falls."""

    months: Months


def _clock_shape(value: Any) -> str:
    return "<window>" if isinstance(value, dict | Window) else "<name>"


Clock = Annotated[
    Annotated[ClockName, Tag("<name>")] | Annotated[Window, Tag("<window>")],
    Discriminator(_clock_shape),
]


class Review(Base):
    """When levels are reviewed, in which direction they may move, and who approves.

    `day` belongs to the clock `yearly`. `up: any_time` promotes between reviews as well; `down`
    demotes at the review, only on the partner's request, or never.
    """

    clock: Clock
    day: MonthDay | None = None
    up: Literal["any_time", "review"] = "any_time"
    down: Literal["review", "request", "never"] = "review"
    cure: Cure | None = None
    approve: StrictBool = False

    @model_validator(mode="after")
    def _day_of_the_year(self) -> "Review":
        if (self.clock == "yearly") != (self.day is not None):
            raise ValueError(_("the clock yearly, and only that, has a day such as 03-31"))
        return self


class Axis(Base):
    """Levels that belong together: on a ladder a partner holds one, of a set each for itself."""

    title: Text | None = None
    kind: AxisKind = "ladder"
    levels: dict[Code, Level]
    review: Review | None = None

    @model_validator(mode="before")
    @classmethod
    def _ranks_by_order(cls, values: Any) -> Any:
        return ranked(values, "levels")

    @field_validator("levels")
    @classmethod
    def _distinct_ranks(cls, levels: dict[str, Level]) -> dict[str, Level]:
        return by_rank(levels, _NO_LEVEL, _SAME_RANK)


class PartnerType(Base):
    """A set of rules for one kind of partner: its tiers, from the lowest up, and further axes.

    `inherit` says whether a company also counts what its family holds: `best_child` takes the best
    level of the companies below it, `from_parent` that of the company above. `onboarding` is what a
    new partner does first.
    """

    title: Text | None = None
    was: Code | None = None
    summary: Text | None = None
    max_months: Months | None = None
    then: Code | None = None
    inherit: Inherit | None = None
    review: Review | None = None
    tiers: dict[Code, Level]
    axes: dict[Code, Axis] = {}
    onboarding: Onboarding | None = None

    @model_validator(mode="before")
    @classmethod
    def _ranks_by_order(cls, values: Any) -> Any:
        return ranked(values, "tiers")

    @field_validator("tiers")
    @classmethod
    def _distinct_ranks(cls, tiers: dict[str, Level]) -> dict[str, Level]:
        return by_rank(tiers, _NO_TIER, _SAME_TIER)

    @field_validator("axes")
    @classmethod
    def _tier_is_taken(cls, axes: dict[str, Axis]) -> dict[str, Axis]:
        if TIER in axes:
            raise ValueError(_("the axis tier stands under tiers; give this one another code"))
        return axes

    def axis_codes(self) -> Iterator[str]:
        """The axes of the type, the tiers first."""
        yield TIER
        yield from self.axes

    def levels_of(self, axis: str) -> dict[str, Level]:
        """The levels of an axis, the lowest first; none where the type has no such axis."""
        if axis == TIER:
            return self.tiers
        found = self.axes.get(axis)
        return found.levels if found else {}

    def kind_of(self, axis: str) -> AxisKind:
        """Whether the axis is a ladder or a set."""
        return "ladder" if axis == TIER else self.axes[axis].kind

    def review_of(self, axis: str) -> Review | None:
        """The axis' own review, else the type's; None: nobody reviews it."""
        own = self.axes[axis].review if axis in self.axes else None
        return own or self.review

    def axis_of(self, level: str) -> str | None:
        """The axis on which a level stands: codes are unique within a type."""
        return next((axis for axis in self.axis_codes() if level in self.levels_of(axis)), None)

    def level_title(self, level: str) -> str:
        """A level's title, or its code as words."""
        axis = self.axis_of(level)
        found = self.levels_of(axis)[level].title if axis else None
        return found or words_of(level)

    def axis_title(self, axis: str) -> str:
        """An axis' title, or its code as words."""
        found = self.axes[axis].title if axis in self.axes else None
        return found or words_of(axis)


def ranked(values: Any, key: str) -> Any:
    """Values with the rank written out where the order of the levels says it."""
    levels = values.get(key) if isinstance(values, dict) else None
    if not isinstance(levels, dict):
        return values
    filled = {
        code: {"rank": place, **level} if isinstance(level, dict) else level
        for place, (code, level) in enumerate(levels.items(), start=1)
    }
    return {**values, key: filled}


def by_rank(levels: dict[str, Level], empty: Any, twice: Any) -> dict[str, Level]:
    """The levels in the order of their ranks; ValueError if there are none or two of one rank."""
    if not levels:
        raise ValueError(str(empty))
    if len({level.rank for level in levels.values()}) < len(levels):
        raise ValueError(str(twice))
    return dict(sorted(levels.items(), key=lambda item: item[1].rank))
