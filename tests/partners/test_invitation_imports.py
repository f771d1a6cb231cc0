"""Invitations in bulk: pasted or from a file, all or none, and silent about logins."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from tenants.importing import apply_import
from tenants.models import Invitation
from tests import factories as make
from tests.partners.conftest import NOW
from tests.partners.importing import problems, stage, totals
from tests.tenants.world import make_user

pytestmark = pytest.mark.django_db
ROWS = "email,name,role\nana@x.example,Ana,partner_member\nbo@x.example,Bo,Partner admin\n"


def test_each_row_becomes_an_invitation(as_owner: SimpleNamespace) -> None:
    job = stage("invitations", ROWS)
    assert totals(job) == (2, 0, 0, 0)
    apply_import(job, at=NOW)
    made = Invitation.objects.order_by("email").values_list("email", "role", "partner_id")
    partner = job.partner_id
    assert list(made) == [
        ("ana@x.example", "partner_member", partner),
        ("bo@x.example", "partner_admin", partner),
    ]


def test_rows_with_errors_stop_all(as_owner: SimpleNamespace) -> None:
    job = stage(
        "invitations", ROWS + "cy@x.example,Cy,cam\nnope,D,boss\nana@x.example,,partner_member"
    )
    assert [(row, column) for row, column, _ in problems(job)] == [
        (2, "email"), (4, "role"), (5, "email"), (5, "role"), (6, "email"),
    ]  # fmt: skip
    assert Invitation.objects.count() == 0


def test_a_known_login_is_answered_like_an_unknown_one(as_owner: SimpleNamespace) -> None:
    make_user("ana@x.example")
    job = stage("invitations", ROWS)
    assert totals(job) == (2, 0, 0, 0) and problems(job) == []


def test_rows_are_pasted_in_the_portal(world: SimpleNamespace) -> None:
    client = make.sign_in(Client(), world.owner)
    page = client.post("/imports/new/invitations/", {"pasted": "ana@x.example;Ana;partner_member"})
    preview = client.get(page["Location"])
    assert [(g["outcome"], g["count"]) for g in preview.context["groups"]] == [("create", 1)]
    both = client.post("/imports/new/invitations/", {"pasted": ""})
    assert (both.status_code, "Choose a file or paste rows." in both.content.decode()) == (
        422,
        True,
    )


def test_staff_invite_people_of_several_partners_and_colleagues(as_admin: SimpleNamespace) -> None:
    rows = "email,role,partner\nana@x.example,partner_admin,A-1\ncy@x.example,cam,\n"
    job = stage("invitations", rows + "bo@x.example,partner_member,\ndi@x.example,cam,A-1\n")
    assert [(row, column) for row, column, _ in problems(job)] == [(4, "partner"), (5, "partner")]
    apply_import(stage("invitations", rows), at=NOW)
    made = Invitation.objects.order_by("email").values_list("role", "partner_id")
    assert list(made) == [("partner_admin", as_admin.partner.pk), ("cam", None)]
