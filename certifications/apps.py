from django.apps import AppConfig


class CertificationsConfig(AppConfig):
    name = "certifications"

    def ready(self) -> None:
        from certifications import words
        from certifications.rules import people_facts
        from partners.visibility import earned_with_us
        from programs.gathering import register_source
        from tenants.scope import register_visibility

        register_visibility(
            "certifications.Certificate", lambda scope: earned_with_us(scope, "earned_on")
        )
        register_visibility(
            "certifications.Result", lambda scope: earned_with_us(scope, "passed_on")
        )
        register_source("people", people_facts, precedence=10)
        words.register()
