from django.apps import AppConfig


class CertificationsConfig(AppConfig):
    name = "certifications"

    def ready(self) -> None:
        from partners.visibility import earned_with_us
        from tenants.scope import register_visibility

        register_visibility(
            "certifications.Certificate", lambda scope: earned_with_us(scope, "earned_on")
        )
        register_visibility(
            "certifications.Result", lambda scope: earned_with_us(scope, "passed_on")
        )
