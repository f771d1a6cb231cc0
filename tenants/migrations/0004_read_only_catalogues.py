"""The runtime roles read Django's own catalogues and never write them: migrations do.

A vendor's admin writes no log of its own (``django_admin_log`` stays empty), nobody holds groups
or permissions, and whoever could write ``django_migrations`` could hide a schema.
"""

from django.db import migrations

from tenants.sql import grants

CATALOGUES = [
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_admin_log",
    "django_content_type",
    "django_migrations",
]


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_memberships_of_user"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(*grants(table, app="SELECT", ops="SELECT")) for table in CATALOGUES
    ]
