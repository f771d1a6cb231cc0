"""A running site with the small demo, for browser tests and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.db.models import F, Max
from django.test import Client, override_settings
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler

from demo.people import MEMBERS, STAFF
from partners.models import Customer, Partner
from tenants import scope
from tenants.middleware import SESSION_HOST, SESSION_MEMBERSHIP
from tenants.models import Membership, User, Vendor


class SiteThread(LiveServerThread):
    """Serves the site on a port of its own; pages ask several files at once."""

    server_class = ThreadedWSGIServer

    def __init__(self) -> None:
        super().__init__("127.0.0.1", lambda handler: handler)

    def run(self) -> None:
        try:
            self.httpd = self.server_class(
                ("127.0.0.1", 0), QuietWSGIRequestHandler, allow_reuse_address=False
            )
            self.port = self.httpd.server_address[1]
            self.httpd.set_app(WSGIHandler())
            self.is_ready.set()
            self.httpd.serve_forever()
        except Exception as error:
            self.error = error
            self.is_ready.set()
        finally:
            connections.close_all()


@dataclass(frozen=True)
class Site:
    """Where the site runs, and how to come in as somebody of the demo."""

    port: int

    def url(self, path: str, vendor: str = "aurora") -> str:
        return f"http://{vendor}.localhost:{self.port}{path}"

    def session_of(self, email: str, vendor: str = "aurora") -> str:
        """The session cookie of somebody who signed in on the vendor's host."""
        host = f"{vendor}.localhost:{self.port}"
        client = Client(HTTP_HOST=host)
        user = User.objects.get(email=email)
        client.force_login(user)
        session = client.session
        found = Vendor.objects.get(code=vendor)
        with scope.entered_vendor(found.pk):
            held = Membership.objects.filter(person__user=user).first()
            assert held is not None
        session[SESSION_HOST] = host
        session[SESSION_MEMBERSHIP] = held.pk
        session.save()
        return str(client.cookies["sessionid"].value)

    def partner_ref(self, name: str, vendor: str = "aurora") -> str:
        with scope.entered_vendor(Vendor.objects.get(code=vendor).pk):
            return str(Partner.objects.get(name=name).ref)

    def ref(self, label: str, vendor: str = "aurora", **which: str) -> str:
        """The latest row of a model, by what its columns hold."""
        with scope.entered_vendor(Vendor.objects.get(code=vendor).pk):
            found = apps.get_model(label)._default_manager.filter(**which).order_by("-pk").first()
            assert found is not None
            return str(found.ref)  # type: ignore[attr-defined]

    def customer_ref(self, partner: str, vendor: str = "aurora") -> str:
        """The partner's customer with the most seats."""
        with scope.entered_vendor(Vendor.objects.get(code=vendor).pk):
            rows = Customer.objects.filter(partner__name=partner, until=None)
            largest = rows.annotate(running=Max("deployments__seats")).order_by(
                F("running").desc(nulls_last=True)
            )
            found = largest.first()
            assert found is not None
            return str(found.ref)


def address_of(role: str, vendor: str = "aurora") -> str:
    """The sign-in address of the first person with the role."""
    people = [*((email, held) for _, email, held in STAFF[vendor])]
    people += [(email, held) for _, email, held in MEMBERS[vendor]]
    return next(email for email, held in people if held == role)


def load_demo(scale: int) -> None:
    """Load the demo into the current database."""
    call_command("demo", scale=scale, verbosity=0, stdout=open("/dev/null", "w"))  # noqa: SIM115


@contextmanager
def serving() -> Iterator[Site]:
    """Serve the current database until the block ends.

    As in service: a connection outlives its request, and files need not be asked for again.
    """
    with (
        patch.dict(connections.databases["default"], CONN_MAX_AGE=None),
        override_settings(WHITENOISE_MAX_AGE=3600),
    ):
        yield from _served()


def _served() -> Iterator[Site]:
    thread = SiteThread()
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield Site(thread.port)
    finally:
        thread.terminate()
