from __future__ import annotations

import pytest
import yaml
from django.core.exceptions import ValidationError

from partners.field_forms import CountryField
from partners.models import Agreement
from partners.words import country_name, paper_title
from programs.document import document_from
from tests.partners.conftest import PROGRAM
from web.codes import words_of


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("home_office", "Home office"),
        ("ot", "OT"),
        ("manufacturing_ot", "Manufacturing OT"),
        ("card-holder", "Card holder"),
    ],
)
def test_a_code_is_written_as_words(code: str, words: str) -> None:
    assert words_of(code) == words


def test_a_paper_has_its_title_of_the_program() -> None:
    document = document_from(yaml.safe_load(PROGRAM))
    assert paper_title(document, "baa_customer") == "BAA with the customer"
    assert paper_title(document, Agreement.MAIN) == "Partner agreement"
    assert paper_title(None, "baa_customer") == "BAA customer"


@pytest.mark.parametrize(
    ("code", "name"),
    [("GB", "United Kingdom"), ("de", "Germany"), ("XX", "XX"), ("", "")],
)
def test_a_country_has_its_name(code: str, name: str) -> None:
    assert country_name(code) == name


def test_a_form_offers_countries_by_name_and_takes_a_code_in_small_letters() -> None:
    field = CountryField()
    assert ("SE", "Sweden") in field.choices
    assert field.clean("se") == "SE"
    with pytest.raises(ValidationError):
        field.clean("XX")
