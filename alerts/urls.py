"""Addresses of notifications, of one's own settings, and of calendars."""

from django.urls import path

from alerts import setting_views, views

app_name = "alerts"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/settings/", setting_views.mail_settings, name="settings"),
    path("notifications/calendar/", setting_views.feed_make, name="feed_make"),
    path("notifications/calendar/revoke/", setting_views.feed_revoke, name="feed_revoke"),
    path("notifications/stop/<str:token>/", setting_views.stop, name="stop"),
    path("notifications/<str:ref>/read/", views.read_one, name="read"),
    path("calendar/<str:token>.ics", setting_views.feed, name="feed"),
]
