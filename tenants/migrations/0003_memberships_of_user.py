"""What one login may reach, over all vendors; and hand-over links that were followed."""

from django.db import migrations, models

from tenants.sql import DROP_MEMBERSHIPS_OF_USER, MEMBERSHIPS_OF_USER, grants


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_walls_and_log")]

    operations = [
        migrations.CreateModel(
            name="UsedHandOver",
            fields=[
                ("nonce", models.UUIDField(primary_key=True, serialize=False)),
                ("used_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(
            *grants(
                "tenants_usedhandover", app="SELECT, INSERT, DELETE", ops="SELECT, DELETE"
            )
        ),
        migrations.RunSQL(MEMBERSHIPS_OF_USER, DROP_MEMBERSHIPS_OF_USER),
        migrations.RunSQL(
            "REVOKE ALL ON FUNCTION memberships_of_user(bigint, timestamptz) "
            "FROM PUBLIC, mainstay_ops; "
            "GRANT EXECUTE ON FUNCTION memberships_of_user(bigint, timestamptz) TO mainstay_app",
            migrations.RunSQL.noop,
        ),
    ]
