"""Tags of a record as people write them: ``status: launched; size: large``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

MOST_TAGS = 20
MOST_LETTERS = 120  # of a tag's text; what is longer is cut off


def tags_of(text: str) -> dict[str, str]:
    """The tags of a text, one a line or set apart by semicolons; ValueError says what is none."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
        name, mark, said = (piece.strip() for piece in part.partition(":"))
        if not mark or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name) or not said:
            words = _("“%(value)s” is no tag. Write them like: status: launched; size: large")
            raise ValueError(words % {"value": part[:40]})
        found[name] = said[:MOST_LETTERS]
    if len(found) > MOST_TAGS:
        raise ValueError(_("At most %(n)s tags.") % {"n": MOST_TAGS})
    return found


def tags_text(tags: Mapping[str, str]) -> str:
    """The tags as ``tags_of`` reads them, in the order of their names."""
    return "; ".join(f"{name}: {said}" for name, said in sorted(tags.items()))
