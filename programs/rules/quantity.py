"""`Quantity`: a number that a rule compares with, the same for everybody or for each partner."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from django.utils.translation import gettext as _
from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    RootModel,
    Tag,
    model_validator,
)

from programs.errors import Problem
from programs.fields import NOT_STATED, Base, Code, NotStated, Number
from programs.rules.base import Path, Problems, not_stated_reason
from programs.rules.case import Case
from programs.rules.outcome import plain

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.rules.readers import Reader

Value = Decimal | None  # None is unknown


class Times(Base):
    """A group's value as a multiple of the `otherwise` beside it."""

    times: Annotated[Number, Field(ge=0)]


def _share(value: Any) -> str:
    if isinstance(value, dict | Times):
        return "<times>"
    return "<not_stated>" if isinstance(value, str) else "<number>"


Share = Annotated[
    Annotated[Number, Tag("<number>")]
    | Annotated[NotStated, Tag("<not_stated>")]
    | Annotated[Times, Tag("<times>")],
    Discriminator(_share),
]


class Form(Base):
    """One way to say a number; `bind` looks up once what it refers to."""

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the references; returns those that lead nowhere."""
        raise NotImplementedError

    def words(self) -> str:
        """The number as a phrase."""
        raise NotImplementedError

    def value(self, case: Case) -> Value:
        """The number for the partner of the case; None is unknown."""
        raise NotImplementedError

    def why(self, case: Case) -> str:
        """Why it is unknown."""
        raise NotImplementedError

    def bounds(self) -> tuple[Value, Value]:
        """The least and the most it can be for any partner; None is open."""
        raise NotImplementedError

    def turns(self, case: Case) -> Iterable[date]:
        """Days on which it may change though nobody acts."""
        return ()


class ByGroup(Form):
    """`{by_group: {tier1: 300, tier2: {times: 0.5}}, otherwise: 200}`: by the country group."""

    by_group: Annotated[dict[Code, Share], Field(min_length=1)]
    otherwise: Number | NotStated | None = None

    _by_country: dict[str, Value] = PrivateAttr()
    _otherwise: Value = PrivateAttr()

    @model_validator(mode="after")
    def _multiple_of_something(self) -> "ByGroup":
        if self.otherwise is None and any(isinstance(s, Times) for s in self.by_group.values()):
            raise ValueError(_("times multiplies otherwise: give otherwise, too"))
        return self

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        problems: Problems = []
        self.__dict__.pop("_values", None)
        self._otherwise = self.otherwise if isinstance(self.otherwise, Decimal) else None
        self._by_country = {}
        for group, share in self.by_group.items():
            if group not in document.country_groups:
                problems += document.missing("country_groups", group, (*path, "by_group", group))
            value = self._of(share)
            countries = document.country_groups.get(group, ())
            self._by_country |= dict.fromkeys(countries, value)
        return problems

    def _of(self, share: Decimal | NotStated | Times) -> Value:
        if isinstance(share, Times):
            return None if self._otherwise is None else self._otherwise * share.times
        return share if isinstance(share, Decimal) else None

    def words(self) -> str:
        shares = [
            _("%(number)s in %(group)s") % {"number": _shown(self._of(share)), "group": group}
            for group, share in self.by_group.items()
        ]
        if self.otherwise is not None:
            shares.append(_("otherwise %(number)s") % {"number": _shown(self._otherwise)})
        return ", ".join(shares)

    def value(self, case: Case) -> Value:
        return self.for_country(case.facts.country)

    def for_country(self, country: str) -> Value:
        """The number in a country; None where it is not stated, or no country is known."""
        return self._values.get(country, self._values[""]) if country else None

    @cached_property
    def _values(self) -> dict[str, Value]:
        """By country, and for every other one under the empty code."""
        return {**self._by_country, "": self._otherwise}

    def why(self, case: Case) -> str:
        country = case.facts.country
        if not country:
            return _("the partner's country is not known")
        if self.otherwise is None and country not in self._by_country:
            return _("the program does not state this value for %(country)s") % {"country": country}
        return not_stated_reason()

    def bounds(self) -> tuple[Value, Value]:
        values = [*map(self._of, self.by_group.values())]
        values += [self._otherwise] if self.otherwise is not None else []
        known = [value for value in values if value is not None]
        return (min(known), max(known)) if known else (None, None)


class Agreed(Form):
    """`{agreed: arr_target, from: 100000, to: 500000}`: agreed with each partner, in a range."""

    agreed: Code
    from_: Number | None = Field(None, alias="from")
    to: Number | None = None

    @model_validator(mode="after")
    def _range(self) -> "Agreed":
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError(_("to is less than from"))
        return self

    @property
    def name(self) -> str:
        """The code made readable."""
        return self.agreed.replace("_", " ").replace("-", " ")

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return []

    def words(self) -> str:
        said = {"name": self.name, "range": self.range}
        if not self.range:
            return _("the agreed %(name)s") % said
        return _("the agreed %(name)s (%(range)s)") % said

    @property
    def range(self) -> str:
        """`from 100,000 to 500,000`; empty where any number may be agreed."""
        said = {"least": _shown(self.from_), "most": _shown(self.to)}
        if self.from_ is None and self.to is None:
            return ""
        if self.to is None:
            return _("from %(least)s") % said
        if self.from_ is None:
            return _("to %(most)s") % said
        return _("from %(least)s to %(most)s") % said

    def allows(self, value: Decimal) -> bool:
        """Whether a value may be agreed: it lies in the range."""
        return (self.from_ is None or self.from_ <= value) and (self.to is None or value <= self.to)

    def value(self, case: Case) -> Value:
        value = case.facts.agreed.get(self.agreed)
        return value if value is not None and self.allows(value) else None

    def why(self, case: Case) -> str:
        value = case.facts.agreed.get(self.agreed)
        if value is None:
            return _("the %(name)s has not been agreed with this partner") % {"name": self.name}
        return _("%(number)s was agreed, which is not in the range of %(range)s") % {
            "number": _shown(value), "range": self.words(),
        }  # fmt: skip

    def bounds(self) -> tuple[Value, Value]:
        return self.from_, self.to


class Per(Form):
    """`{per: seats, each: 1000, at_least: 1, at_most: 10}`: one for each begun 1,000."""

    per: Code
    each: Annotated[Number, Field(gt=0)]
    at_least: Number | None = None
    at_most: Number | None = None

    _reader: "Reader" = PrivateAttr()

    @model_validator(mode="after")
    def _range(self) -> "Per":
        if None not in (self.at_least, self.at_most) and self.at_most < self.at_least:  # type: ignore[operator]
            raise ValueError(_("at_most is less than at_least"))
        return self

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        found = document.metrics.get(self.per)
        if found is None:
            return document.missing("metrics", self.per, (*path, "per"))
        self._reader = found.reader(document, self.per)
        return []

    def words(self) -> str:
        each = {"each": _shown(self.each), "title": self._reader.title}
        words = [_("1 for each %(each)s %(title)s") % each]
        if self.at_least is not None:
            words.append(_("at least %(number)s") % {"number": _shown(self.at_least)})
        if self.at_most is not None:
            words.append(_("at most %(number)s") % {"number": _shown(self.at_most)})
        return ", ".join(words)

    def value(self, case: Case) -> Value:
        amount = self._reader.value(case)
        if amount is None:
            return None
        full, rest = divmod(amount, self.each)
        begun = full + 1 if rest > 0 else full
        if self.at_least is not None and begun < self.at_least:
            return self.at_least
        return begun if self.at_most is None else min(begun, self.at_most)

    def why(self, case: Case) -> str:
        return self._reader.answer(case).why

    def bounds(self) -> tuple[Value, Value]:
        return self.at_least, self.at_most

    def turns(self, case: Case) -> Iterable[date]:
        return self._reader.turns(case)


_FORMS: dict[str, type[Form]] = {"by_group": ByGroup, "agreed": Agreed, "per": Per}


def _form(value: Any) -> str:
    """The tag of the form that a plain value or an object is."""
    if isinstance(value, Form):
        return next(f"<{key}>" for key, form in _FORMS.items() if type(value) is form)
    if isinstance(value, dict):
        return next((f"<{key}>" for key in _FORMS if key in value), "<by_group>")
    return "<not_stated>" if value == NOT_STATED else "<number>"


class Quantity(
    RootModel[
        Annotated[
            Annotated[Number, Tag("<number>")]
            | Annotated[NotStated, Tag("<not_stated>")]
            | Annotated[ByGroup, Tag("<by_group>")]
            | Annotated[Agreed, Tag("<agreed>")]
            | Annotated[Per, Tag("<per>")],
            Discriminator(_form),
        ]
    ]
):
    """A number, `not_stated`, or one by country group, agreed, or for each so many of a metric.

    `bind` once with the document; then `value(case)` for any partner, None where it is unknown,
    and `why(case)` says why. `fixed` is the number where it is the same for everybody, `bounds()`
    the least and the most it can be.
    """

    model_config = ConfigDict(frozen=True)

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        """Resolve the references; returns those that lead nowhere."""
        return self.root.bind(document, path) if isinstance(self.root, Form) else []

    @property
    def fixed(self) -> Value:
        """The number where every partner has the same; None otherwise."""
        return self.root if isinstance(self.root, Decimal) else None

    @property
    def stated(self) -> bool:
        """Whether the program says anything at all."""
        return self.root != NOT_STATED

    def words(self) -> str:
        """`25`, `300 in tier1, otherwise 200`, `the agreed arr target (from 1 to 5)`."""
        if isinstance(self.root, Form):
            return self.root.words()
        return _shown(self.fixed)

    def value(self, case: Case) -> Value:
        """The number for the partner of the case; None is unknown."""
        root = self.root
        if isinstance(root, Decimal):
            return root
        return root.value(case) if isinstance(root, Form) else None

    def why(self, case: Case) -> str:
        """Why the value is unknown; only asked where it is."""
        return self.root.why(case) if isinstance(self.root, Form) else not_stated_reason()

    def turns(self, case: Case) -> Iterable[date]:
        """Days on which the value may change though nobody acts."""
        return self.root.turns(case) if isinstance(self.root, Form) else ()

    def bounds(self) -> tuple[Value, Value]:
        """The least and the most it can be for any partner where known; None is open."""
        if isinstance(self.root, Form):
            return self.root.bounds()
        return self.fixed, self.fixed


def at_least_one(quantity: Quantity, path: Path) -> Problems:
    """A count of people or things: whole and 1 or more where it is written out."""
    fixed = quantity.fixed
    if fixed is None or (fixed >= 1 and fixed == int(fixed)):
        return []
    return [
        (path, Problem("count", "", _("a count is a whole number from 1"), remedy=_("Write 1")))
    ]


def _shown(value: Value) -> str:
    return _("a value that is not stated") if value is None else f"{plain(value):,}"
