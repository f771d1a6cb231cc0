"""The sections `metrics` and `attestations` of the document: what is known of a partner."""

from typing import Annotated

from pydantic import Field

from programs.fields import Base, Months, NotStated, Text

Unit = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{0,30}$")]


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
