from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"

    def ready(self) -> None:
        from partners import visibility
        from tenants.scope import register_visibility

        register_visibility("tenants.Person", visibility.person_visible)
        register_visibility("partners.Partner", visibility.partner_visible)
