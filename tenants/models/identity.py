"""Who somebody is: a global login, and per vendor a person with memberships."""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenants.capabilities import PARTNER_ROLES, STAFF_ROLES, Role
from tenants.rows import ScopedForeignKey, ScopedManager, ScopedQuerySet, VendorRow


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None) -> User:
        """A login with a verified shape but no rights: memberships give those."""
        user = self.model(email=self.normalize_email(email).lower())
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Credentials and nothing else. What a person may do stands in ``Membership``, per vendor."""

    email = models.EmailField(_("e-mail"), unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("login")

    def __str__(self) -> str:
        return self.email

    # Django's admin asks these. The answers come from the membership entered for the request:
    # no flag on a login opens anything.
    @property
    def is_staff(self) -> bool:
        from tenants import scope

        held = scope.current_or_none()
        return held is not None and held.can("admin.use")

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


def _validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone; write it like Europe/Berlin."),
            params={"value": value},
        )


class SecondFactor(models.TextChoices):
    """Who needs a second step to sign in to a vendor's program; own choice for everybody else."""

    OFF = "off", _("Nobody has to")
    STAFF = "staff", _("Our own staff")
    EVERYBODY = "everybody", _("Everybody, partners' people too")


class Vendor(models.Model):
    """A technology vendor: one tenant. Global, because the host decides it before any scope."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#3b5bdb",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write a colour like #3b5bdb."))],
    )
    logo_text = models.CharField(max_length=2, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[_validate_time_zone]
    )
    reply_to = models.EmailField(_("reply address for e-mail"), blank=True)
    second_factor = models.CharField(
        _("second step at sign-in"),
        max_length=10,
        choices=SecondFactor.choices,
        default=SecondFactor.OFF,
        db_default=SecondFactor.OFF,
    )
    second_factor_from = models.DateField(_("second step needed from"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> uuid.UUID:
        """The vendor as the subject of an event; derived, because its code is for ever."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"mainstay:vendor:{self.code}")

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def day_of(self, at: dt.datetime) -> dt.date:
        """The calendar day in the vendor's time zone at the instant ``at`` (aware)."""
        return at.astimezone(self.zone).date()


class Host(models.Model):
    """A host name that shows one vendor; the first is the one that links are written with."""

    name = models.CharField(max_length=253, unique=True)
    vendor = models.ForeignKey(Vendor, models.CASCADE, related_name="hosts")
    is_primary = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor"], condition=Q(is_primary=True), name="host_one_primary"
            )
        ]

    def __str__(self) -> str:
        return self.name


class UsedHandOver(models.Model):
    """A hand-over link that was followed. Global: it is met before any vendor is entered.

    Holds a random number and nothing about anybody; rows older than an hour are dropped.
    """

    nonce = models.UUIDField(primary_key=True)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.nonce.hex


class Person(VendorRow):  # type: ignore[django-manager-missing]
    """Somebody whom one vendor knows: staff, or a partner's technician, with or without a login.

    E-mail addresses are not unique on purpose: refusing one that another partner's person has
    would tell that partner's people apart. A login belongs to one person per vendor.
    """

    wall = "custom"
    prefix = "per"

    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(_("name"), max_length=160)
    email = models.EmailField(_("e-mail"), blank=True)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["vendor", "name"], name="person_by_name"),
            # Not led by the vendor: memberships_of_user() asks for one login over all vendors.
            models.Index(fields=["user"], name="person_by_user"),
            models.Index(fields=["vendor", "email"], name="person_by_email"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "external_id"],
                condition=~Q(external_id=""),
                name="person_external_id",
            ),
            models.UniqueConstraint(
                fields=["vendor", "user"], condition=Q(user__isnull=False), name="person_one_login"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ScopedQuerySet):
    def current(self, on: dt.date) -> MembershipQuerySet:
        """Held on the day ``on`` (vendor's zone)."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)


MembershipManager = ScopedManager.from_queryset(MembershipQuerySet)


class Membership(VendorRow):
    """A person's role, for the vendor or for one of its partners, over ``[since, until)``."""

    wall = "partner"
    prefix = "mem"

    person = ScopedForeignKey(Person, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    # The composite foreign key to the partner is added by partners/, which stands above.
    partner_id = models.BigIntegerField(null=True, blank=True)
    with_descendants = models.BooleanField(default=False)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects: ClassVar[Any] = MembershipManager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="membership_span",
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(PARTNER_ROLES), partner_id__isnull=False)
                | Q(role__in=sorted(STAFF_ROLES), partner_id__isnull=True),
                name="membership_partner_by_role",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner_id", "role"], name="membership_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_role_display()}"


class Invitation(VendorRow):
    """An offer of a membership, sent by e-mail; the token's digest is kept, never the token."""

    wall = "partner"
    prefix = "inv"

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=160, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    partner_id = models.BigIntegerField(null=True, blank=True)
    token_digest = models.CharField(max_length=64)
    invited_by = ScopedForeignKey(Person, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    link = ""  # never stored: known to whoever just sent it

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "token_digest"], name="invitation_token"),
        ]

    def __str__(self) -> str:
        return self.email
