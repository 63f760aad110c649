"""Identifiers of children: their form and check digits. None of them ever stands in a URL or an event."""

import re
from typing import Any, Protocol

from libs.kernel.errors import Invalid

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # 23 letters: no I, O, S
_UPN = re.compile(r"[A-Z][0-9]{11}[0-9A-Z]")
_LA_CHILD_ID = re.compile(r"[A-Za-z0-9]{1,20}")
_POSTCODE = re.compile(
    r"(GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]([0-9]|[ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW]) ?[0-9][ABD-HJLNP-UW-Z]{2})"
)
_NHS_DIGITS = 10
_NO_CHECK_DIGIT = 10


class InvalidIdentifier(Invalid):
    """The identifier has the wrong form or check digit."""

    slug = "invalid-identifier"


def nhs_number(text: str, *, at: str | None = None) -> str:
    """Return the ten digits of an NHS number; raise `InvalidIdentifier` if the check digit is wrong."""
    digits = re.sub(r"[ -]", "", text)
    if re.fullmatch(r"[0-9]{10}", digits) is None:
        raise InvalidIdentifier("An NHS number has ten digits.", at=at)
    # Source: NHS Data Dictionary, NHS number: modulus 11 with weights 10 to 2; 11 stands for 0, 10 is not valid.
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(_NHS_DIGITS, 1, -1), strict=False))
    check = (11 - total % 11) % 11
    if check == _NO_CHECK_DIGIT or check != int(digits[-1]):
        raise InvalidIdentifier("The check digit of the NHS number is wrong.", at=at)
    return digits


def upn(text: str, *, at: str | None = None) -> str:
    """Return a unique pupil number in capitals; raise `InvalidIdentifier` if its check letter is wrong."""
    number = text.strip().upper()
    if _UPN.fullmatch(number) is None or number[-1] not in _UPN_LETTERS + "0123456789":
        raise InvalidIdentifier("A UPN has a check letter, eleven digits, and a digit or a letter.", at=at)
    # Source: DfE, unique pupil numbers: weights 2 to 13, modulus 23; a temporary number's last letter counts
    # as its place in the alphabet without I, O and S.
    values = [_UPN_LETTERS.index(sign) if sign.isalpha() else int(sign) for sign in number[1:]]
    total = sum(value * weight for value, weight in zip(values, range(2, 14), strict=True))
    if number[0] != _UPN_LETTERS[total % len(_UPN_LETTERS)]:
        raise InvalidIdentifier("The check letter of the UPN is wrong.", at=at)
    return number


def postcode(text: str, *, at: str | None = None) -> str:
    """Return a postcode in its normal form, such as `OX1 1ND`; raise `InvalidIdentifier` if malformed."""
    tight = re.sub(r"\s", "", text).upper()
    if not tight.isascii() or _POSTCODE.fullmatch(tight) is None:
        raise InvalidIdentifier("That is not the form of a postcode.", at=at)
    return f"{tight[:-3]} {tight[-3:]}"


def la_child_id(text: str, *, at: str | None = None) -> str:
    """Return an authority's own child number: at most 20 letters and digits (census rule 8510)."""
    if _LA_CHILD_ID.fullmatch(text) is None:
        raise InvalidIdentifier("An authority's child number has 1 to 20 letters and digits.", at=at)
    return text


class Identified(Protocol):
    """Somebody who may be known by identifiers."""

    @property
    def nhs_number(self) -> str | None:
        """The NHS number."""

    @property
    def upn(self) -> str | None:
        """The unique pupil number."""

    @property
    def la_child_id(self) -> str | None:
        """The authority's own child number."""


def normal(told: Identified, *, at: str = "") -> tuple[dict[str, Any], tuple[InvalidIdentifier, ...]]:
    """Return a person's identifiers in their normal form, and what is wrong with each that has none."""
    found: dict[str, Any] = {}
    faults: list[InvalidIdentifier] = []
    for name, check in (("nhs_number", nhs_number), ("upn", upn), ("la_child_id", la_child_id)):
        text = getattr(told, name)
        try:
            found[name] = text and check(text, at=f"{at}/{name}")
        except InvalidIdentifier as fault:
            faults.append(fault)
    return found, tuple(faults)
