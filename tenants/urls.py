"""Addresses of the base: security, invitations, switching between programs, the audit log."""

from __future__ import annotations

from django.urls import path

from tenants import views

urlpatterns = [
    path("security/", views.security, name="security"),
    path("security/second-step/", views.second_step, name="second_factor"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("switch/<str:ref>/", views.switch, name="switch"),
    path("search/", views.search, name="search"),
    path("audit/", views.audit, name="audit"),
    path("audit/export/", views.audit_export, name="audit_export"),
    path("handover/", views.hand_over, name="hand_over"),
]
