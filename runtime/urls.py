"""Addresses for machines that watch this one."""

from __future__ import annotations

from django.urls import path

from runtime import views

urlpatterns = [path("healthz", views.healthz, name="healthz")]
