"""What a census file says of one child, as it says it: texts with their place in the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from libs.kernel.codes import Sex

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
# Source: children in need census, technical specification: files up to 2023-24 say GenderCurrent (0 not known, 1 male, 2 female, 9 not specified).
_GENDERS = {"0": Sex.U, "1": Sex.M, "2": Sex.F, "9": Sex.U}


@lru_cache(maxsize=8192)
def _as_date(text: str) -> date | None:
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Field:
    """One element's text and place; an absent element has no text and the place of its parent."""

    path: str
    line: int
    text: str = ""

    @property
    def given(self) -> bool:
        """Whether the file says anything here."""
        return bool(self.text)

    @property
    def day(self) -> date | None:
        """The date that it says, or None if absent or unreadable."""
        return _as_date(self.text)

    @property
    def flag(self) -> bool | None:
        """The yes or no that it says, or None if absent or unreadable."""
        return _FLAGS.get(self.text.lower())

    @property
    def count(self) -> int | None:
        """The whole number that it says, or None if absent, negative or unreadable."""
        return int(self.text) if self.text.isascii() and self.text.isdigit() and len(self.text) <= len("1000") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which return it is, of which authority, as of which day."""

    path: str
    line: int
    collection: Field
    year: Field
    reference_date: Field
    authority: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A child and family assessment."""

    path: str
    line: int
    started: Field
    authorised: Field
    factors: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CinPlan:
    """A child in need plan."""

    path: str
    line: int
    start: Field
    end: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A section 47 enquiry, with its conference if one was held."""

    path: str
    line: int
    started: Field
    target: Field
    conference: Field
    not_required: Field

    @property
    def is_open(self) -> bool:
        """Whether neither a conference nor a decision against one has ended it."""
        return self.conference.day is None and self.not_required.flag is not True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionPlan:
    """A child protection plan and its reviews."""

    path: str
    line: int
    start: Field
    end: Field
    initial_category: Field
    latest_category: Field
    previous: Field
    reviews: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode of need: a referral and all that followed from it."""

    path: str
    line: int
    referral_date: Field
    source: Field
    primary_need: Field
    closure_date: Field
    closure_reason: Field
    conference: Field  # of a child who moved in while on a plan elsewhere
    no_further_action: Field
    assessments: tuple[Assessment, ...] = ()
    cin_plans: tuple[CinPlan, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    protection_plans: tuple[ProtectionPlan, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it goes on: further action was taken and it is not closed."""
        return self.no_further_action.flag is False and not self.closure_date.given

    @property
    def conferences(self) -> tuple[Field, ...]:
        """The dates of all its initial conferences."""
        held = (one.conference for one in self.enquiries if one.not_required.flag is not True)
        return tuple(one for one in (*held, self.conference) if one.day is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One child of the census, by number and without a name."""

    path: str
    line: int
    position: int
    la_child_id: Field
    upn: Field
    former_upn: Field
    upn_unknown: Field
    birth_date: Field
    expected_date: Field
    sex: Field
    gender: Field
    death_date: Field
    ethnicity: Field
    disabilities: tuple[Field, ...] = ()
    episodes: tuple[Episode, ...] = ()

    @property
    def is_unborn(self) -> bool:
        """Whether only an expected date is given."""
        return self.expected_date.given and not self.birth_date.given

    @property
    def recorded_sex(self) -> Sex | None:
        """The sex in today's codes, from either element; None if absent or not a code."""
        if self.sex.given or not self.gender.given:
            return next((code for code in Sex if code == self.sex.text), None)
        return _GENDERS.get(self.gender.text)


Record = Header | Child | Episode | Assessment | CinPlan | Enquiry | ProtectionPlan | Field


def counted(child: Child) -> Mapping[str, int]:
    """Return how many records of each kind a child has, in the words of the census."""
    episodes = child.episodes
    return {
        "children": 1,
        "referrals": len(episodes),
        "assessments": sum(len(one.assessments) for one in episodes),
        "section 47 enquiries": sum(len(one.enquiries) for one in episodes),
        "child in need plans": sum(len(one.cin_plans) for one in episodes),
        "child protection plans": sum(len(one.protection_plans) for one in episodes),
        "review conferences": sum(len(plan.reviews) for one in episodes for plan in one.protection_plans),
    }
