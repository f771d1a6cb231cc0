"""Django's admin with our own site as its default (named in ``INSTALLED_APPS``)."""

from django.contrib.admin.apps import AdminConfig


class MainstayAdminConfig(AdminConfig):
    default_site = "tenants.admin_site.MainstayAdminSite"
