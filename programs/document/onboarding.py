"""What a new partner of a type does first, and what each step opens."""

from typing import Literal

from django.utils.translation import gettext as _
from pydantic import model_validator

from programs.fields import Base, Code, Codes, Day, Text
from programs.rules.trees import Tree


class Step(Base):
    """A step of the checklist; once done, it stays done.

    `met` is a requirement; without one a person ticks the step, of the partner or of the vendor
    (`who`). Until the step is done `products` are closed for the partner, and it rises neither to
    `levels` of the type nor, on a ladder, to any above them; a level it holds it keeps.
    """

    title: Text
    help: Text | None = None
    link: Text | None = None
    who: Literal["partner", "vendor"] = "partner"
    met: Tree | None = None
    products: Codes | None = None
    levels: Codes | None = None


class Onboarding(Base):
    """The checklist of a type, asked of partners that join it on or after `joined_from`."""

    joined_from: Day
    steps: dict[Code, Step]

    @model_validator(mode="after")
    def _some_step(self) -> "Onboarding":
        if not self.steps:
            raise ValueError(_("a checklist has at least one step"))
        for code, step in self.steps.items():
            if step.link and not step.link.startswith(("https://", "/")):
                words = _("the link of %(code)s begins with https:// or, in the portal, /")
                raise ValueError(words % {"code": code})
        return self
