from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Vendor")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenants import checks, event_words, labels, shell  # noqa: F401  registers the system checks

        shell.register()
        labels.register_event_words(event_words.WORDS, _("People, settings and imports"))
