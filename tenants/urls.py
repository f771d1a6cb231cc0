"""Addresses of the base: security, invitations, switching, and who may not be here."""

from __future__ import annotations

from django.urls import path

from tenants import views

urlpatterns = [
    path("security/", views.security, name="security"),
]
