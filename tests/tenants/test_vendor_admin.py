from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import path

from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event, Person, User, Vendor
from tenants.vendor_admin import VendorAdmin
from tenants.writing import acting, record_event
from tests.tenants.world import AURORA, make_member, make_vendor, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud")


@pytest.fixture
def ada(aurora: Vendor) -> Client:
    return signed_in(make_member(aurora))


def add_person(vendor: Vendor, name: str) -> Person:
    with scope.entered_vendor(vendor.pk), acting():
        person = Person.objects.create(name=name)
        record_event("person.added", person, data={"changes": {"city": ["Oslo", "Bergen"]}})
        return person


def test_the_admin_opens_for_a_channel_admin(ada: Client) -> None:
    page = ada.get("/admin/")
    assert page.status_code == 200
    assert "Aurora Cloud" in page.content.decode()


def test_the_admin_sends_a_stranger_to_our_sign_in(aurora: Vendor) -> None:
    answer = Client(HTTP_HOST=AURORA).get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/login/?next=%2Fadmin%2F"


def test_the_admin_refuses_a_cam(aurora: Vendor) -> None:
    client = signed_in(make_member(aurora, Role.CAM))
    assert client.get("/admin/", follow=True).status_code == 403
