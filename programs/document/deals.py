"""What partners may register, what that protects and for how long, and when they get an answer."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

from programs.fields import (
    NOT_STATED,
    Base,
    Code,
    Codes,
    Count,
    Country,
    Months,
    NotStated,
    Number,
    Text,
)
from programs.rules.quantity import ByGroup
from programs.rules.trees import Tree
from web.codes import words_of

DealKind = Literal["engagement", "expansion", "renegotiation", "renewal", "transactional"]
DealObject = Literal["family", "product", "opportunity"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PURSUED: frozenset[DealKind] = frozenset({"engagement", "expansion", "transactional"})
"""Kinds that are worked on for a time; renewals and renegotiations run with their contract."""

Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
SomeDays = Annotated[int, Field(strict=True, ge=1, le=3650)]
GrantMonths = Annotated[int, Field(strict=True, ge=1, le=36)]

_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


def _time(value: Any) -> Any:
    """`09:00`; `24:00` is the end of the day."""
    text = value if isinstance(value, str) else ""
    hours, colon, minutes = text.partition(":")
    fits = colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal()
    if fits and text.isascii() and int(minutes) < 60 and text <= "24:00":
        return text
    raise PydanticCustomError("time", _("{value} is not a time of the day"), {"value": str(value)})


Time = Annotated[
    str,
    BeforeValidator(_time, json_schema_input_type=Annotated[str, Field(pattern=_TIME)]),
]


def _amount(value: Any) -> str:
    if isinstance(value, dict | ByGroup):
        return "<by_group>"
    return "<not_stated>" if value == NOT_STATED else "<number>"


Amount = Annotated[
    Annotated[Number, Tag("<number>")]
    | Annotated[NotStated, Tag("<not_stated>")]
    | Annotated[ByGroup, Tag("<by_group>")],
    Discriminator(_amount),
]


class BusinessHours(Base):
    """When answers are owed, in the vendor's time zone: the hours of its working days.

    `holidays` is the country whose public holidays are no working days.
    """

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS[:5]
    opens: Time = "09:00"
    closes: Time = "17:00"
    holidays: Country | None = None

    @field_validator("weekdays")
    @classmethod
    def _each_day_once(cls, days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if len(set(days)) < len(days):
            raise ValueError(_("write each day once"))
        return days

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "BusinessHours":
        if self.closes <= self.opens:
            raise ValueError(_("closes is later than opens"))
        return self


class Incumbency(Base):
    """Who counts as serving a customer: seats billed there in one of the last closed `months`.

    Lost after so many days without a seat; also by the customer's letter and by leaving the
    program.
    """

    months: Months = 2
    lost_after_zero_days: SomeDays = 60


class Extend(Base):
    """More time to win the customer, so many `times`. With `evidence` only against a sign of
    activity."""

    days: SomeDays | NotStated
    times: Count = 1
    evidence: bool = True


class Pursuit(Base):
    """How long a partner works for the customer undisturbed; it lapses by itself.

    Where the `days` are not stated, whoever approves says until when.
    """

    days: SomeDays | NotStated
    extend: Extend | None = None
    notice_days: Days = 14

    @model_validator(mode="after")
    def _notice_within(self) -> "Pursuit":
        if self.days != NOT_STATED and self.notice_days >= self.days:
            raise ValueError(_("notice_days is less than the days of the pursuit"))
        return self


class Protect(Base):
    """What a won engagement gets: its service contract's time and a tail, at most `max_months`.

    It begins once a contract is linked and the first seat runs, which is to be within
    `first_seat_within_days` of winning, and ends early after `zero_seat_days` without a seat.
    """

    tail_days: Days = 0
    max_months: GrantMonths = 36
    first_seat_within_days: SomeDays | None = None
    zero_seat_days: SomeDays = 60


class Minimum(Base):
    """What it has to be worth; one of the given is enough. `list_value` is in the program's
    currency, per country group of the customer where it differs."""

    seats: Count | None = None
    list_value: Amount | None = None
    products: Codes | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> "Minimum":
        if self.seats is None and self.list_value is None and self.products is None:
            raise ValueError(_("give seats, list_value or products"))
        return self


class Answer(Base):
    """How soon a registration is decided, and what happens if nobody does.

    `approve_if_clear` approves where nothing conflicts and all conditions are met, and escalates
    otherwise.
    """

    business_hours: Annotated[int, Field(strict=True, ge=1, le=1000)] = 16
    missed: Literal["approve_if_clear", "escalate"] = "escalate"


class Prices(Base):
    """The price class of whoever is registered, and that of everybody else; codes of your own."""

    own: Code | None = None
    others: Code | None = None
    reward: Text | None = None

    @model_validator(mode="after")
    def _some_price(self) -> "Prices":
        if self.own is None and self.others is None and self.reward is None:
            raise ValueError(_("give own, others or a reward"))
        return self


class DealPolicy(Base):
    """The rules of one kind of registration.

    `object` is what one partner alone has at a company: a product family, a product or this one
    opportunity. `needs` is asked of the partner, `states` are sentences it confirms.
    """

    title: Text | None = None
    kind: DealKind
    types: Codes | None = None
    object: DealObject = "family"
    only: Literal["incumbent"] | None = None
    minimum: Minimum | None = None
    states: dict[Code, Text] = {}
    quiet_months: Months | None = None
    earliest_month: Months | None = None
    per_account: Count | None = None
    pursuit: Pursuit | None = None
    protect: Protect | None = None
    answer: Answer = Answer()
    appeal_days: Days = 10
    cool_off_days: Days = 0
    prices: Prices | None = None
    needs: Tree | None = None


class CoSell(Base):
    """Working on a deal together with the vendor's own people, asked for by the partner.

    Advanced co-sell opens with `advanced_needs`, asked of the partner, or with `advanced_benefit`
    of one of its levels; either is enough. Where neither is given there is none.
    """

    answer_hours: Annotated[int, Field(strict=True, ge=1, le=1000)] = 16
    advanced_benefit: Code | None = None
    advanced_needs: Tree | None = None


class Deals(Base):
    """What partners may register, each kind with its policy, and the clock of the answers."""

    policies: dict[Code, DealPolicy]
    hours: BusinessHours = BusinessHours()
    prechecks_per_day: Annotated[int, Field(strict=True, ge=0, le=1000)] = 20
    incumbency: Incumbency = Incumbency()
    co_sell: CoSell | None = None

    @field_validator("policies")
    @classmethod
    def _some_policy(cls, policies: dict[str, DealPolicy]) -> dict[str, DealPolicy]:
        if not policies:
            raise ValueError(_("there is at least one policy"))
        return policies

    def title_of(self, code: str) -> str:
        """A policy's title, or its code as words, also of one that went."""
        found = self.policies.get(code)
        return (found.title if found else None) or words_of(code)
