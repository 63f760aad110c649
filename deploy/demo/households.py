"""Invented people: names that nobody has, addresses that no post reaches, NHS numbers from the test range."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

_GIVEN = (
    "Aster", "Birch", "Clover", "Dahlia", "Elder", "Fern", "Garnet", "Heather", "Iris", "Jasper", "Kestrel", "Linnet", "Marigold",
    "Nettle", "Opal", "Plover", "Quill", "Rowan", "Sorrel", "Teal", "Umber", "Vesper", "Wren", "Xanthe", "Yarrow", "Zinnia",
)  # fmt: skip
_FIRST = ("Alder", "Bram", "Cobble", "Dapple", "Ember", "Fallow", "Gossamer", "Hollow", "Ivory", "Juniper", "Kindle", "Lantern",
          "Meadow", "Needle", "Orchard", "Pebble", "Quarry", "Ripple", "Saffron", "Thimble", "Velvet", "Willow")  # fmt: skip
_SECOND = (
    "wick",
    "croft",
    "ridge",
    "brook",
    "mead",
    "holt",
    "stead",
    "moor",
    "bourne",
    "gate",
    "hurst",
    "combe",
    "ley",
    "dene",
)
_STREETS = ("Lamplighter Lane", "Kite Street", "Paper Mill Row", "Marmalade Close", "Clockmaker's Yard", "Sundial Road")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """Somebody who does not exist."""

    key: str  # within the county: such as 17.child.2
    given_name: str
    family_name: str
    birth_on: date | None  # None: not born yet
    expected_on: date | None
    sex: str  # M, F, U
    nhs_number: str | None
    ethnicity: str = "WBRI"

    @property
    def is_adult(self) -> bool:
        """Whether this is a parent or carer."""
        return ".adult." in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A family that does not exist, at an address that no post reaches."""

    number: int
    area: str
    street: str
    postcode: str
    adults: tuple[Invented, ...]
    children: tuple[Invented, ...]


def nhs_numbers(start: int) -> Iterator[str]:
    """Count through the range 999 000 0000 onwards, which is never given to a patient; the last digit checks."""
    number = start
    while True:
        digits = f"999{number:06d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:  # noqa: PLR2004 - such a number does not exist
            yield f"{digits}{0 if check == 11 else check}"  # noqa: PLR2004 - modulus 11
        number += 1


def invent_household(*, number: int, area: str, children: int, on: date, unborn: bool, chance: Random) -> Household:
    """Make up a family with so many children, as it is on this day; one child may still be expected then."""
    surname = f"{chance.choice(_FIRST)}{chance.choice(_SECOND)}-Invented"
    # A range of its own for each family: a larger county keeps the people of a smaller one.
    numbers = nhs_numbers(number * 12)
    adults = tuple(
        Invented(
            key=f"{number}.adult.{position}",
            given_name=chance.choice(_GIVEN),
            family_name=surname,
            birth_on=on - timedelta(days=chance.randint(20 * 365, 48 * 365)),
            expected_on=None,
            sex=sex,
            nhs_number=next(numbers),
        )
        for position, sex in enumerate(("F", "M")[: chance.choice((1, 2, 2))], start=1)
    )
    return Household(
        number=number,
        area=area,
        street=f"{chance.randint(1, 199)} {chance.choice(_STREETS)}",
        # No postcode area begins with Z.
        postcode=f"ZX{chance.randint(1, 99)} {chance.randint(1, 9)}{chance.choice('ABDEFGHJLN')}{chance.choice('PQRSTUWXYZ')}",
        adults=adults,
        children=tuple(
            _child(
                f"{number}.child.{position}",
                surname=surname,
                on=on,
                unborn=position == children and unborn,
                numbers=numbers,
                chance=chance,
            )
            for position in range(1, children + 1)
        ),
    )


def _child(key: str, *, surname: str, on: date, unborn: bool, numbers: Iterator[str], chance: Random) -> Invented:
    return Invented(
        key=key,
        given_name="Unborn" if unborn else chance.choice(_GIVEN),
        family_name=surname,
        birth_on=None if unborn else on - timedelta(days=chance.randint(30, 16 * 365)),
        expected_on=on + timedelta(days=chance.randint(40, 150)) if unborn else None,
        sex="U" if unborn else chance.choice("MF"),
        nhs_number=None if unborn else next(numbers),
        ethnicity=chance.choices(("WBRI", "WOTH", "MWBC", "APKN", "BAFR", "MOTH"), (70, 9, 5, 6, 5, 5))[0],
    )
