from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenants import checks, event_words, labels, shell  # noqa: F401  registers the system checks

        shell.register()
        labels.register_event_words(event_words.WORDS)
