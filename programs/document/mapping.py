"""Which code stands for one that a newer document no longer has."""

from typing import Annotated

from pydantic import Field

from programs.fields import Base, Code

LevelRef = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}\.[a-z0-9][a-z0-9_.-]{0,59}$")
]  # type.level


class CodeMapping(Base):
    """Old code to new code, per section; levels as `type.level`.

    Null says that a code went without a successor, and that nobody loses by it.
    """

    metrics: dict[Code, Code | None] = {}
    attestations: dict[Code, Code | None] = {}
    addenda: dict[Code, Code | None] = {}
    tracks: dict[Code, Code | None] = {}
    products: dict[Code, Code | None] = {}
    families: dict[Code, Code | None] = {}
    benefits: dict[Code, Code | None] = {}
    types: dict[Code, Code | None] = {}
    levels: dict[LevelRef, LevelRef | None] = {}
