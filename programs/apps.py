from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from programs.event_kinds import WORDS
        from tenants.labels import register_event_words

        register_event_words(WORDS)
