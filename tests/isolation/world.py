"""Two vendors with three partners each, in which every name carries its owner's canary.

Whoever reads a page, a header, a file or an answer can therefore tell whose rows went into it.
"""

from __future__ import annotations

from typing import Any

from partners.models import Application
from programs import document as documents
from programs.actions import comment_on_draft, publish_program, start_draft
from programs.models import DraftApproval, DraftStep, PartnerType, Product, ProgramVersion, Track
from tenants.actions.clients import create_api_client
from tenants.capabilities import API_SCOPES, Role
from tenants.models import (
    Event,
    Membership,
    Person,
    User,
    Vendor,
)
from tests import factories as make
from tests.isolation import dealing, joining
from tests.isolation.owners import (
    FAR,
    LONG_AGO,
    NOW,
    PARTNERS,
    UNANNOUNCED,
    VENDORS,
    Owner,
    World,
)
from tests.isolation.rows import (
    agreed,
    called,
    certified,
    figured,
    licensed,
    related,
    reviewed,
    taken_in,
    told,
)


def program(vendor: str) -> documents.ProgramDocument:
    mark = Owner(vendor, 0).canary
    return documents.document_from(
        {
            "program": vendor,
            "title": f"{mark} program",
            "currency": "EUR",
            "environments": ["general", "clinical"],
            "regulated_verticals": {"healthcare": "clinical"},
            "tracks": {
                "deploy": {
                    "title": f"{mark} track",
                    "function": "deploy",
                    "months": 24,
                    "versions": [{"code": "1.0", "released": "2024-01-01"}],
                }
            },
            "products": {
                "shield": {
                    "title": f"{mark} product",
                    "counts_as": "seat",
                    "gates": {"general": {"people": {"track": "deploy", "at_least": 1}}},
                }
            },
            "types": {
                "msp": {
                    "title": f"{mark} type",
                    "tiers": {
                        "base": {"title": f"{mark} base"},
                        "top": {"entry": {"people": {"track": "deploy", "at_least": 2}}},
                    },
                }
            },
        }
    )


def build() -> World:
    world = World()
    for code in VENDORS:
        vendor = make.VendorFactory(code=code, name=f"{Owner(code, 0).canary} vendor")
        make.HostFactory(vendor=vendor, name=f"{code}.localhost")
        world.vendors[code] = vendor
        with make.prepared(vendor):
            _vendor_rows(world, Owner(code, 0))
            for number in PARTNERS:
                _partner_rows(world, vendor, Owner(code, number))
            for number in (0, *PARTNERS):
                _integration(world, Owner(code, number))
            _unannounced(Owner(code, UNANNOUNCED))
    return world


def _unannounced(owner: Owner) -> None:
    """A version that is announced on the day on which it takes effect, far ahead."""
    values = {**documents.to_dict(program(owner.vendor)), "edition": f"{owner.canary} edition"}
    document = documents.document_from(values)
    publish_program(
        document, at=NOW, announced_on=FAR, effective_from=FAR, note=f"{owner.canary} note"
    )


def _integration(world: World, owner: Owner) -> None:
    partner = world.rows["partners.Partner"].get(owner)
    made = create_api_client(
        name=f"{owner.canary} integration",
        capabilities=sorted(API_SCOPES),
        partner_id=partner.pk if partner else None,
    )
    world.integrations[owner] = made.client


def _login(person: Person, email: str) -> None:
    person.user = User.objects.create_user(email, make.PASSWORD)
    person.save()


def _member(world: World, owner: Owner, role: Role, partner: Any = None) -> Any:
    mark = owner.canary
    person = Person.objects.create(name=f"{mark} {role}", email=f"{mark}.{role}@example.com")
    _login(person, f"{mark}.{role}@login.example.com")
    membership = Membership.objects.create(
        person=person, role=role, partner_id=partner.pk if partner else None, since=LONG_AGO
    )
    world.rows.setdefault(f"member:{role}", {})[owner] = membership
    return membership


def _vendor_rows(world: World, owner: Owner) -> None:
    publish_program(program(owner.vendor), at=NOW, effective_from=LONG_AGO)
    for model in (PartnerType, Product, Track, ProgramVersion):
        world.add(owner, model.objects.first())
    for role in (Role.CHANNEL_ADMIN, Role.CAM, Role.EXAMINER):
        membership = _member(world, owner, role)
        world.add(owner, membership)
        world.add(owner, membership.person)
    kind = PartnerType.objects.get()
    world.add(owner, kind.levels.first())
    world.add(
        owner,
        Application.objects.create(
            company=f"{owner.canary} applicant",
            country="DE",
            contact_name=f"{owner.canary} contact",
            contact_email=f"{owner.canary}@applicant.example.com",
            partner_type=kind,
            submitted_at=NOW,
        ),
    )
    joining.defined(world, owner)
    _draft(world, owner, membership.person)
    world.add(owner, Event.objects.first())
    called(world, owner)


def _draft(world: World, owner: Owner, person: Person) -> None:
    """The open draft of the program with a comment and an approval."""
    values = {**documents.to_dict(program(owner.vendor)), "edition": f"{owner.canary} draft"}
    draft = world.add(owner, start_draft(documents.document_from(values), at=NOW))
    world.add(owner, comment_on_draft(f"{owner.canary} comment", place="tracks", at=NOW))
    world.add(
        owner,
        DraftApproval.objects.create(
            draft=draft, digest=draft.digest, lock_version=1, by=person, at=NOW
        ),
    )
    world.add(owner, DraftStep.objects.create(draft=draft, lock_version=1, document=values))


def _partner_rows(world: World, vendor: Vendor, owner: Owner) -> None:
    mark = owner.canary
    partner = world.add(
        owner,
        make.PartnerFactory(
            vendor=vendor, name=f"{mark} partner", external_id=f"{mark}-x", joined_on=LONG_AGO
        ),
    )
    kind = PartnerType.objects.get()
    world.add(
        owner,
        make.EnrolmentFactory(
            partner=partner, partner_type=kind, level=kind.levels.first(), since=LONG_AGO
        ),
    )
    for role in (Role.PARTNER_ADMIN, Role.PARTNER_MEMBER):
        membership = _member(world, owner, role, partner)
        world.add(owner, membership)
    technician = membership.person
    world.add(owner, technician)
    world.add(owner, make.EmploymentFactory(partner=partner, person=technician, since=LONG_AGO))
    cam = world.rows["member:cam"][Owner(owner.vendor, 0)].person
    if owner.number == 1:
        world.add(owner, make.PortfolioEntryFactory(partner=partner, person=cam, since=LONG_AGO))
    customer = world.add(
        owner, make.CustomerFactory(partner=partner, name=f"{mark} customer", since=LONG_AGO)
    )
    world.add(owner, make.AgreementFactory(partner=partner, signed_by=mark, since=LONG_AGO))
    certified(world, owner, technician)
    licensed(world, owner, partner, customer)
    told(world, owner, partner, technician)
    figured(world, owner, partner)
    agreed(world, owner, partner, customer)
    dealing.dealt(world, owner, partner, customer)
    dealing.together(world, owner, partner, customer)
    related(world, owner, partner)
    taken_in(world, owner, partner, technician)
    reviewed(world, owner, partner)
    joining.filled(world, owner, partner, customer)
