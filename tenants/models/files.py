from __future__ import annotations

from django.db import models

from tenants.rows import VendorRow


class File(VendorRow):
    """An uploaded or produced file; its bytes lie in the storage under ``key``.

    ``partner_id`` is empty for files of the vendor's own staff.
    """

    wall = "partner"
    prefix = "fil"

    partner_id = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
