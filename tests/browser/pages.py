"""Every page a person can open, by role: smoke tests and pictures both walk this list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.site import Site

LEAD = "Northwind Managed IT"


@dataclass(frozen=True)
class Page:
    """A name for its picture, who opens it, and where it is."""

    name: str
    role: str
    path: str | Callable[[Site], str]

    def where(self, site: Site) -> str:
        return self.path if isinstance(self.path, str) else self.path(site)


PAGES: list[Page] = [
    Page("sign-in", "", "/account/login/"),
    Page("sign-in-code", "", "/account/login/code/"),
    Page("apply", "", "/apply/"),
    Page("apply-msp", "", "/apply/?type=msp"),
    Page("apply-saved", "", "/apply/saved/"),
    Page("verify", "", "/verify/"),
    Page("home", "partner_admin", "/"),
    Page("level", "partner_admin", "/level/"),
    Page("coming", "partner_admin", "/level/coming/"),
    Page("runway", "partner_admin", "/runway/"),
    Page("benefits", "partner_admin", "/benefits/"),
    Page("levels", "partner_admin", lambda site: f"/levels/{site.partner_ref(LEAD)}/"),
    Page("licences", "partner_admin", "/licences/"),
    Page("product", "partner_admin", "/licences/mdr/"),
    Page("break-glass", "partner_admin", "/licences/cspm/break-glass/"),
    Page("certifications", "partner_admin", "/certifications/"),
    Page("certifications-planned", "partner_admin", "/certifications/plan/"),
    Page("certifications-mine", "partner_member", "/certifications/plan/mine/"),
    Page("customers", "partner_admin", "/customers/"),
    Page("customer", "partner_admin", lambda site: f"/customers/{site.customer_ref(LEAD)}/"),
    Page("seats", "partner_admin", lambda site: f"/licences/mdr/seats/{site.customer_ref(LEAD)}/"),
    Page("contracts", "partner_admin", "/contracts/"),
    Page(
        "contract-add",
        "partner_admin",
        lambda site: f"/customers/{site.customer_ref(LEAD)}/contracts/add/",
    ),
    Page("renewals", "partner_admin", "/renewals/"),
    Page("renewals-board", "partner_admin", "/renewals/board/"),
    Page("renewals-cam", "cam", "/renewals/"),
    Page("registrations", "partner_admin", "/registrations/"),
    Page("register-choose", "partner_admin", "/registrations/new/"),
    Page("register", "partner_admin", "/registrations/new/engagement/"),
    Page("registrations-cam", "cam", "/registrations/"),
    Page("registrations-decide", "cam", "/registrations/decide/"),
    Page("accounts", "cam", "/accounts/"),
    Page("pipeline", "partner_admin", "/registrations/pipeline/"),
    Page("pipeline-transactions", "cam", "/registrations/transactions/"),
    Page("co-sell", "partner_admin", "/co-sell/"),
    Page("co-sell-cam", "cam", "/co-sell/"),
    Page("engineers", "cam", "/co-sell/engineers/"),
    Page(
        "co-sell-booked",
        "partner_admin",
        lambda site: f"/co-sell/{site.ref('deals.CoSellRequest', state='planned')}/",
    ),
    Page(
        "co-sell-waiting",
        "cam",
        lambda site: f"/co-sell/{site.ref('deals.CoSellRequest', state='asked')}/",
    ),
    Page(
        "co-sell-declined",
        "cam",
        lambda site: f"/co-sell/{site.ref('deals.CoSellRequest', state='declined')}/",
    ),
    Page(
        "co-sell-book",
        "cam",
        lambda site: f"/co-sell/{site.ref('deals.CoSellRequest', state='planned')}/book/",
    ),
    Page(
        "co-sell-ask",
        "partner_admin",
        lambda site: f"/co-sell/ask/?customer={site.customer_ref(LEAD)}",
    ),
    Page("sharing", "partner_admin", "/contracts/sharing/"),
    Page("take-out", "partner_admin", "/take-out/"),
    Page("viewed", "partner_admin", "/viewing/"),
    Page("tasks-partner", "partner_admin", "/tasks/"),
    Page("team", "partner_admin", "/team/"),
    Page("company", "partner_admin", "/company/"),
    Page("figures", "partner_admin", "/figures/"),
    Page("attestation-submit", "partner_admin", "/figures/business_plan/submit/"),
    Page("notifications", "partner_admin", "/notifications/"),
    Page("mails-calendar", "partner_admin", "/notifications/settings/"),
    Page("security", "partner_admin", "/security/"),
    Page("second-step", "partner_admin", "/security/second-step/"),
    Page("passkeys", "partner_admin", "/account/2fa/webauthn/"),
    Page("invitations", "partner_admin", "/imports/new/invitations/"),
    Page("home-technician", "partner_member", "/"),
    Page("portfolio", "cam", "/portfolio/"),
    Page("partner", "cam", lambda site: f"/portfolio/{site.partner_ref(LEAD)}/"),
    Page("runway-portfolio", "cam", "/portfolio/runway/"),
    Page("runway-partner", "cam", lambda site: f"/portfolio/{site.partner_ref(LEAD)}/runway/"),
    Page("log", "cam", lambda site: f"/log/of/{site.partner_ref(LEAD)}/"),
    Page("interaction-add", "cam", lambda site: f"/log/of/{site.partner_ref(LEAD)}/add/"),
    Page("cases", "cam", "/portfolio/cases/"),
    Page("hand-over", "cam", "/hand-over/"),
    Page("tasks", "cam", "/tasks/"),
    Page("task-add", "cam", lambda site: f"/tasks/of/{site.partner_ref(LEAD)}/add/"),
    Page("contracts-of", "cam", lambda site: f"/contracts/of/{site.partner_ref(LEAD)}/"),
    Page("audit", "examiner", "/audit/"),
    Page("exceptions", "examiner", "/exceptions/"),
    Page("figures-partner", "cam", lambda site: f"/figures/of/{site.partner_ref(LEAD)}/"),
    Page("figures-missing", "cam", "/figures/missing/?whose=all"),
    Page(
        "class-decision",
        "channel_admin",
        lambda site: f"/exceptions/classes/{site.ref('licensing.ClassChange')}/",
    ),
    Page(
        "renewal",
        "partner_admin",
        lambda site: f"/renewals/{site.ref('deals.Renewal', contract__partner__name=LEAD)}/",
    ),
    Page("customer-add", "partner_admin", "/customers/add/"),
    Page("person-add", "partner_admin", "/team/add/"),
    Page("person-invite", "partner_admin", "/team/invite/"),
    Page("company-change", "partner_admin", "/company/change/"),
    Page("e-mail", "partner_admin", "/account/email/"),
    Page("password", "partner_admin", "/account/password/change/"),
    Page("password-reset", "", "/account/password/reset/"),
    Page("admin", "channel_admin", "/admin/"),
    Page("admin-partners", "channel_admin", "/admin/partners/partner/"),
    Page("admin-applications", "channel_admin", "/admin/partners/application/"),
    Page("admin-checks", "channel_admin", "/admin/partners/checkrule/"),
    Page("admin-custom-fields", "channel_admin", "/admin/partners/customfield/"),
    Page("admin-custom-field-add", "channel_admin", "/admin/partners/customfield/add/"),
    Page("admin-result-add", "channel_admin", "/admin/certifications/result/add/"),
    Page("admin-overrides", "channel_admin", "/admin/licensing/override/"),
    Page("admin-reviews", "channel_admin", "/admin/reviews/reviewrun/"),
    Page("admin-program", "channel_admin", "/admin/programs/programversion/"),
    Page("admin-program-draft", "channel_admin", "/admin/programs/programversion/draft/"),
    Page("admin-program-upload", "channel_admin", "/admin/programs/programversion/upload/"),
    Page("admin-figures", "channel_admin", "/admin/partners/fact/"),
    Page("admin-webhooks", "channel_admin", "/admin/alerts/webhookendpoint/"),
    Page("admin-webhook-add", "channel_admin", "/admin/alerts/webhookendpoint/add/"),
    Page("admin-webhook-log", "channel_admin", "/admin/alerts/webhookmessage/"),
    Page("admin-mail-texts", "channel_admin", "/admin/alerts/mailtext/"),
    Page("admin-mail-text-add", "channel_admin", "/admin/alerts/mailtext/add/"),
    Page("account", "cam", lambda site: f"/accounts/{site.ref('deals.Account')}/"),
    Page("admin-accounts", "channel_admin", "/admin/deals/account/"),
    Page("admin-renewals", "channel_admin", "/admin/deals/renewal/"),
    Page("admin-registrations", "channel_admin", "/admin/deals/registration/"),
    Page("admin-protections", "channel_admin", "/admin/deals/protection/"),
    Page("admin-engineers", "channel_admin", "/admin/deals/engineer/"),
    Page("admin-engineer-add", "channel_admin", "/admin/deals/engineer/add/"),
    Page("admin-co-sell", "channel_admin", "/admin/deals/cosellrequest/"),
    Page("admin-account-add", "channel_admin", "/admin/deals/account/add/"),
    Page("admin-events", "channel_admin", "/admin/tenants/event/"),
    Page("api-docs", "", "/api/v1/docs/"),
]
