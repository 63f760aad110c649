"""Teams and their workers: where they serve, what hours they have, and when they are away."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.ids import TeamId, WorkerId

LONGEST_WEEK = Decimal(60)
MOST_DUTIES = Decimal(1000)
_FTE = Decimal("0.001")
_HOURS = _POINTS = Decimal("0.01")
_FARTHEST = timedelta(days=731)


class WorkerRole(StrEnum):
    """The posts of a team."""

    SOCIAL_WORKER = "social_worker"
    SENIOR_SOCIAL_WORKER = "senior_social_worker"
    ADVANCED_PRACTITIONER = "advanced_practitioner"
    FAMILY_SUPPORT_WORKER = "family_support_worker"
    ASSISTANT_TEAM_MANAGER = "assistant_team_manager"
    TEAM_MANAGER = "team_manager"


#: Posts that may be a family's named social worker.
MAY_LEAD = frozenset({WorkerRole.SOCIAL_WORKER, WorkerRole.SENIOR_SOCIAL_WORKER, WorkerRole.ADVANCED_PRACTITIONER})
#: Posts that may work with a family beside its named social worker.
MAY_CO_WORK = MAY_LEAD | {WorkerRole.FAMILY_SUPPORT_WORKER}


class AbsenceReason(StrEnum):
    """Why a worker is away; it may speak of health, so only the days leave the worker and the team's manager."""

    LEAVE = "leave"
    SICKNESS = "sickness"
    PARENTAL = "parental"
    TRAINING = "training"
    SECONDMENT = "secondment"
    OTHER = "other"


class InvalidWorker(Invalid):
    """A worker's post cannot be as described."""

    slug = "invalid-worker"


class InvalidPeriod(Invalid):
    """That period cannot be right."""

    slug = "invalid-period"


class OverlappingAbsence(Conflict):
    """The worker is already recorded as away in that time."""

    slug = "overlapping-absence"


class AbsenceTakenBack(Conflict):
    """The absence was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A family support and safeguarding team and the areas whose families it serves."""

    id: TeamId
    code: str
    name: str
    areas: frozenset[str]
    active: bool = True
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A member of staff who may hold families; `name` stays in this service."""

    id: WorkerId
    team_id: TeamId
    name: str
    role: WorkerRole
    fte: Decimal  # 0 < fte <= 1
    contracted_hours: Decimal  # a week
    base_area: str
    first_year_from: date | None = None  # assessed and supported year in employment (ASYE)
    first_year_until: date | None = None
    agency: bool = False
    agency_until: date | None = None
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    extra_duties: Decimal = Decimal(0)  # points, such as for being a practice educator
    active: bool = True
    from_on: date
    revision: int = 1

    def in_first_year(self, on: date) -> bool:
        """Whether the day lies in the worker's assessed and supported year."""
        started = self.first_year_from is not None and self.first_year_from <= on
        return started and (self.first_year_until is None or on < self.first_year_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A worker away, wholly or for some hours a week, during `[from_on, until_on)`; open when None."""

    id: UUID
    worker_id: WorkerId
    reason: AbsenceReason
    sudden: bool
    from_on: date
    until_on: date | None = None
    hours: Decimal | None = None  # a week; None is all of them
    taken_back_at: datetime | None = None
    revision: int = 1

    def covers(self, on: date) -> bool:
        """Whether the worker is away on that day."""
        return self.taken_back_at is None and self.from_on <= on and (self.until_on is None or on < self.until_on)

    def meets(self, other: "Absence") -> bool:
        """Whether two absences share a day."""
        if self.taken_back_at is not None or other.taken_back_at is not None:
            return False
        starts_in_time = other.until_on is None or self.from_on < other.until_on
        return starts_in_time and (self.until_on is None or other.from_on < self.until_on)

    def clashes(self, other: "Absence") -> bool:
        """Whether two absences of all hours share a day; hours away come on top of each other and of leave."""
        return self.hours is None and other.hours is None and self.meets(other)


def check_worker(worker: Worker) -> Worker:
    """Return the worker as kept if the post can be as described; raise with every fault otherwise."""
    worker = replace(
        worker,
        fte=worker.fte.quantize(_FTE, ROUND_HALF_UP),
        contracted_hours=worker.contracted_hours.quantize(_HOURS, ROUND_HALF_UP),
        extra_duties=worker.extra_duties.quantize(_POINTS, ROUND_HALF_UP),
    )
    faults = tuple(_faults(worker))
    if faults:
        raise InvalidWorker(
            " ".join(sentence for _, sentence in faults), at=faults[0][0], pointers=[pointer for pointer, _ in faults]
        )
    return worker


def _faults(worker: Worker) -> Iterable[tuple[str, str]]:
    if not 0 < worker.fte <= 1:
        yield "/fte", "FTE lies above 0 and not above 1."
    if not 0 < worker.contracted_hours <= LONGEST_WEEK:
        yield "/contracted_hours", "Contracted hours lie above 0 and not above 60 a week."
    if worker.first_year_until is not None and worker.first_year_from is None:
        yield "/first_year_from", "A first year that ends has a start."
    if worker.first_year_from and worker.first_year_until and worker.first_year_until <= worker.first_year_from:
        yield "/first_year_until", "The first year ends after it starts."
    if worker.agency_until is not None and not worker.agency:
        yield "/agency_until", "Only agency staff have an agency end date."
    if not 0 <= worker.extra_duties <= MOST_DUTIES:
        yield "/extra_duties", "Extra duties lie between 0 and 1000 points."


def record_absence(absence: Absence, *, others: Iterable[Absence], worker: Worker) -> Absence:
    """Return the absence as kept if it can stand beside the worker's others."""
    if absence.hours is not None:
        absence = replace(absence, hours=absence.hours.quantize(_HOURS, ROUND_HALF_UP))
    if absence.until_on is not None and absence.until_on <= absence.from_on:
        raise InvalidPeriod("An absence lasts at least a day.", at="/until_on")
    if absence.hours is not None and not 0 < absence.hours <= worker.contracted_hours:
        raise InvalidPeriod("Hours away lie above 0 and not above the contracted ones.", at="/hours")
    if any(absence.clashes(other) for other in others if other.id != absence.id):
        raise OverlappingAbsence("Another absence covers part of that time; end it or take it back first.")
    return absence


def need_near(absence: Absence, *, worker: Worker, today: date) -> None:
    """Refuse an absence from before the worker's post, or one that begins in a far year: a slip of the pen."""
    if absence.from_on < worker.from_on:
        raise InvalidPeriod("The worker was not in post by then.", at="/from_on")
    if absence.from_on - today > _FARTHEST:
        raise InvalidPeriod("An absence is recorded at most two years ahead.", at="/from_on")


def end_absence(absence: Absence, *, back_on: date, others: Iterable[Absence] = ()) -> Absence:
    """Let the worker be back from a day on; a later day than planned lengthens the absence."""
    if absence.taken_back_at is not None:
        raise AbsenceTakenBack("It was taken back; record another.")
    if back_on <= absence.from_on:
        raise InvalidPeriod(
            "The worker is back after the absence began; take it back if it never began.", at="/back_on"
        )
    ended = replace(absence, until_on=back_on)
    if any(ended.clashes(other) for other in others if other.id != absence.id):
        raise OverlappingAbsence("Another absence begins before that day.", at="/back_on")
    return ended


def take_back(absence: Absence, *, now: datetime) -> Absence:
    """Mark the absence as one that did not or will not happen."""
    if absence.taken_back_at is not None:
        raise AbsenceTakenBack("It was taken back already.")
    return replace(absence, taken_back_at=now)


def hours_on(worker: Worker, *, absences: Iterable[Absence], on: date) -> Decimal:
    """Return the weekly hours that a worker has on a day: contracted, less those away; never below 0."""
    if not worker.active or on < worker.from_on:
        return Decimal(0)
    if worker.agency_until is not None and on >= worker.agency_until:
        return Decimal(0)
    away = sum(
        (worker.contracted_hours if absence.hours is None else absence.hours)
        for absence in absences
        if absence.covers(on)
    )
    return max(Decimal(0), worker.contracted_hours - away).quantize(_HOURS)


def away(absences: Iterable[Absence]) -> tuple[tuple[date, date | None], ...]:
    """Return from when until when the worker is wholly away, absences that follow each other as one; None is open."""
    joined: list[tuple[date, date | None]] = []
    for absence in sorted(absences, key=lambda absence: absence.from_on):
        if absence.hours is not None or absence.taken_back_at is not None:
            continue
        from_on, until_on = absence.from_on, absence.until_on
        if joined and joined[-1][1] == from_on:
            from_on, _ = joined.pop()
        joined.append((from_on, until_on))
    return tuple(joined)


def back_on(absences: Iterable[Absence], *, on: date) -> date | None:
    """Return the first day from `on` that no whole absence covers; None when no return is planned."""
    for from_on, until_on in away(absences):
        if from_on <= on and (until_on is None or on < until_on):
            return until_on
    return on
