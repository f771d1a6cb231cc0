"""Finding by custom fields: indexes made beside the running system, without holding up who writes."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

PATHS = {"fields": ["custom"], "opclasses": ["jsonb_path_ops"]}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("partners", "0007_custom_fields")]

    operations = [
        AddIndexConcurrently("partner", GinIndex(name="partner_by_custom", **PATHS)),
        AddIndexConcurrently("customer", GinIndex(name="customer_by_custom", **PATHS)),
    ]
