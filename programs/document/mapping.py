"""Which code stands for one that a newer document no longer has."""

from typing import Annotated

from pydantic import Field

from programs.fields import Base, Code

LevelRef = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}\.[a-z0-9][a-z0-9_.-]{0,59}$")
]  # type.level


class CodeMapping(Base):
    """Old code to new code, per section; levels as `type.level`."""

    metrics: dict[Code, Code] = {}
    attestations: dict[Code, Code] = {}
    addenda: dict[Code, Code] = {}
    tracks: dict[Code, Code] = {}
    products: dict[Code, Code] = {}
    benefits: dict[Code, Code] = {}
    types: dict[Code, Code] = {}
    levels: dict[LevelRef, LevelRef] = {}
