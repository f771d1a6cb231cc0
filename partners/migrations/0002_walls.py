"""The walls of partners, and those of the base that depend on who works where."""

from django.db import migrations

from tenants.sql import transitions_trigger
from tenants.wall import PartnerWall, Wall

# A person is seen by the partners they work or worked for, those whose portal they sign in to,
# and those they look after as account manager.
PERSON = """
EXISTS (SELECT 1 FROM partners_employment e WHERE e.vendor_id = tenants_person.vendor_id
        AND e.person_id = tenants_person.id AND e.partner_id = {mine})
OR EXISTS (SELECT 1 FROM partners_portfolioentry f WHERE f.vendor_id = tenants_person.vendor_id
           AND f.person_id = tenants_person.id AND f.partner_id = {mine})
OR EXISTS (SELECT 1 FROM tenants_membership m WHERE m.vendor_id = tenants_person.vendor_id
           AND m.person_id = tenants_person.id AND m.partner_id = {mine})
"""

# Frozen copies of the models' TRANSITIONS; a test compares them with the catalogue.
PARTNER_STATES = {"active": {"suspended", "exited"}, "suspended": {"active", "exited"}}
APPLICATION_STATES = {"submitted": {"approved", "refused"}}

OF_A_PARTNER = [
    "tenants_membership",
    "tenants_invitation",
    "tenants_apiclient",
    "tenants_idempotencykey",
    "tenants_importjob",
    "tenants_importrow",
    "tenants_file",
]


def tied(table: str) -> migrations.RunSQL:
    """The composite foreign key that tenants/ could not declare: partners stand above it."""
    name = f"{table}_partner_same_vendor"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} "
        "FOREIGN KEY (vendor_id, partner_id) REFERENCES partners_partner (vendor_id, id)",
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_base"), ("programs", "0002_walls")]

    operations = [
        Wall("Partner", partners="id = {mine}"),
        Wall("Enrolment", partners="partner"),
        Wall("Employment", partners="partner"),
        Wall("Customer", partners="partner"),
        Wall("Application", partners="staff"),
        Wall("Agreement", partners="partner"),
        Wall("PortfolioEntry", partners="partner"),
        Wall("Fact", partners="partner"),
        Wall("Attestation", partners="partner"),
        migrations.RunSQL(
            *transitions_trigger("partners_partner", "status", PARTNER_STATES)
        ),
        migrations.RunSQL(
            *transitions_trigger("partners_application", "state", APPLICATION_STATES)
        ),
        PartnerWall("tenants_person", PERSON),
        *(tied(table) for table in OF_A_PARTNER),
    ]
