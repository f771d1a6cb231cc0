from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LicensingConfig(AppConfig):
    name = "licensing"

    def ready(self) -> None:
        from alerts.webhook_bodies import register_webhook_values
        from licensing import alert_words, replay_command, seats
        from licensing.actions.telling import PUSHED
        from licensing.words import EVENT_WORDS, LOOKS, SENTENCES
        from partners.sentences import register_sentences
        from programs.gathering import register_deployments, register_source
        from programs.subcommands import register_subcommand
        from programs.usage import register_usage
        from tenants.labels import register_event_words

        # Our own rows before imported values; a known zero only where nobody knows more.
        register_source("metrics", seats.deployed_seats, precedence=10)
        register_source("metrics", seats.nothing_deployed, precedence=-10)
        register_deployments(seats.running)
        register_usage("products", seats.in_use)
        register_subcommand(
            "replay", replay_command.HELP, replay_command.configure, replay_command.run
        )
        register_event_words(EVENT_WORDS, _("Licences"))
        register_sentences(SENTENCES, LOOKS)
        register_webhook_values(PUSHED)
        alert_words.register()
        self._navigation()

    def _navigation(self) -> None:
        from licensing.views import waiting
        from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, capabilities_of
        from web.context import register_navigation

        register_navigation(
            "",
            _("Licences"),
            "licensing:list",
            "license",
            order=30,
            roles=PARTNER_ROLES,
            count=waiting,
            key="l",
            urgent=True,
            also_active=(
                "licensing:product",
                "licensing:seats",
                "licensing:authorization",
                "licensing:break_glass",
                "licensing:lower_classes",
                "licensing:merge_customer",
            ),
        )
        register_navigation(
            _("Program"),
            _("Exceptions"),
            "licensing:exceptions",
            "key",
            order=120,
            roles=[role for role in STAFF_ROLES if "exceptions.read" in capabilities_of(role)],
            key="x",
            also_active=("licensing:exception",),
        )
