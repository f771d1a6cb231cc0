"""Addresses of the home pages: the partner's, the account manager's."""

from django.urls import path

from scorecards import views

app_name = "scorecards"
urlpatterns = [
    path("", views.home, name="home"),
    path("level/", views.level, name="level"),
    path("level/coming/", views.coming, name="coming"),
    path("portfolio/", views.PortfolioPage.as_view(), name="portfolio"),
    path("portfolio/<str:partner_ref>/", views.partner, name="partner"),
]
