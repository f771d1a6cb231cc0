"""Two vendors with three partners each, in which every name carries its owner's canary.

Whoever reads a page, a header, a file or an answer can therefore tell whose rows went into it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from alerts.models import Alert, Delivery, Notification
from certifications.models import Certificate, Result
from licensing.actions import authorize
from licensing.models import Deployment
from partners.models import AgreedValue, Application, Attestation, Fact, Record
from programs import document as documents
from programs.actions import comment_on_draft, publish_program, start_draft
from programs.models import DraftApproval, PartnerType, Product, ProgramVersion, Track
from reviews import models as reviews
from tenants import scope
from tenants.actions.clients import create_api_client
from tenants.api.grants import issue
from tenants.capabilities import API_SCOPES, Role
from tenants.models import (
    ApiClient,
    Event,
    File,
    ImportJob,
    ImportRow,
    Invitation,
    Membership,
    Person,
    User,
    Vendor,
)
from tenants.writing import record_event
from tests import factories as make

VENDORS = ("aurora", "borealis")
PARTNERS = (1, 2, 3)
LONG_AGO = dt.date(2024, 1, 1)
NOW = dt.datetime.now(dt.UTC)
FAR = NOW.date() + dt.timedelta(days=400)
SOON = NOW.date() + dt.timedelta(days=20)


@dataclass(frozen=True)
class Owner:
    """A partner of a vendor, or (number 0) the vendor itself."""

    vendor: str
    number: int

    @property
    def canary(self) -> str:
        return f"canary{self.vendor}{self.number}"


UNANNOUNCED = 9
"""The number whose canary stands in a version of the program that no partner may see yet."""
ALL_CANARIES = frozenset(Owner(v, n).canary for v in VENDORS for n in (0, *PARTNERS, UNANNOUNCED))


@dataclass
class World:
    vendors: dict[str, Vendor] = field(default_factory=dict)
    rows: dict[str, dict[Owner, Any]] = field(default_factory=dict)
    """Model label -> owner -> one row of it."""
    tokens: dict[Owner, str] = field(default_factory=dict)
    """An API token with every scope: of the vendor (number 0) or of one partner."""

    def add(self, owner: Owner, row: Any) -> Any:
        self.rows.setdefault(row._meta.label, {})[owner] = row
        return row

    def get(self, label: str, owner: Owner) -> Any:
        """The owner's row, or the vendor's where the model has none per partner."""
        held = self.rows[label]
        return held.get(owner) or held[Owner(owner.vendor, 0)]


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
                _token(world, Owner(code, number))
            _unannounced(Owner(code, UNANNOUNCED))
    return world


def _unannounced(owner: Owner) -> None:
    """A version that is announced on the day on which it takes effect, far ahead."""
    values = {**documents.to_dict(program(owner.vendor)), "edition": f"{owner.canary} edition"}
    document = documents.document_from(values)
    publish_program(
        document, at=NOW, announced_on=FAR, effective_from=FAR, note=f"{owner.canary} note"
    )


def _token(world: World, owner: Owner) -> None:
    partner = world.rows["partners.Partner"].get(owner)
    made = create_api_client(
        name=f"{owner.canary} integration",
        capabilities=sorted(API_SCOPES),
        partner_id=partner.pk if partner else None,
    )
    world.tokens[owner] = issue(made.client, API_SCOPES)


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
    _draft(world, owner, membership.person)
    world.add(owner, Event.objects.first())


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
    _certified(world, owner, technician)
    _licensed(world, owner, partner, customer)
    _paper(world, owner, partner, technician)
    _reviewed(world, owner, partner)


def _certified(world: World, owner: Owner, technician: Person) -> None:
    track = Track.objects.get()
    common = {"person": technician, "track": track, "version": "1.0"}
    result = Result.objects.create(
        **common, passed_on=LONG_AGO, source="form", recorded_at=NOW, external_id=owner.canary
    )
    world.add(owner, result)
    certificate = Certificate.objects.create(
        **common,
        result=result,
        number=f"{owner.canary.upper()}-1",
        earned_on=LONG_AGO,
        expires_on=SOON,
    )
    world.add(owner, certificate)


def _licensed(world: World, owner: Owner, partner: Any, customer: Any) -> None:
    decision = authorize(customer, "shield", "general", 10, at=NOW)
    world.add(owner, decision.authorization)
    world.add(owner, Deployment.objects.get(customer=customer))


def _reviewed(world: World, owner: Owner, partner: Any) -> None:
    mark, kind = owner.canary, PartnerType.objects.get()
    base, top = kind.levels.order_by("rank")
    held = world.get("partners.Enrolment", owner)
    run, _made = reviews.ReviewRun.objects.get_or_create(
        vendor_id=kind.vendor_id,
        partner_type=kind,
        due_on=LONG_AGO,
        trigger="clock",
        defaults={
            "state": "applied",
            "program_version": ProgramVersion.objects.get(),
            "decided_at": NOW,
            "applied_at": NOW,
            "applied_on": LONG_AGO,
        },
    )
    world.add(Owner(owner.vendor, 0), run)
    own = {"partner": partner, "partner_type": kind}
    gap = [{"words": f"{mark} gap", "missing": mark}]
    common = {**own, "level": base, "since": LONG_AGO}
    for row in (
        reviews.ReviewOutcome(
            **own,
            run=run,
            kind="cure",
            from_level=base,
            to_level=base,
            held=held,
            until=FAR,
            gap=gap,
            due_on=LONG_AGO,
            applied_on=LONG_AGO,
        ),
        reviews.Cure(**common, enrolment=held, until=FAR, gap=gap, run=run),
        reviews.LevelException(**common, until=FAR, reason=mark),
        reviews.Sanction(**common, axis="tier", kind="lock_out", reason=mark),
        reviews.LevelRequest(**own, level=top, kind="invitation", note=mark, asked_at=NOW),
        reviews.Grant(partner=partner, benefit="plan", value=f"{mark} plan", since=LONG_AGO),
        reviews.GrantUse(partner=partner, benefit=mark, period=LONG_AGO, used=1, quota=2),
    ):
        row.save()
        world.add(owner, row)  # fmt: skip


def _paper(world: World, owner: Owner, partner: Any, technician: Person) -> None:
    mark = owner.canary
    alert = Alert.objects.create(
        partner=partner,
        kind="certificate.expiring",
        subject_kind="certificate",
        subject_id=world.get("certifications.Certificate", owner).public_id,
        person=technician,
        due_on=SOON,
        window=30,
        data={"person": f"{mark} technician", "track": mark, "number": mark},
        raised_at=NOW,
    )
    world.add(owner, alert)
    for role in (Role.PARTNER_MEMBER, Role.PARTNER_ADMIN):
        reader = world.rows[f"member:{role}"][owner].person
        note = Notification.objects.create(alert=alert, partner=partner, person=reader)
    world.add(owner, note)
    world.add(
        owner,
        Delivery.objects.create(
            partner=partner,
            person=technician,
            address=f"{mark}@example.com",
            template="alerts/certificate_expiring",
            next_attempt_at=NOW,
        ),
    )
    world.add(
        owner,
        Fact.objects.create(
            partner=partner,
            metric="seats",
            period=LONG_AGO,
            value=owner.number,
            source=mark,
            recorded_at=NOW,
        ),
    )
    world.add(
        owner,
        Record.objects.create(
            partner=partner,
            kind="opportunities",
            on=LONG_AGO,
            tags={"name": mark},
            external_id=mark,
            source=mark,
            recorded_at=NOW,
        ),
    )
    world.add(
        owner,
        AgreedValue.objects.create(
            partner=partner,
            code="target",
            value=owner.number,
            since=LONG_AGO,
            agreed_by=mark,
            recorded_at=NOW,
        ),
    )
    world.add(
        owner,
        Attestation.objects.create(
            partner=partner,
            code="plan",
            evidence=mark,
            attested_by=mark,
            since=LONG_AGO,
            state="pending",
            submitted_at=NOW,
        ),
    )
    world.add(
        owner,
        Invitation.objects.create(
            email=f"{mark}@invited.example.com",
            name=mark,
            role=Role.PARTNER_MEMBER,
            partner_id=partner.pk,
            token_digest=mark.ljust(64, "0"),
            created_at=NOW,
            expires_at=NOW + dt.timedelta(days=7),
        ),
    )
    job = world.add(
        owner,
        ImportJob.objects.create(
            partner_id=partner.pk,
            kind="people",
            file_name=f"{mark}.csv",
            sha256="0" * 64,
            state="previewed",
            rows=1,
            created_by=technician,
            created_at=NOW,
        ),
    )
    world.add(
        owner,
        ImportRow.objects.create(
            job=job,
            partner_id=partner.pk,
            number=1,
            values={"name": mark},
            outcome="error",
            errors=[{"column": "name", "message": f"{mark} is wrong"}],
        ),
    )
    world.add(
        owner,
        File.objects.create(
            partner_id=partner.pk,
            name=f"{mark}.txt",
            content_type="text/plain",
            size=1,
            sha256="0" * 64,
            key=f"{mark}/1",
            created_at=NOW,
        ),
    )
    service = User.objects.create_user(f"{mark}@service.example.com")
    world.add(
        owner,
        ApiClient.objects.create(
            name=f"{mark} client",
            partner_id=partner.pk,
            oidc_client_id=f"{mark}-client",
            user=service,
            scopes=["partners.read"],
            created_at=NOW,
        ),
    )
    record_event("partner.changed", partner, data={"name": [f"{mark} before", f"{mark} partner"]})
    world.add(owner, Event.objects.first())


def scope_of_vendor(world: World, code: str) -> Any:
    return scope.entered_vendor(world.vendors[code].pk)
