"""Identifiers with their check digits, against the published library where there is one."""

import nhs_number as published
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.domain import identifiers as rules
from services.referrals.domain.identifiers import InvalidIdentifier


@given(st.from_regex(r"999[0-9]{7}", fullmatch=True))
def test_the_check_digit_is_the_same_as_the_published_librarys(digits: str) -> None:
    if published.is_valid(digits):
        assert rules.nhs_number(digits) == digits
    else:
        with pytest.raises(InvalidIdentifier):
            rules.nhs_number(digits)


def test_an_nhs_number_may_be_written_with_spaces_and_hyphens() -> None:
    assert rules.nhs_number("999 000 0018") == rules.nhs_number("999-000-0018") == "9990000018"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "999000001",
        "99900000180",
        "999000001x",
        "\uff19\uff19\uff19\uff10\uff10\uff10\uff10\uff10\uff11\uff18",
        "9990000019",
    ],
)
def test_what_is_no_nhs_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        rules.nhs_number(text, at="/children/0/nhs_number")

    assert refusal.value.slug == "invalid-identifier"
    assert refusal.value.at == "/children/0/nhs_number"
    assert not text or text not in str(refusal.value)


@given(st.from_regex(r"[0-9]{11}[0-9A-HJ-NP-RT-Z]", fullmatch=True))
def test_exactly_one_check_letter_fits_a_upn(body: str) -> None:
    fitting = []
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        try:
            fitting.append(rules.upn(letter + body))
        except InvalidIdentifier:
            continue

    assert len(fitting) == 1


@pytest.mark.parametrize("text", ["", "A123", "A12345678901I", "1123456789012", "A12345678901é"])
def test_what_is_no_upn_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        rules.upn(text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ox11nd", "OX1 1ND"),
        (" SW1A  1AA ", "SW1A 1AA"),
        ("m1 1ae", "M1 1AE"),
        ("GIR0AA", "GIR 0AA"),
        ("EC1A1BB", "EC1A 1BB"),
    ],
)
def test_a_postcode_gets_its_normal_form(written: str, normal: str) -> None:
    assert rules.postcode(written) == normal


@pytest.mark.parametrize("text", ["", "OX", "OX1 1N", "Q1 1AA", "OX1 1CD", "OX1 1NDX", "\u041e\u04251 1ND"])
def test_what_is_no_postcode_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        rules.postcode(text)


@pytest.mark.parametrize("text", ["", "A" * 21, "A B", "A-1", "Ä1"])
def test_what_is_no_child_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        rules.la_child_id(text)


def test_a_child_number_has_letters_and_digits() -> None:
    assert rules.la_child_id("DfEX0000001") == "DfEX0000001"
