"""Addresses of the renewals pages."""

from django.urls import path

from deals import views

app_name = "deals"
urlpatterns = [
    path("renewals/", views.RenewalsPage.as_view(), name="renewals"),
    path("renewals/board/", views.board, name="board"),
    path("renewals/<str:ref>/", views.renewal, name="renewal"),
    path("renewals/<str:ref>/plan/", views.plan, name="plan"),
    path("renewals/<str:ref>/outcome/", views.settle, name="settle"),
]
