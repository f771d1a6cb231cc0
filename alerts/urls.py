"""Addresses of notifications."""

from django.urls import path

from alerts import views

app_name = "alerts"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<str:ref>/read/", views.read_one, name="read"),
]
