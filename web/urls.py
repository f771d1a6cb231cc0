"""Addresses of the shared pages."""

from django.urls import path

from web import views

app_name = "web"
urlpatterns = [
    path("brand.css", views.brand, name="brand"),
    path("style/", views.style, name="style"),
]
