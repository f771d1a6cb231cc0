"""A partner's rows, each with its owner's canary: one for every table that a partner may have."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from alerts.actions import feed_digest
from alerts.models import (
    Alert,
    CalendarFeed,
    Delivery,
    Digest,
    LastTold,
    MailSettings,
    MailText,
    Notification,
    WebhookEndpoint,
    WebhookMessage,
)
from certifications.models import Certificate, CourseEnrolment, Result
from deals.models import Renewal
from licensing.actions import authorize
from licensing.models import (
    ClassChange,
    CustomerMove,
    Deployment,
    Override,
    PartnerMerge,
    Reservation,
)
from partners.models import (
    AgreedValue,
    Attestation,
    ContractTerms,
    Fact,
    HandOver,
    Interaction,
    PartnerView,
    PortfolioEntry,
    Record,
    RestrictedRead,
    ServiceContract,
    SharingChoice,
    TakeOut,
    Task,
)
from programs.models import PartnerType, ProgramVersion, Track
from reviews import models as reviews
from scorecards.models import Case, CaseReason
from tenants.capabilities import Role
from tenants.encryption import encrypt
from tenants.models import (
    ApiClient,
    Event,
    File,
    ImportJob,
    ImportRow,
    Invitation,
    Person,
    User,
)
from tenants.writing import record_event
from tests import factories as make
from tests.isolation.owners import (
    FAR,
    LONG_AGO,
    NOW,
    SOON,
    UNANNOUNCED,
    Owner,
    World,
)


def certified(world: World, owner: Owner, technician: Person) -> None:
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
    enrolment = CourseEnrolment.objects.create(
        person=technician, track=track, version="1.0", since=LONG_AGO, state="under_way",
        done=[f"{owner.canary} step"],
    )  # fmt: skip
    world.add(owner, enrolment)


def licensed(world: World, owner: Owner, partner: Any, customer: Any) -> None:
    decision = authorize(customer, "shield", "general", 10, at=NOW)
    world.add(owner, decision.authorization)
    world.add(owner, Deployment.objects.get(customer=customer))
    own = {"partner": partner, "customer": customer}
    product = decision.product
    _saved(
        world,
        owner,
        Override(
            **own, kind="break_glass", product=product, state="approved", reason=owner.canary,
            requested_at=NOW, decided_at=NOW, ends_at=NOW + dt.timedelta(hours=1), max_seats=5,
        ),
        Reservation(
            **own, authorization=decision.authorization, product=product, seats=owner.number,
            expires_at=NOW, state="lapsed", settled_at=NOW,
        ),
        ClassChange(
            **own, before=["clinical"], environments=[], evidence=owner.canary, requested_at=NOW,
        ),
        CustomerMove(
            customer=customer, to_partner=partner, on=FAR, reason=owner.canary, requested_at=NOW,
        ),
        PartnerMerge(
            gone=partner, kept=make.PartnerFactory(vendor=partner.vendor, name=owner.canary),
            reason=owner.canary, planned_at=NOW,
        ),
    )  # fmt: skip


def reviewed(world: World, owner: Owner, partner: Any) -> None:
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
    _saved(
        world,
        owner,
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
    )


def told(world: World, owner: Owner, partner: Any, technician: Person) -> None:
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
    delivery = Delivery(
        partner=partner,
        person=technician,
        address=f"{mark}@example.com",
        template="alerts/certificate_expiring",
        next_attempt_at=NOW,
    )
    last = LastTold(partner=partner, topic="standing", key=mark, value="open", told_at=NOW)
    own = {"partner": partner, "person": reader}
    wishes = MailSettings(**own, choices={"certificate_expiry": "digest"})
    digest = Digest(**own, week=LONG_AGO, alerts=[str(alert.public_id)])
    member = world.rows[f"member:{Role.PARTNER_ADMIN}"][owner]
    feed = CalendarFeed(
        partner=partner, membership=member, created_at=NOW,
        token_digest=feed_digest(f"{mark}-feed"),
    )  # fmt: skip
    _saved(world, owner, delivery, last, wishes, digest, feed)


def called(world: World, owner: Owner) -> None:
    """The vendor's own systems that follow its log, and what came back from there."""
    mark = owner.canary
    endpoint = WebhookEndpoint(
        url=f"https://{mark}.example.com/", description=mark, events=["partner.changed"],
        secret=encrypt(b"whsec_"), created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    _saved(world, owner, endpoint)
    message = WebhookMessage(
        endpoint=endpoint, event=Event.objects.earliest("pk"), kind="partner.changed",
        created_at=NOW, next_attempt_at=NOW,
        log=[{"at": NOW.isoformat(), "code": 500, "seconds": 1, "answer": mark, "error": ""}],
    )  # fmt: skip
    text = MailText(kind="certificate_expiry", language="de", subject=mark, body=mark)
    _saved(world, owner, message, text)


def figured(world: World, owner: Owner, partner: Any) -> None:
    mark = owner.canary
    own = {"partner": partner, "recorded_at": NOW}
    vouched = {"evidence": mark, "attested_by": mark, "since": LONG_AGO}
    document = File(
        partner_id=partner.pk, name=f"{mark}.txt", content_type="text/plain", size=1,
        sha256="0" * 64, created_at=NOW,
        key=default_storage.save(mark, ContentFile(f"{mark} shows it".encode())),
    )  # fmt: skip
    _saved(
        world,
        owner,
        document,
        Fact(**own, metric="seats", period=LONG_AGO, value=owner.number, source=mark),
        Record(
            **own, kind="opportunities", on=LONG_AGO, tags={"name": mark}, external_id=mark,
            source=mark,
        ),
        AgreedValue(**own, code="target", value=owner.number, since=LONG_AGO, agreed_by=mark),
        Attestation(
            partner=partner, code="plan", **vouched, state="pending", submitted_at=NOW,
            document=document,
        ),
    )  # fmt: skip


def agreed(world: World, owner: Owner, partner: Any, customer: Any) -> None:
    """What the partner agreed with its customer, whom it shares it with, and who read it."""
    mark = owner.canary
    own = {"partner": partner, "recorded_at": NOW}
    contract = ServiceContract(
        **own, customer=customer, external_id=mark, scopes=["security"], since=LONG_AGO
    )
    _saved(world, owner, contract)
    terms = ContractTerms(
        **own, contract=contract, since=LONG_AGO, ends_on=FAR, fee=owner.number, currency="EUR"
    )
    contract.terms = terms
    reader = world.rows["member:cam"][Owner(owner.vendor, 0)].person
    packed = File.objects.create(
        partner_id=partner.pk, name=f"{mark}.zip", content_type="application/zip", size=1,
        sha256="0" * 64, created_at=NOW,
        key=default_storage.save(f"{mark}.zip", ContentFile(f"{mark} packed".encode())),
    )  # fmt: skip
    _saved(
        world,
        owner,
        terms,
        contract,
        SharingChoice(partner=partner, customer=customer, field="fee", share="aggregate"),
        Renewal(
            partner=partner, contract=contract, term_end=SOON, decision_on=SOON,
            window_on=LONG_AGO, planning_on=LONG_AGO, next_step=f"{mark} call",
            created_at=NOW, updated_at=NOW,
        ),
        RestrictedRead(partner=partner, customer=customer, person=reader, on=LONG_AGO),
        TakeOut(
            partner=partner, state="ready", asked_at=NOW, finished_at=NOW,
            file=packed,
        ),
    )  # fmt: skip


def related(world: World, owner: Owner, partner: Any) -> None:
    """What the vendor's people note of the partner, and what they ask of it."""
    mark, cam = owner.canary, world.rows["member:cam"][Owner(owner.vendor, 0)].person
    own = {"partner": partner, "given_by": cam, "given_at": NOW, "due_on": SOON}
    words = Owner(owner.vendor, UNANNOUNCED).canary  # which no partner may meet
    contact = Interaction.objects.create(
        partner=partner, kind="call", at=NOW, summary=words, author=cam, recorded_at=NOW
    )
    world.add(Owner(owner.vendor, 0), contact)
    Task.objects.create(**own, for_partner=False, assignee=cam, title=words)
    entry = PortfolioEntry.objects.create(
        partner=partner, person=cam, kind="specialist", scope="security", since=FAR, until=FAR
    )
    world.add(owner, entry)
    move = HandOver.objects.create(
        partner=partner, from_person=cam, to_person=cam, entry=entry, on=FAR, note=words,
        planned_at=NOW,
    )  # fmt: skip
    world.add(Owner(owner.vendor, 0), move)
    case = Case.objects.create(partner=partner, opened_on=LONG_AGO, remark=words)
    reason = CaseReason(
        partner=partner,
        case=case,
        kind="missing",
        since=LONG_AGO,
        data={"who": [words], "count": 1},
    )
    _saved(world, Owner(owner.vendor, 0), case, reason)
    seen = PartnerView(
        partner=partner, person=cam, started_at=NOW, ends_at=NOW + dt.timedelta(minutes=30),
        ended_at=NOW,
    )  # fmt: skip
    _saved(world, owner, Task(**own, for_partner=True, title=mark, detail=mark), seen)


def taken_in(world: World, owner: Owner, partner: Any, technician: Person) -> None:
    mark = owner.canary
    own = {"partner_id": partner.pk, "created_at": NOW}
    job = ImportJob(
        **own, kind="people", file_name=f"{mark}.csv", sha256="0" * 64, state="previewed", rows=1,
        created_by=technician,
    )  # fmt: skip
    _saved(
        world,
        owner,
        Invitation(
            **own, email=f"{mark}@invited.example.com", name=mark, role=Role.PARTNER_MEMBER,
            token_digest=mark.ljust(64, "0"), expires_at=NOW + dt.timedelta(days=7),
        ),
        job,
        ApiClient(
            **own, name=f"{mark} client", oidc_client_id=f"{mark}-client",
            user=User.objects.create_user(f"{mark}@service.example.com"), scopes=["partners.read"],
        ),
    )  # fmt: skip
    error = {"column": "name", "message": f"{mark} is wrong"}
    row = ImportRow(
        job=job, partner_id=partner.pk, number=1, values={"name": mark}, outcome="error",
        errors=[error],
    )  # fmt: skip
    _saved(world, owner, row)
    record_event("partner.changed", partner, data={"name": [f"{mark} before", f"{mark} partner"]})
    world.add(owner, Event.objects.first())


def _saved(world: World, owner: Owner, *rows: Any) -> None:
    for row in rows:
        row.save()
        world.add(owner, row)
