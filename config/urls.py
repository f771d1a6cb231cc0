"""Every address of the product. Each app brings its own; the order matters nowhere."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("tenants.api.urls")),
    path("", include("runtime.urls")),
    path("", include("web.urls")),
    path("", include("tenants.urls")),
    path("", include("partners.urls")),
    path("", include("alerts.urls")),
    path("", include("reviews.urls")),
    path("", include("certifications.urls")),
    path("", include("licensing.urls")),
    path("", include("deals.urls")),
    path("", include("scorecards.urls")),
]

handler400 = "web.errors.bad_request"
handler403 = "web.errors.permission_denied"
handler404 = "web.errors.page_not_found"
handler500 = "web.errors.server_error"
