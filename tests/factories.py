"""Rows for tests, in one line each: ``PartnerFactory(vendor=vendor)``.

Every factory writes as the whole vendor, outside the proof of events: a prepared row is no action.
``vendor`` may be left out wherever another row is given (``EmploymentFactory(partner=partner)``).
Days are chosen around the year 2026; give them where a test depends on them.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import factory
from django.db import transaction
from django.test import Client

from deals.models import Account, AccountKey, Renewal
from deals.rules.names import fold, grams
from partners import models as partners
from programs import document as documents
from programs import models as programs
from tenants import middleware, scope, writing
from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, Role
from tenants.models import Host, Membership, Person, User, Vendor
from tenants.rows import VendorRow

DAY = dt.date(2026, 1, 1)
INSTANT = dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)
PASSWORD = "correct horse battery staple"
_number = itertools.count(1)


@contextmanager
def prepared(vendor: Vendor, *, savepoint: bool = True) -> Iterator[None]:
    """Write rows of the vendor without the proof that each action leaves an event.

    Without a savepoint an error ends the test's transaction, as no test means to outlive one there.
    """
    token = writing._acting.set(writing._acting.get() + 1)
    try:
        with scope.entered_vendor(vendor.pk), transaction.atomic(savepoint=savepoint):
            yield
    finally:
        writing._acting.reset(token)


@functools.cache
def document(text: str) -> documents.ProgramDocument:
    """The program of a YAML text; most tests publish one, and few texts make up all."""
    return documents.load(text)


class VendorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Vendor

    code = factory.Sequence(lambda n: f"vendor-{n}")
    name = factory.LazyAttribute(lambda o: o.code.replace("-", " ").title())


class HostFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Host

    vendor = factory.SubFactory(VendorFactory)
    name = factory.LazyAttribute(lambda o: f"{o.vendor.code}.localhost")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"login-{n}@example.com")

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> User:
        return User.objects.create_user(**{"password": PASSWORD, **kwargs})


class RowFactory(factory.django.DjangoModelFactory):
    """Base: finds the vendor among the rows given, and writes as that vendor."""

    class Meta:
        abstract = True

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        if "vendor" not in params:
            given = next((v for v in params.values() if isinstance(v, VendorRow)), None)
            params = {**params, "vendor": given.vendor if given else VendorFactory()}
        return super()._generate(strategy, params)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        # A savepoint and its release would make three statements of each row.
        with prepared(kwargs["vendor"], savepoint=False):
            return model_class.objects.create(*args, **kwargs)


def same_vendor(made_by: type[RowFactory], **defaults: Any) -> factory.SubFactory:
    """A row beside this one, of the same vendor."""
    return factory.SubFactory(made_by, vendor=factory.SelfAttribute("..vendor"), **defaults)


class PersonFactory(RowFactory):
    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person-{n}@example.com")


class PartnerFactory(RowFactory):
    class Meta:
        model = partners.Partner

    name = factory.Sequence(lambda n: f"Partner {n}")
    country = "DE"
    joined_on = DAY


class MembershipFactory(RowFactory):
    """``MembershipFactory(role=Role.PARTNER_ADMIN, partner=partner)``; staff need no partner."""

    class Meta:
        model = Membership
        exclude = ("partner",)

    partner = None
    person = same_vendor(PersonFactory)
    role = Role.CHANNEL_ADMIN
    partner_id = factory.LazyAttribute(lambda o: o.partner.pk if o.partner else None)
    since = DAY

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        unplaced = not (params.get("partner") or params.get("partner_id"))
        if params.get("role") in PARTNER_ROLES and unplaced:
            person = params.get("person")
            vendor = params.get("vendor") or (person.vendor if person else VendorFactory())
            params = {**params, "partner": PartnerFactory(vendor=vendor)}
        return super()._generate(strategy, params)


class EmploymentFactory(RowFactory):
    class Meta:
        model = partners.Employment

    partner = same_vendor(PartnerFactory)
    person = same_vendor(PersonFactory)
    job_title = "Engineer"
    since = DAY


class CustomerFactory(RowFactory):
    class Meta:
        model = partners.Customer

    partner = same_vendor(PartnerFactory)
    name = factory.Sequence(lambda n: f"Customer {n}")
    country = "DE"
    environments = factory.LazyFunction(lambda: ["general"])
    since = DAY


class ServiceContractFactory(RowFactory):
    """A contract with its first terms: evergreen, without a fee."""

    class Meta:
        model = partners.ServiceContract
        skip_postgeneration_save = True

    partner = same_vendor(PartnerFactory)
    customer = factory.LazyAttribute(lambda o: CustomerFactory(partner=o.partner))
    scopes = factory.LazyFunction(lambda: ["security"])
    since = DAY
    recorded_at = INSTANT

    @factory.post_generation
    def terms(obj: Any, create: bool, extracted: Any, **values: Any) -> None:
        given = {"since": obj.since, "recorded_at": INSTANT, **values}
        with prepared(obj.vendor):
            own = {"partner": obj.partner, "contract": obj}
            obj.terms = partners.ContractTerms.objects.create(**own, **given)
            obj.save()


class RenewalFactory(RowFactory):
    """A renewal that is decided on the end of its term."""

    class Meta:
        model = Renewal

    partner = same_vendor(PartnerFactory)
    contract = factory.LazyAttribute(lambda o: ServiceContractFactory(partner=o.partner))
    term_end = DAY + dt.timedelta(days=30)
    decision_on = factory.LazyAttribute(lambda o: o.term_end)
    window_on = factory.LazyAttribute(lambda o: o.decision_on - dt.timedelta(days=90))
    planning_on = factory.LazyAttribute(lambda o: o.decision_on - dt.timedelta(days=180))
    created_at = INSTANT
    updated_at = INSTANT


class AccountFactory(RowFactory):
    """A company by its name, found by it as one that an action recorded."""

    class Meta:
        model = Account

    name = "Cedar Clinic"
    source = "staff"
    folded = factory.LazyAttribute(lambda o: fold(o.name))
    grams = factory.LazyAttribute(lambda o: grams(o.vendor.pk, o.folded))
    created_at = INSTANT
    updated_at = INSTANT


class AccountKeyFactory(RowFactory):
    """A domain of a company."""

    class Meta:
        model = AccountKey

    account = same_vendor(AccountFactory)
    kind = "domain"
    value = "cedar.example"


class AgreementFactory(RowFactory):
    class Meta:
        model = partners.Agreement

    partner = same_vendor(PartnerFactory)
    kind = partners.Agreement.MAIN
    signed_by = "Ada Signer"
    text_sha256 = "0" * 64
    since = DAY
    recorded_at = INSTANT


class PortfolioEntryFactory(RowFactory):
    class Meta:
        model = partners.PortfolioEntry

    partner = same_vendor(PartnerFactory)
    person = same_vendor(PersonFactory)
    since = DAY


class ShadowFactory(RowFactory):
    """A code as publishing leaves it; nothing reads rules from it."""

    class Meta:
        abstract = True

    name = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())
    first_version = 1


class PartnerTypeFactory(ShadowFactory):
    class Meta:
        model = programs.PartnerType

    code = factory.Sequence(lambda n: f"type-{n}")


class LevelFactory(ShadowFactory):
    class Meta:
        model = programs.Level

    partner_type = same_vendor(PartnerTypeFactory)
    code = factory.Sequence(lambda n: f"level-{n}")
    rank = factory.LazyFunction(lambda: next(_number))


class ProductFactory(ShadowFactory):
    class Meta:
        model = programs.Product

    code = factory.Sequence(lambda n: f"product-{n}")


class TrackFactory(ShadowFactory):
    class Meta:
        model = programs.Track

    code = factory.Sequence(lambda n: f"track-{n}")


class EnrolmentFactory(RowFactory):
    class Meta:
        model = partners.Enrolment

    partner = same_vendor(PartnerFactory)
    partner_type = same_vendor(PartnerTypeFactory)
    level = factory.SubFactory(
        LevelFactory,
        vendor=factory.SelfAttribute("..vendor"),
        partner_type=factory.SelfAttribute("..partner_type"),
    )
    since = DAY


class ApplicationFactory(RowFactory):
    class Meta:
        model = partners.Application

    company = factory.Sequence(lambda n: f"Applicant {n}")
    country = "DE"
    contact_name = "Ada Contact"
    contact_email = factory.Sequence(lambda n: f"applicant-{n}@example.com")
    partner_type = same_vendor(PartnerTypeFactory)
    submitted_at = INSTANT


class FactFactory(RowFactory):
    class Meta:
        model = partners.Fact

    partner = same_vendor(PartnerFactory)
    metric = "seats"
    period = DAY
    value = 100
    source = "test"
    recorded_at = INSTANT


class RecordFactory(RowFactory):
    class Meta:
        model = partners.Record

    partner = same_vendor(PartnerFactory)
    kind = "opportunities"
    on = DAY
    source = "test"
    recorded_at = INSTANT


class AgreedValueFactory(RowFactory):
    class Meta:
        model = partners.AgreedValue

    partner = same_vendor(PartnerFactory)
    code = "arr_target"
    value = 250_000
    since = DAY
    agreed_by = "Ada Signer"
    recorded_at = INSTANT


class AttestationFactory(RowFactory):
    class Meta:
        model = partners.Attestation

    partner = same_vendor(PartnerFactory)
    code = "business_plan"
    evidence = "Signed plan"
    attested_by = "Ada Signer"
    since = DAY


def scope_of(membership: Membership, *, origin: str = "portal") -> scope.Scope:
    """The scope that the portal's door would enter for this membership."""
    with scope.entered_vendor(membership.vendor_id):
        return middleware.scope_of(membership, origin=origin)


@contextmanager
def enter_as(
    person: Person, role: Role | str, partner: partners.Partner | None = None
) -> Iterator[scope.Scope]:
    """Act as the person in a role (of the partner, for partner roles) until the block ends."""
    held: scope.Partners = "*" if role in STAFF_ROLES or partner is None else {partner.pk}
    acting = scope.Scope(
        vendor_id=person.vendor_id,
        partners=held if isinstance(held, str) else frozenset(held),
        role=Role(role),
        person_id=person.pk,
        person_ref=person.ref,
        origin="portal",
    )
    with scope.enter(acting):
        yield acting


def sign_in(client: Client, membership: Membership) -> Client:
    """Sign the member's person in on the vendor's host (both made where missing)."""
    host = Host.objects.filter(vendor=membership.vendor).first() or HostFactory(
        vendor=membership.vendor
    )
    with prepared(membership.vendor):
        person = Person.objects.get(pk=membership.person_id)
        if person.user_id is None:
            person.user = UserFactory()
            person.save(update_fields=["user"])
    client.defaults["HTTP_HOST"] = host.name
    client.force_login(person.user)
    session = client.session
    session[middleware.SESSION_HOST] = host.name
    session[middleware.SESSION_MEMBERSHIP] = membership.pk
    session.save()
    return client
