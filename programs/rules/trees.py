"""`all`, `any`, `at_least`, and the one list of primitives that a tree may hold."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, get_args

from django.utils.translation import gettext as _
from pydantic import (
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from programs.errors import ProgramError
from programs.fields import Base, Count
from programs.rules.base import Path, Problems, Requirement
from programs.rules.case import Case
from programs.rules.choices import ByCountry, Change, Not, Phased, Sets
from programs.rules.facts import Facts
from programs.rules.held import HeldBefore, InCountry, OnDay, PartnerFor
from programs.rules.leaves import Addendum, Agreement, Attestation
from programs.rules.metrics import Metric
from programs.rules.outcome import Node, Truth, at_least, outcome_of, until_of
from programs.rules.people import People
from programs.rules.points import Part
from programs.rules.score import Points, Route, Score

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


class Group(Requirement):
    """Shared by the three connectives: so many of the children must pass."""

    @property
    def children(self) -> Sequence["Requirement"]:
        """The requirements inside, in the document's order."""
        raise NotImplementedError

    @property
    def need(self) -> int:
        """How many of them must pass."""
        raise NotImplementedError

    def child_path(self, index: int) -> Path:
        """Where the child stands below this node."""
        raise NotImplementedError

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        return ((self.child_path(index), child) for index, child in enumerate(self.children))

    def turns(self, case: Case) -> Iterable[date]:
        return (day for child in self.children for day in child.turns(case))

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return [
            problem
            for below, child in self.children_at()
            for problem in child.bind(document, (*path, *below))
        ]

    def holds(self, case: Case) -> Truth:
        return at_least((child.holds(case) for child in self.children), self.need)

    def explain(self, case: Case) -> Node:
        children = tuple(child.explain(case) for child in self.children)
        need = self.need
        truth = at_least((child.truth for child in children), need)
        have = sum(child.outcome == "pass" for child in children)
        short = [child for child in children if child.outcome == "fail"]
        reasons = (reason for child in children for reason in child.unknown)
        return Node(
            kind=type(self).key(),
            outcome=outcome_of(truth),
            words=self.heading or self._phrase([child.words for child in children]),
            id=self.id,
            need=need,
            have=have,
            unit="requirements",
            missing=self._missing(need - have, short) if truth is False else "",
            unknown=tuple(dict.fromkeys(reasons)) if truth is None else (),
            until=until_of(children, need) if truth else None,
            children=children,
        )

    def words(self) -> str:
        return self.heading or self._phrase([child.words() for child in self.children])

    @property
    def heading(self) -> str:
        """What it is called instead of its children's words; empty for no title."""
        return self.title or ""

    def _phrase(self, inside: Sequence[str]) -> str:
        """The requirement in words, from those of its children."""
        raise NotImplementedError

    def _missing(self, gap: int, short: list[Node]) -> str:
        words = [child.missing or child.words for child in short]
        if gap >= len(short):
            return "; ".join(words)
        return _("%(n)s of (%(ways)s)") % {"n": gap, "ways": " | ".join(words)}

    @classmethod
    def key(cls) -> str:
        """The key that names this connective in the document."""
        raise NotImplementedError


class All(Group):
    """`{all: [...]}`; an empty list asks nothing."""

    all: tuple["Tree", ...]

    @property
    def children(self) -> Sequence[Requirement]:
        return self.all

    @property
    def need(self) -> int:
        return len(self.all)

    def child_path(self, index: int) -> Path:
        return "all", index

    def holds(self, case: Case) -> Truth:
        found: Truth = True
        for child in self.all:
            truth = child.holds(case)
            if truth is False:
                return False
            if truth is None:
                found = None
        return found

    def _phrase(self, inside: Sequence[str]) -> str:
        return "; ".join(inside) or _("Nothing is required")

    @classmethod
    def key(cls) -> str:
        return "all"


class AnyOf(Group):
    """`{any: [...]}`."""

    any: tuple["Tree", ...] = Field(min_length=1)

    @property
    def children(self) -> Sequence[Requirement]:
        return self.any

    @property
    def need(self) -> int:
        return 1

    def child_path(self, index: int) -> Path:
        return "any", index

    def holds(self, case: Case) -> Truth:
        found: Truth = False
        for child in self.any:
            truth = child.holds(case)
            if truth:
                return True
            if truth is None:
                found = None
        return found

    def _phrase(self, inside: Sequence[str]) -> str:
        return _("one of (%(ways)s)") % {"ways": " | ".join(inside)}

    @classmethod
    def key(cls) -> str:
        return "any"


class Choice(Base):
    """How many of which requirements."""

    n: Count
    of: tuple["Tree", ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> "Choice":
        if self.n > len(self.of):
            words = _("n is %(n)s, but only %(listed)s are listed under of")
            raise ValueError(words % {"n": self.n, "listed": len(self.of)})
        return self


class AtLeast(Group):
    """`{at_least: {n: 2, of: [...]}}`."""

    at_least: Choice

    @property
    def children(self) -> Sequence[Requirement]:
        return self.at_least.of

    @property
    def need(self) -> int:
        return self.at_least.n

    def child_path(self, index: int) -> Path:
        return "at_least", "of", index

    def _phrase(self, inside: Sequence[str]) -> str:
        return _("%(n)s of (%(ways)s)") % {"n": self.need, "ways": " | ".join(inside)}

    @classmethod
    def key(cls) -> str:
        return "at_least"


def kind_of(value: Any) -> str | None:
    """The tag of the primitive that a mapping or a node is; None if none or several."""
    if isinstance(value, dict):
        named = [key for key in PRIMITIVES if key in value]
        return f"<{named[0]}>" if len(named) == 1 else None
    return next((f"<{key}>" for key, model in PRIMITIVES.items() if isinstance(value, model)), None)


# A new primitive joins here, and nowhere else.
Tree = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AtLeast, Tag("<at_least>")]
    | Annotated[People, Tag("<people>")]
    | Annotated[Metric, Tag("<metric>")]
    | Annotated[Attestation, Tag("<attestation>")]
    | Annotated[Agreement, Tag("<agreement>")]
    | Annotated[Addendum, Tag("<addendum>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[Score, Tag("<score>")]
    | Annotated[HeldBefore, Tag("<held>")]
    | Annotated[PartnerFor, Tag("<partner_for>")]
    | Annotated[OnDay, Tag("<day>")]
    | Annotated[InCountry, Tag("<country>")]
    | Annotated[ByCountry, Tag("<by_country>")]
    | Annotated[Phased, Tag("<phased>")],
    Discriminator(kind_of),
]
PRIMITIVES: dict[str, type[Requirement]] = {
    get_args(option)[1].tag.strip("<>"): get_args(option)[0]
    for option in get_args(get_args(Tree)[0])
}
for _model in (
    Choice, Sets, Change, Part, Route, Points,
    All, AnyOf, AtLeast, Not, ByCountry, Phased, Score,
):  # fmt: skip
    _model.model_rebuild(_types_namespace={"Tree": Tree})
_TREE: TypeAdapter[Any] = TypeAdapter(Tree)

NOTHING = All(all=())  # asks nothing and passes


def requirement(values: Any, document: "ProgramDocument") -> Requirement:
    """A tree from plain values, bound to a document; ProgramError if it does not fit."""
    from programs.document.problems import located, problems_of  # it explains trees, too
    from programs.document.reading import Source

    source = Source(values, {})
    try:
        tree: Requirement = _TREE.validate_python(values)
    except ValidationError as error:
        raise ProgramError(problems_of(error, source)) from None
    if found := tree.bind(document, ()):
        raise ProgramError(located(found, source))
    return tree


def holds(tree: Requirement, facts: Facts, on: date, *, customer: str | None = None) -> Truth:
    """Whether the partner meets the tree on the day; None is unknown."""
    return tree.holds(Case(facts, on, customer))


def explain(tree: Requirement, facts: Facts, on: date, *, customer: str | None = None) -> Node:
    """The same outcome as `holds`, with every node's reasons."""
    return tree.explain(Case(facts, on, customer))
