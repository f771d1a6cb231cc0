"""Addresses of the reviews pages: levels and their reviews, benefits."""

from django.urls import path

from reviews import views

app_name = "reviews"
urlpatterns = [
    path("benefits/", views.benefits, name="benefits"),
    path("levels/<str:ref>/", views.levels, name="levels"),
    path("levels/<str:ref>/ask/", views.ask, name="ask"),
    path("level-requests/<str:ref>/", views.answer, name="answer"),
    path("level-requests/<str:ref>/withdraw/", views.withdraw, name="withdraw"),
    path("reviews/<str:ref>/", views.outcome, name="outcome"),
]
