"""What the events of custom fields are called, say, and how a timeline draws them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.sentences import Sentence, Told, changes

WORDS = {
    "field.defined": gettext_lazy("Custom field defined"),
    "field.changed": gettext_lazy("Custom field changed"),
    "field.archived": gettext_lazy("Custom field archived"),
    "field.restored": gettext_lazy("Custom field restored"),
    "field.deleted": gettext_lazy("Custom field deleted"),
    "internal.changed": gettext_lazy("Internal fields changed"),
}


def _field(told: Told) -> str:
    return _("Field “%(code)s”.") % {"code": told.data.get("code", "")}


SENTENCES: dict[str, Sentence] = {
    **dict.fromkeys(WORDS, _field),
    "internal.changed": changes,
}

LOOKS = dict.fromkeys(WORDS, ("forms", "info"))
