"""Partners see a version from the day on which it is announced, in the vendor's calendar."""

from django.db import migrations

from tenants.wall import partner_condition

# The caller's instant where it sent one (the application's clock may be moved), else the server's.
TODAY = """
CREATE FUNCTION mainstay_today() RETURNS date LANGUAGE sql STABLE
SET search_path = pg_catalog, public AS $$
  SELECT (coalesce(nullif(current_setting('app.at', true), '')::timestamptz, now())
          AT TIME ZONE (SELECT time_zone FROM tenants_vendor
                        WHERE id = nullif(current_setting('app.vendor_id', true), '')::bigint)
         )::date
$$
"""
CONDITION = partner_condition("announced_on <= (SELECT mainstay_today())")
POLICY = (
    "CREATE POLICY partner_wall ON programs_programversion AS RESTRICTIVE "
    f"USING ({CONDITION}) WITH CHECK ({CONDITION})"
)


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0004_draft_editor"),
        ("tenants", "0002_walls_and_log"),
    ]

    operations = [
        migrations.RunSQL(TODAY, "DROP FUNCTION IF EXISTS mainstay_today()"),
        migrations.RunSQL(POLICY, "DROP POLICY IF EXISTS partner_wall ON programs_programversion"),
    ]
