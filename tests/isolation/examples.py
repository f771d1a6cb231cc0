"""An example for every parameter of every route: whose row, and what of it stands there."""

from __future__ import annotations

from tests.isolation.owners import Owner, World
from tests.isolation.walk import Example, Route


def ref(label: str) -> Example:
    return lambda world, owner: world.get(label, owner).ref


def constant(value: str) -> Example:
    return lambda world, owner: value


def admin_row(route: str) -> Example | None:
    """Every admin page of one object takes the owner's row of that model by its id."""
    from django.apps import apps

    for model in apps.get_models():
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if route.startswith(stem):
            return lambda world, owner: world.get(model._meta.label, owner).ref
    return None


class Examples(dict[str, Example]):
    """Named examples first, then the admin's rule for ``object_id``."""

    def get(self, key: str, default: Example | None = None) -> Example | None:  # type: ignore[override]
        found = super().get(key)
        if found is None and key.startswith("admin:") and key.endswith(" object_id"):
            return admin_row(key.removesuffix(" object_id"))
        if found is None and key.startswith("admin:") and key.endswith("_button button"):
            return constant("no-such-button")
        if found is None and key.startswith("api-") and key.endswith(" id"):
            return api_row(key.removesuffix(" id"))
        return found or default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None


API_ROWS = {
    "accounts": "deals.Account",
    "agreements": "partners.Agreement",
    "alerts": "alerts.Alert",
    "applications": "partners.Application",
    "attestations": "partners.Attestation",
    "authorizations": "licensing.Authorization",
    "benefits": "reviews.Grant",
    "case": "scorecards.CaseReason",
    "cases": "scorecards.Case",
    "certificates": "certifications.Certificate",
    "class-changes": "licensing.ClassChange",
    "co-sell-requests": "deals.CoSellRequest",
    "custom-fields": "partners.CustomField",
    "customer-moves": "licensing.CustomerMove",
    "customers": "partners.Customer",
    "deployments": "licensing.Deployment",
    "events": "tenants.Event",
    "facts": "partners.Fact",
    "imports": "tenants.ImportJob",
    "interactions": "partners.Interaction",
    "level": "reviews.LevelRequest",
    "overrides": "licensing.Override",
    "partner-merges": "licensing.PartnerMerge",
    "partners": "partners.Partner",
    "people": "partners.Employment",
    "products": "programs.Product",
    "records": "partners.Record",
    "registrations": "deals.Registration",
    "renewals": "deals.Renewal",
    "program": "programs.ProgramVersion",
    "reservations": "licensing.Reservation",
    "service": "partners.ServiceContract",
    "sharing-choices": "partners.SharingChoice",
    "reviews": "reviews.ReviewOutcome",
    "enrolments": "certifications.CourseEnrolment",
    "results": "certifications.Result",
    "tasks": "partners.Task",
    "tracks": "programs.Track",
    "webhooks": "alerts.WebhookEndpoint",
    "webhook": "alerts.WebhookMessage",
}


def api_row(route: str) -> Example | None:
    """Every API address of one resource takes the owner's row by its public id."""
    fitting = [noun for noun in API_ROWS if route.startswith(f"api-{noun}-")]
    return ref(API_ROWS[max(fitting, key=len)]) if fitting else None


EXAMPLES: dict[str, Example] = Examples(
    {
        "admin:(unnamed <path:object_id>/) object_id": constant("1"),
        "admin:app_list app_label": constant("partners"),
        "admin:tenants_importjob_empty kind": constant("people"),
        "admin:programs_programversion_draft_place place": constant("tracks/deploy"),
        "alerts:feed token": lambda world, owner: f"{owner.canary}-feed",
        "alerts:stop token": constant("nobody-signed-this"),
        "alerts:read ref": ref("alerts.Notification"),
        "certifications:certificate ref": ref("certifications.Certificate"),
        "certifications:paper ref": ref("certifications.Certificate"),
        "certifications:person ref": ref("tenants.Person"),
        "certifications:result_document ref": ref("certifications.Result"),
        "certifications:enrol ref": ref("tenants.Person"),
        "certifications:enrolment ref": ref("certifications.CourseEnrolment"),
        "certifications:verify_number number": lambda world, owner: (
            world.get("certifications.Certificate", owner).number
        ),
        **{
            f"deals:{name} ref": ref("deals.Registration")
            for name in (
                "appeal",
                "approve",
                "end",
                "evidence",
                "extend",
                "lose",
                "redraft",
                "refuse",
                "registration",
                "reverse",
                "transfer",
                "win",
                "withdraw",
            )
        },
        "deals:account ref": ref("deals.Account"),
        "deals:at_customer customer": ref("partners.Customer"),
        "deals:co_sell ref": ref("deals.CoSellRequest"),
        **{
            f"deals:co_sell_{name} ref": ref("deals.CoSellRequest")
            for name in (
                "accept",
                "book",
                "cancel",
                "decline",
                "finish",
                "join",
                "plan",
                "start",
            )
        },
        "deals:co_sell_leave ref": ref("deals.CoSellPerson"),
        "deals:co_sell_release ref": ref("deals.EngineerBooking"),
        "deals:redraft policy": constant("engagement"),
        "deals:register policy": constant("engagement"),
        "deals:plan ref": ref("deals.Renewal"),
        "deals:renewal ref": ref("deals.Renewal"),
        "deals:settle ref": ref("deals.Renewal"),
        "invitation token": constant("no-such-token"),
        "licensing:at_customer customer": ref("partners.Customer"),
        "licensing:authorization ref": ref("licensing.Authorization"),
        "licensing:break_glass code": constant("shield"),
        "licensing:class_change ref": ref("licensing.ClassChange"),
        "licensing:exception ref": ref("licensing.Override"),
        "licensing:lower_classes customer": ref("partners.Customer"),
        "licensing:merge_customer customer": ref("partners.Customer"),
        "licensing:product code": constant("shield"),
        "licensing:seats code": constant("shield"),
        "licensing:seats customer": ref("partners.Customer"),
        "licensing:settle ref": ref("licensing.Reservation"),
        "mfa_edit_webauthn pk": constant("1"),
        "mfa_remove_webauthn pk": constant("1"),
        "partners:application_document ref": ref("partners.Application"),
        "partners:application_document code": constant("motto"),
        "partners:apply_continue token": constant("no-such-token"),
        "partners:assignment_end ref": ref("partners.PortfolioEntry"),
        "partners:attestation ref": ref("partners.Attestation"),
        "partners:attestation_document ref": ref("partners.Attestation"),
        "partners:attestation_submit code": constant("plan"),
        "partners:onboarding_of ref": ref("partners.Partner"),
        "partners:onboarding_tick ref": ref("partners.Partner"),
        "partners:onboarding_tick type": constant("msp"),
        "partners:onboarding_tick code": constant("start"),
        "partners:partner_figures ref": ref("partners.Partner"),
        "partners:contract ref": ref("partners.ServiceContract"),
        "partners:contract_add ref": ref("partners.Customer"),
        "partners:contract_change ref": ref("partners.ServiceContract"),
        "partners:contract_end ref": ref("partners.ServiceContract"),
        "partners:contracts_of ref": ref("partners.Partner"),
        "partners:customer_contracts ref": ref("partners.Customer"),
        "partners:customer_sharing ref": ref("partners.Customer"),
        "partners:customer ref": ref("partners.Customer"),
        "partners:customer_attest ref": ref("partners.Customer"),
        "partners:customer_change ref": ref("partners.Customer"),
        "partners:customer_end ref": ref("partners.Customer"),
        "partners:import ref": ref("tenants.ImportJob"),
        "partners:import_decide ref": ref("tenants.ImportJob"),
        "partners:import_errors ref": ref("tenants.ImportJob"),
        "partners:import_template kind": constant("people"),
        "partners:import_upload kind": constant("people"),
        "partners:hand_over_withdraw ref": ref("partners.HandOver"),
        "partners:interaction_add ref": ref("partners.Partner"),
        "partners:interaction_change ref": ref("partners.Interaction"),
        "partners:log ref": ref("partners.Partner"),
        "partners:member_end ref": ref("tenants.Membership"),
        "partners:person_change ref": ref("partners.Employment"),
        "partners:person_end ref": ref("partners.Employment"),
        "partners:task ref": ref("partners.Task"),
        "partners:task_add ref": ref("partners.Partner"),
        "partners:task_change ref": ref("partners.Task"),
        "partners:task_settle ref": ref("partners.Task"),
        "partners:view_start ref": ref("partners.Partner"),
        "partners:take_out_file ref": ref("partners.TakeOut"),
        "reviews:answer ref": ref("reviews.LevelRequest"),
        "reviews:ask ref": ref("partners.Partner"),
        "reviews:levels ref": ref("partners.Partner"),
        "reviews:outcome ref": ref("reviews.ReviewOutcome"),
        "reviews:withdraw ref": ref("reviews.LevelRequest"),
        "scorecards:case_settle ref": ref("scorecards.Case"),
        "scorecards:partner partner_ref": ref("partners.Partner"),
        "scorecards:partner_runway partner_ref": ref("partners.Partner"),
        "switch ref": ref("tenants.Membership"),
        # Sign-in: keys that only a mail carries; anything else is refused alike.
        "account_confirm_email key": constant("no-such-key"),
        "account_reset_password_from_key uidb36": constant("1"),
        "account_reset_password_from_key key": constant("no-such-key"),
        "admin:(unnamed (?P<url>.*)$) url": constant("nowhere/"),
    }
)


def allowed(route: Route, owner: Owner, canary: str) -> bool:
    """What anybody may meet: the public page of one certificate names its holder, and whoever has a
    calendar's secret address reads what its owner may see."""
    if route.name == "alerts:feed":
        return canary in {owner.canary, Owner(owner.vendor, 0).canary}
    return route.name == "certifications:verify_number" and canary == owner.canary


__all__ = ["EXAMPLES", "World", "allowed"]
