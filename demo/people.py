"""Who signs in to the demo: one person per role, and account managers for every partner."""

from __future__ import annotations

from demo.actions import add_staff, open_login
from demo.stage import Stage
from partners import actions as partners
from partners.models import Partner
from tenants.actions.vendors import change_vendor
from tenants.capabilities import Role
from tenants.models import Person, Vendor

PASSWORD = "tour-of-mainstay"
LEADS = {"aurora": "Northwind Managed IT", "borealis": "Northwind Backup"}
STAFF = {
    "aurora": (
        ("Robin Hale", "robin@aurora.example", Role.CHANNEL_ADMIN),
        ("Dana Mercer", "dana@aurora.example", Role.CAM),
        ("Luis Ferrer", "luis@aurora.example", Role.CAM),
        ("Edith Brandt", "edith@audit.example", Role.EXAMINER),
    ),
    "borealis": (
        ("Marta Reis", "marta@borealis.example", Role.CHANNEL_ADMIN),
        ("Nuno Lopes", "nuno@borealis.example", Role.CAM),
    ),
}
# Partner people: vendor -> (number in the lead partner's team, address, role).
MEMBERS = {
    "aurora": (
        (0, "priya@northwind.example", Role.PARTNER_ADMIN),
        (1, "tom@northwind.example", Role.PARTNER_MEMBER),
    ),
    "borealis": ((0, "priya@northwind.example", Role.PARTNER_ADMIN),),
}


def dress(vendor: Vendor, accent: str) -> None:
    """The vendor's colour and reply address."""
    change_vendor(accent=accent, reply_to=f"partners@{vendor.code}.example")


def open_logins(stage: Stage) -> None:
    """Sign-ins, and a portfolio for each account manager."""
    code = stage.vendor.code
    managers: list[Person] = []
    for name, email, role in STAFF[code]:
        person = add_staff(name, email)
        open_login(person, email, PASSWORD, role=role, since=stage.ago(900), partner=None)
        if role == Role.CAM:
            managers.append(person)
    left = set(Partner.objects.filter(status=Partner.Status.EXITED).values_list("pk", flat=True))
    for index, partner in enumerate(stage.partners.values()):
        if partner.pk not in left:
            manager = managers[0] if index < 16 or len(managers) == 1 else managers[1]
            partners.assign_portfolio(partner, person=manager, on=stage.ago(5))
    lead = LEADS[code]
    for number, email, role in MEMBERS[code]:
        person = Person.objects.get(pk=stage.people[lead][number].person_id)
        open_login(
            person, email, PASSWORD, role=role, since=stage.ago(700), partner=stage.partners[lead]
        )


def signins(port: int) -> str:
    """Addresses and one sign-in per role, as the terminal prints them."""
    lines = [f"All sign-ins use the password  {PASSWORD}", ""]
    for code in STAFF:
        base = f"http://{code}.localhost:{port}"
        lines.append(f"{base}/")
        rows = [(str(Role(role).label), email) for _, email, role in STAFF[code]]
        rows += [(str(Role(role).label), email) for _, email, role in MEMBERS[code]]
        seen: set[str] = set()
        for label, email in rows:
            if label not in seen:
                seen.add(label)
                lines.append(f"  {label:<24} {email}")
        lines.append("")
    lines.append(f"API reference   http://aurora.localhost:{port}/api/v1/docs/")
    return "\n".join(lines)
