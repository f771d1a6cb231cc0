from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

PARTNER_PEOPLE = ("partner_admin", "partner_member")


class PartnersConfig(AppConfig):
    name = "partners"

    def ready(self) -> None:
        from partners import joining_words as joining
        from partners import relation_words, sources, viewing, visibility
        from partners.contract_sentences import SENTENCES as CONTRACTS
        from partners.event_kinds import LOOKS, WORDS
        from partners.sentences import SENTENCES, register_sentences
        from tenants import middleware
        from tenants.event_words import CUSTOM
        from tenants.finding import register_look
        from tenants.labels import (
            register_code_names,
            register_event_words,
            register_partner_names,
        )
        from tenants.scope import register_visibility
        from web.context import register_shell

        register_visibility("tenants.Person", visibility.person_visible)
        register_visibility("partners.Partner", visibility.partner_visible)
        register_visibility("partners.CustomField", visibility.field_visible)
        register_visibility("partners.Task", visibility.task_visible)
        self._facts()
        register_partner_names(sources.partner_names, sources.partners_listed)
        register_code_names({CUSTOM: sources.field_labels})
        register_event_words({**WORDS, **joining.WORDS}, _("Partners and customers"))
        register_sentences(
            {**SENTENCES, **CONTRACTS, **joining.SENTENCES}, {**LOOKS, **joining.LOOKS}
        )
        relation_words.register()
        register_look("", sources.customers_found)
        middleware.descendants_of = sources.descendants_of
        middleware.viewing = viewing
        register_shell(viewing.banner)
        self._imports()
        self._customer_navigation()
        self._company_navigation()
        self._staff_navigation()

    def _facts(self) -> None:
        """What requirements are judged by, and what of a program is in use."""
        from partners import providers, sources
        from partners.requirements import requirement_view
        from programs.gathering import register_partners, register_source
        from programs.trial_page import register_drawing
        from programs.usage import register_usage

        register_partners(sources.active_partners)
        register_drawing(requirement_view)
        register_source("agreements", sources.agreements)
        register_source("attestations", sources.attestations)
        register_source("metrics", sources.metrics)
        register_source("metrics", providers.customer_counts, precedence=10)
        register_source("metrics", providers.tenure, precedence=10)
        register_source("metrics", providers.attested_values, precedence=-5)
        register_source("records", providers.records)
        register_source("agreed", providers.agreed)
        register_source("organisation", providers.organisations)
        register_source("held", sources.held_levels)
        register_source("onboarding", sources.started)
        register_usage("types", sources.types_in_use)
        register_usage("levels", sources.levels_in_use)
        register_usage("metrics", sources.figures_in_use)
        register_usage("attestations", sources.statements_in_use)
        register_usage("addenda", sources.addenda_in_use)

    def _imports(self) -> None:
        from partners import imports

        imports.register()

    def _customer_navigation(self) -> None:
        from web.context import register_navigation

        register_navigation(
            "",
            _("Customers"),
            "partners:customers",
            "building",
            order=50,
            roles=PARTNER_PEOPLE,
            key="c",
            also_active=(
                "partners:customer",
                "partners:customer_add",
                "partners:customer_change",
            ),
        )
        register_navigation(
            "",
            _("Contracts"),
            "partners:contracts",
            "file-text",
            order=52,
            roles=PARTNER_PEOPLE,
            also_active=(
                "partners:contract",
                "partners:contract_add",
                "partners:contract_change",
                "partners:sharing",
            ),
        )

    def _company_navigation(self) -> None:
        from web.context import register_navigation

        register_navigation(
            "",
            _("Our figures"),
            "partners:figures",
            "chart-bar",
            order=55,
            roles=PARTNER_PEOPLE,
            key="f",
            also_active=("partners:attestation_submit",),
        )
        register_navigation(
            "",
            _("Our team"),
            "partners:team",
            "users",
            order=60,
            roles=PARTNER_PEOPLE,
            key="t",
            also_active=(
                "partners:person_add",
                "partners:person_change",
                "partners:person_end",
                "partners:company",
                "partners:company_change",
            ),
        )

    def _staff_navigation(self) -> None:
        from partners.task_pages import waiting_for_me
        from tenants.capabilities import STAFF_ROLES, Role, capabilities_of
        from web.context import register_navigation

        register_navigation(
            "",
            _("Tasks"),
            "partners:tasks",
            "checkbox",
            order=12,
            roles=[role for role in Role if "tasks.settle" in capabilities_of(role)],
            count=waiting_for_me,
            key="o",
            also_active=("partners:task", "partners:task_add", "partners:task_change"),
        )
        register_navigation(
            "",
            _("Data missing"),
            "partners:missing",
            "database-exclamation",
            order=40,
            roles=[role for role in STAFF_ROLES if "portfolio.read" in capabilities_of(role)],
            key="d",
            also_active=("partners:partner_figures", "partners:attestation"),
        )
