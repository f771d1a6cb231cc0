"""Every address of the product. Each app brings its own; the order matters nowhere."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

_APPS = ["web", "tenants", "programs", "partners", "alerts", "certifications", "licensing",
         "scorecards"]

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("tenants.api.urls")),
    *(
        path("", include(f"{name}.urls"))
        for name in _APPS
        if name in settings.INSTALLED_APPS and find_spec(f"{name}.urls")
    ),
]

handler400 = "web.errors.bad_request"
handler403 = "web.errors.permission_denied"
handler404 = "web.errors.page_not_found"
handler500 = "web.errors.server_error"
