"""Tallies: what one subject adds to one figure on one day. Every measure is a sum of tallies, or a quotient of sums.

`base` counts, `amount` is the part that meets a condition (or the days waited, or the cases held), `square`
serves the interval of a mean. All are whole numbers, so that a sum is the same in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class TallyCode(StrEnum):
    """What is tallied."""

    REFERRAL = "referral"  # a child referred; amount: referred in the twelve months before
    REFERRAL_OUTCOME = "referral_outcome"  # a child referred and decided; amount: no further action
    NEW_REFERRAL = (
        "new_referral"  # a child referred whose case was not open; amount: so referred in the twelve months before
    )
    NEW_REFERRAL_OUTCOME = "new_referral_outcome"  # the same; amount: no further action
    FAMILY_REFERRAL = "family_referral"  # a family's referral received
    DECISION = "decision"  # a referral decided; amount: within one working day
    ALLOCATION_WAIT = "allocation_wait"  # a referral given its first worker; amount: days since receipt
    ASSESSMENT_OF_REFERRAL = "assessment_of_referral"  # a child's assessment; amount: 45 days from referral
    ASSESSMENT_OF_START = "assessment_of_start"  # a child's assessment; amount: 45 days from its own start
    IN_NEED = "in_need"  # change of the number of children in an open episode
    EARLY_HELP = "early_help"  # changes of the numbers of children on a plan or level
    CIN_PLAN = "cin_plan"
    CP_PLAN = "cp_plan"
    PRE_PROCEEDINGS = "pre_proceedings"
    PROCEEDINGS = "proceedings"
    LOOKED_AFTER = "looked_after"
    IN_NEED_START = "in_need_start"  # episodes and plans that start
    CIN_START = "cin_start"
    CP_START = "cp_start"  # amount: had a plan before, however long ago
    CP_START_TWO_YEARS = "cp_start_two_years"  # amount: an earlier plan ended at most two years before
    LOOKED_AFTER_START = "looked_after_start"
    WITH_WORKER = (
        "with_worker"  # change of the number of children with a lead worker; amount: that begin; square: in the team
    )
    OPEN = "open"  # change of the number of children with an open episode; amount: that begin; square: in the team
    OPEN_AGAIN = "open_again"  # a child open again; amount: the ordinal of the day it last ended; square: in the team
    COURT = "court"  # change of the number of children with a lead worker; amount: of those before a court
    WORKER_CHANGE = "worker_change"  # a child passed from one lead worker to another; amount: in an open episode
    # From its day on a window that begins before the day of that ordinal has three workers; square: of the team's child.
    MANY_WORKERS = "many_workers"
    CASELOAD = "caseload"  # change of children held (amount) and of thousandths of FTE holding them (base)
    PRACTITIONER_WAIT = "practitioner_wait"  # an adult met by a practitioner; amount: days since the team asked
    PARTNER_ANSWER = "partner_answer"  # a request answered by an agency; amount: accepted
    PARTNER_WAIT = "partner_wait"  # a request begun by an agency; amount: days since it reached the agency
    PARTNER_WAITING = "partner_waiting"  # change of the number of requests that wait for first contact
    LEFT_OUT = "left_out"  # a record left out because its dates contradict one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What `subject` adds on a day; a team or agency where one answers for it."""

    code: TallyCode
    subject: UUID
    on: date
    team: UUID | None = None
    agency: UUID | None = None
    amount: int = 0
    base: int = 0
    square: int = 0

    @property
    def place(self) -> tuple[str, UUID, date, UUID | None, UUID | None]:
        """Where it is added: at most one tally stands in a place."""
        return self.code, self.subject, self.on, self.team, self.agency

    @property
    def is_nothing(self) -> bool:
        """Say whether it adds nothing."""
        return not (self.amount or self.base or self.square)


@dataclass(frozen=True, slots=True)
class KnownTally:
    """A tally and the time in which it was what we knew; without an end it is what we know."""

    tally: Tally
    known_from: datetime
    known_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Some days, `[from_on, until_on)`, in a team; without an end they go on."""

    from_on: date
    until_on: date | None
    team: UUID | None = None


def collect(tallies: Iterable[Tally]) -> frozenset[Tally]:
    """Return one tally for each place, summed, without those that add nothing."""
    single: dict[tuple[object, ...], Tally] = {}
    for tally in tallies:
        place = tally.place
        there = single.get(place)
        single[place] = tally if there is None else _sum(there, tally)
    return frozenset([tally for tally in single.values() if not tally.is_nothing])


def waited(code: TallyCode, subject: UUID, *, from_on: date, on: date, team: UUID | None = None, agency: UUID | None = None) -> Tally:  # fmt: skip
    """Return the tally of days waited until `on`; of a wait that ends before it begins, that it was left out."""
    days = (on - from_on).days
    if days < 0:
        return left_out(subject, on)
    return Tally(code=code, subject=subject, on=on, team=team, agency=agency, amount=days, base=1, square=days * days)


def left_out(subject: UUID, on: date) -> Tally:
    """Return the tally of a record that counts nowhere because its dates contradict one another."""
    return Tally(code=TallyCode.LEFT_OUT, subject=subject, on=on, base=1)


def stock(code: TallyCode, subject: UUID, stays: Iterable[Stay], *, agency: UUID | None = None) -> Iterable[Tally]:
    """Yield one up where each stay begins and one down where it ends."""
    for stay in stays:
        yield Tally(code=code, subject=subject, on=stay.from_on, team=stay.team, agency=agency, base=1)
        if stay.until_on is not None:
            yield Tally(code=code, subject=subject, on=stay.until_on, team=stay.team, agency=agency, base=-1)


def _sum(one: Tally, other: Tally) -> Tally:
    return Tally(
        code=one.code,
        subject=one.subject,
        on=one.on,
        team=one.team,
        agency=one.agency,
        amount=one.amount + other.amount,
        base=one.base + other.base,
        square=one.square + other.square,
    )
