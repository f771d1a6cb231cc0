"""Addresses of customers, team, company, figures, imports and the public application."""

from django.urls import path

from partners.views import applying, contracts, customers, figures, imports, takeouts, team

app_name = "partners"
urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/add/", customers.customer_add, name="customer_add"),
    path("customers/<str:ref>/", customers.customer, name="customer"),
    path("customers/<str:ref>/change/", customers.customer_change, name="customer_change"),
    path("customers/<str:ref>/end/", customers.customer_end, name="customer_end"),
    path("customers/<str:ref>/attest/", customers.customer_attest, name="customer_attest"),
    path("customers/<str:ref>/sharing/", contracts.sharing, name="customer_sharing"),
    path("customers/<str:ref>/contracts/", contracts.at_customer, name="customer_contracts"),
    path("customers/<str:ref>/contracts/add/", contracts.contract_add, name="contract_add"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/sharing/", contracts.sharing, name="sharing"),
    path("contracts/of/<str:ref>/", contracts.of_partner, name="contracts_of"),
    path("contracts/<str:ref>/", contracts.contract, name="contract"),
    path("contracts/<str:ref>/change/", contracts.contract_change, name="contract_change"),
    path("contracts/<str:ref>/end/", contracts.contract_end, name="contract_end"),
    path("take-out/", takeouts.take_outs, name="take_outs"),
    path("take-out/<str:ref>/", takeouts.take_out_file, name="take_out_file"),
    path("team/", team.team, name="team"),
    path("team/add/", team.person_add, name="person_add"),
    path("team/invite/", team.person_invite, name="person_invite"),
    path("team/<str:ref>/change/", team.person_change, name="person_change"),
    path("team/<str:ref>/end/", team.person_end, name="person_end"),
    path("team/members/<str:ref>/end/", team.member_end, name="member_end"),
    path("company/", team.company, name="company"),
    path("company/change/", team.company_change, name="company_change"),
    path("figures/", figures.figures, name="figures"),
    path("figures/missing/", figures.MissingPage.as_view(), name="missing"),
    path("figures/of/<str:ref>/", figures.partner_figures, name="partner_figures"),
    path("figures/<str:code>/submit/", figures.submit, name="attestation_submit"),
    path("attestations/<str:ref>/", figures.attestation, name="attestation"),
    path(
        "attestations/<str:ref>/document/",
        figures.document,
        name="attestation_document",
    ),
    path("imports/new/<str:kind>/", imports.upload, name="import_upload"),
    path("imports/new/<str:kind>/template.csv", imports.template, name="import_template"),
    path("imports/<str:ref>/", imports.preview, name="import"),
    path("imports/<str:ref>/decide/", imports.decide, name="import_decide"),
    path("imports/<str:ref>/errors.csv", imports.errors, name="import_errors"),
    path("apply/", applying.apply, name="apply"),
    path("apply/received/", applying.applied, name="applied"),
    path("apply/saved/", applying.apply_saved, name="apply_saved"),
    path("apply/continue/<str:token>/", applying.apply_continue, name="apply_continue"),
    path(
        "applications/<str:ref>/documents/<slug:code>/",
        applying.application_document,
        name="application_document",
    ),
]
