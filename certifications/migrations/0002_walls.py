"""A partner sees what its people earned up to the day they left, wherever they earned it."""

from django.db import migrations

from tenants.wall import Wall

EARNED_WITH_US = """
EXISTS (SELECT 1 FROM partners_employment e WHERE e.vendor_id = {table}.vendor_id
        AND e.person_id = {table}.person_id AND e.partner_id = {mine}
        AND (e.until IS NULL OR {table}.{day} < e.until))
"""


def earned(table: str, day: str) -> str:
    return EARNED_WITH_US.replace("{table}", table).replace("{day}", day)


class Migration(migrations.Migration):
    dependencies = [("certifications", "0001_base"), ("partners", "0002_walls")]

    operations = [
        Wall("Result", partners=earned("certifications_result", "passed_on")),
        Wall("Certificate", partners=earned("certifications_certificate", "earned_on")),
    ]
