"""Names of companies: which are the same, and that a search meets one with a mistake in it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deals.matching import LEAST
from deals.rules.names import GENERIC, fold, grams, likeness, lookups

SAME = [
    ("Müller & Söhne GmbH & Co. KG", "Muller und Sohne"),
    ("Philips B.V.", "PHILIPS BV"),
    ("株式会社日立製作所", "日立製作所"),
    ("삼성전자 주식회사", "삼성전자"),
    ("Smith and Sons, Pty. Ltd.", "Smith & Sons"),
    ("Oy Nokia Ab", "Nokia Oyj"),
    ("Foo sp. z o.o.", "FOO"),
    ("Banco Santander, S.A. de C.V.", "Banco Santander"),
    ("L’Oréal S.A.", "L'Oreal"),
    ("ООО Ромашка", "Ромашка"),
    ("Bouvet ASA", "Bouvet"),
    ("Toyota K.K.", "Toyota"),
    ("Straße AG", "Strasse"),
    ("Skyline OÜ", "Skyline"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spelling_and_legal_form_tell_no_companies_apart(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("name", "folded"),
    [("Limited Inc", "limited"), ("S.A.", "sa"), ("SAS Institute", "sas institute"), ("!!", "")],
)
def test_a_name_is_never_folded_away(name: str, folded: str) -> None:
    assert fold(name) == folded


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


word = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)
generic = st.sampled_from(sorted(w for w in GENERIC if len(w) > 4))
name = st.lists(st.one_of(word, generic), min_size=1, max_size=4, unique=True)


def found(asked: str, account: str) -> bool:
    """Whether a search for the one name meets the other account, and thinks it may be it."""
    held = set(grams(7, fold(account)))
    met = any(
        held & set(one.any_of) and (not one.beside or held & set(one.beside))
        for one in lookups(7, fold(asked))
    )
    return met and likeness(fold(asked), fold(account)).score >= LEAST


def mistaken(text: str, kind: str, at: int, letter: str) -> str:
    at %= len(text) - 1
    return {
        "left out": text[:at] + text[at + 1 :],
        "too much": text[:at] + letter + text[at:],
        "another": text[:at] + letter + text[at + 1 :],
        "swapped": text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    }[kind]


@given(
    name,
    st.integers(0, 3),
    st.sampled_from(["left out", "too much", "another", "swapped"]),
    st.integers(0, 30),
    st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
)
def test_a_mistake_in_a_word_is_found(
    words: list[str], which: int, kind: str, at: int, letter: str
) -> None:
    typed = list(words)
    which %= len(words)
    typed[which] = mistaken(words[which], kind, at, letter)
    # A mistake may happen to make a word that is no word of a name.
    assume(len(fold(" ".join(typed)).split()) == len(words) == len(fold(" ".join(words)).split()))
    # Of two words that all companies carry, a quarter of the letters is all there is.
    assume(not all(word in GENERIC for word in words) or len(words) > 1 or which == 0)
    assert found(" ".join(typed), " ".join(words))


@given(name, st.randoms(use_true_random=False), st.sampled_from(["GmbH", "S.A.", "Pty Ltd", "AG"]))
def test_order_legal_form_and_case_are_found(words: list[str], chance: object, form: str) -> None:
    typed = list(words)
    chance.shuffle(typed)  # type: ignore[attr-defined]
    assume(len(fold(" ".join(words)).split()) == len(words))
    assume(len(fold(" ".join(typed)).split()) == len(words))
    assert found(f"{' '.join(typed).upper()} {form}", " ".join(words))


@given(name, name)
def test_likeness_is_the_same_from_both_sides(one: list[str], other: list[str]) -> None:
    a, b = fold(" ".join(one)), fold(" ".join(other))
    score = likeness(a, b).score
    assert (score, 0 <= score <= 100, likeness(a, a).score) == (likeness(b, a).score, True, 100)


@pytest.mark.parametrize(
    ("asked", "account"),
    [("Cedar", "Cedar Dental Group"), ("CedarDental", "Cedar Dental"), ("Mueller", "Müller AG")],
)
def test_a_shorter_or_joined_name_is_found(asked: str, account: str) -> None:
    assert found(asked, account)


def test_words_that_many_carry_make_no_two_companies_alike() -> None:
    assert not found("Maple Dental Group", "Cedar Dental Group")


def test_another_vendor_looks_under_other_numbers() -> None:
    assert not set(grams(1, "cedar clinic")) & set(grams(2, "cedar clinic"))


def test_likeness_says_which_words_agree() -> None:
    like = likeness("cedra valley", "cedar valley")
    assert (like.same, like.near) == (("valley",), (("cedra", "cedar"),))
