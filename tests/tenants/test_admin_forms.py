"""Forms of the admin: choices in words, boxes one a line."""

from __future__ import annotations

from django import forms

from tenants.admin_forms import dressed


class Trial(forms.Form):
    must = forms.TypedChoiceField(choices=[("", "---------"), ("a", "A")])
    may = forms.ChoiceField(choices=[("", "---------"), ("a", "A")], required=False)
    own = forms.ChoiceField(choices=[("", "Not known"), ("a", "A")], required=False)
    several = forms.MultipleChoiceField(
        choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple
    )


def test_an_empty_choice_is_named_instead_of_dashes() -> None:
    form = dressed(Trial())
    first = {name: next(iter(form.fields[name].choices)) for name in ("must", "may", "own")}  # type: ignore[attr-defined]
    assert {name: str(words) for name, (_, words) in first.items()} == {
        "must": "Choose",
        "may": "None",
        "own": "Not known",
    }


def test_boxes_stand_below_each_other_and_take_their_room() -> None:
    drawn = str(dressed(Trial())["several"])
    around = drawn.split("<input")[0]
    assert "flex-col" in around and "h-4" not in around
