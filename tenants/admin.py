"""The vendor's admin pages of the base's own nouns."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from tenants.models import ImportJob, Person
from tenants.vendor_admin import VendorAdmin


@admin.register(Person)
class PersonAdmin(VendorAdmin):
    """People the vendor knows. Employment and its verbs stand with the partners."""

    job, icon = "people", "person"
    list_display = ("name", "email", "external_id", "has_login")
    search_fields = ("name", "email", "external_id")
    show = ("name", "email", "external_id", "has_login", "created_at")

    @admin.display(description=_("signs in"), boolean=True)
    def has_login(self, person: Person) -> bool:
        return person.user_id is not None


@admin.register(ImportJob)
class ImportJobAdmin(VendorAdmin):
    job, icon = "imports", "upload_file"
    list_display = ("kind", "file_name", "state", "rows", "creates", "updates", "failures",
                    "created_at")
    list_filter = ("state", "kind")
    date_hierarchy = "created_at"
    show = ("kind", "file_name", "state", "rows", "creates", "updates", "unchanged", "failures",
            "created_by", "created_at", "finished_at")
