from functools import partial
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from programs import library
        from programs.event_kinds import WORDS
        from programs.models import PartnerType, Product, Track
        from programs.openings import open_with_template
        from programs.visibility import version_visible
        from tenants.labels import register_code_names, register_event_words
        from tenants.openings import register_templates
        from tenants.scope import register_visibility

        register_visibility("programs.ProgramVersion", version_visible)
        register_event_words(WORDS, _("Program"))
        register_code_names(
            {
                key: partial(_titles, model)
                for key, model in (
                    ("product", Product),
                    ("products", Product),
                    ("track", Track),
                    ("tracks", Track),
                    ("type", PartnerType),
                    ("partner_type", PartnerType),
                )
            }
        )
        register_templates(library.templates, open_with_template)


def _titles(model: Any) -> dict[str, str]:
    return dict(model.objects.values_list("code", "name"))
