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
        register_code_names(
            {
                "axis": _axes,
                "metric": partial(_sections, "metrics"),
                "benefit": partial(_sections, "benefits"),
            }
        )
        register_templates(library.templates, open_with_template)


def _titles(model: Any) -> dict[str, str]:
    return dict(model.objects.values_list("code", "name"))


def _sections(section: str) -> dict[str, str]:
    from programs.compiled import program_or_none
    from tenants.clock import today

    found = program_or_none(today())
    if found is None:
        return {}
    return {
        code: found.document.title_of(section, code) for code in getattr(found.document, section)
    }


def _axes() -> dict[str, str]:
    from programs.compiled import program_or_none
    from programs.document import TIER
    from tenants.clock import today

    found = program_or_none(today())
    kinds = found.document.types.values() if found else ()
    return {axis: kind.axis_title(axis) for kind in kinds for axis in (TIER, *kind.axes)}
