"""Addresses of the home pages: the partner's, the account manager's."""

from django.urls import path

from scorecards import case_views, views

app_name = "scorecards"
urlpatterns = [
    path("", views.home, name="home"),
    path("level/", views.level, name="level"),
    path("level/coming/", views.coming, name="coming"),
    path("runway/", views.runway, name="runway"),
    path("portfolio/", views.PortfolioPage.as_view(), name="portfolio"),
    path("portfolio/runway/", views.PortfolioRunwayPage.as_view(), name="portfolio_runway"),
    path("portfolio/cases/", case_views.CasesPage.as_view(), name="cases"),
    path("portfolio/cases/<str:ref>/", case_views.case_settle, name="case_settle"),
    path("portfolio/<str:partner_ref>/", views.partner, name="partner"),
    path("portfolio/<str:partner_ref>/runway/", views.partner_runway, name="partner_runway"),
]
