"""Addresses of the reviews pages: the partner's levels and benefits, and pieces for other pages."""

from django.urls import URLPattern

app_name = "reviews"
urlpatterns: list[URLPattern] = []
