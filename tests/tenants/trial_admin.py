"""An admin page with every feature of ``VendorAdmin``, on addresses of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import path

import config.urls
from tenants.admin_site import MainstayAdminSite
from tenants.models import Invitation, Person
from tenants.vendor_admin import Button, VendorAdmin
from tenants.writing import Reason, Refused, action, changes, record_event


@action("people.write")
def add_person(*, name: str, email: str) -> Person:
    person = Person.objects.create(name=name, email=email)
    record_event("person.added", person)
    if name == "Nobody":
        raise Refused(
            "no_such_name",
            reasons=[Reason("no_such_name", "Not a name.", "Write one.", pointer="name")],
        )
    return person


@action("people.write")
def change_person(person: Person, *, name: str) -> None:
    before = {"name": person.name}
    person.name = name
    person.save()
    record_event("person.changed", person, data={"changes": changes(before, {"name": name})})
    if name == "Nobody":
        raise Refused("no_such_name", "Not a name.")


@action("people.write")
def greet(person: Person, *, words: str = "Hello") -> None:
    if words == "Bye":
        raise Refused("rude", "Say something kind.")
    record_event("person.greeted", person, data={"words": words})


class GreetForm(forms.Form):
    words = forms.CharField()


class TrialAdmin(VendorAdmin):
    job = "people"
    list_display = ("name", "email")
    list_filter = ("name",)
    show = ("name", "email", "created_at")
    add_action = add_person
    add_fields = ("name", "email")
    change_action = change_person
    change_fields = ("name",)
    buttons = (
        Button("greet", "Greet", greet),
        Button("greet-with", "Greet with", greet, form=GreetForm),
        Button("hidden", "Hidden", greet, shown=lambda person: False),
    )


class InvitationTrialAdmin(VendorAdmin):
    """Lists a foreign key to choose from."""

    add_action = staticmethod(lambda **cleaned: None)
    add_fields = ("invited_by",)


site = MainstayAdminSite("admin")
site.register(Person, TrialAdmin)
site.register(Invitation, InvitationTrialAdmin)

urlpatterns: list[Any] = [
    path("admin/", site.urls),
    *(entry for entry in config.urls.urlpatterns if str(entry.pattern) != "admin/"),
]
