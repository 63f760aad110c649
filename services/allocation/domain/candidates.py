"""A worker looked at for a family: frozen inputs of every rule and term, and the load before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from libs.kernel.ids import FamilyId, WorkerId, digest
from services.allocation.domain import mix
from services.allocation.domain.allocation import Allocation
from services.allocation.domain.capacity import Capacity, available_points, capacity, case_points
from services.allocation.domain.cases import Case, ChildWork, Share, take_on
from services.allocation.domain.exclusions import ExclusionKind
from services.allocation.domain.request import Request, RequestPurpose
from services.allocation.domain.scheme import Rules
from services.allocation.domain.workers import MAY_LEAD, Absence, Team, Worker, back_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A family that needs a worker, and what the worker must bring."""

    family_id: FamilyId
    area: str
    children: tuple[ChildWork, ...]
    share: Share = Share.LEAD
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    needs_interpreter: bool = False
    split_asked: bool = False  # siblings may go to different workers
    siblings_with: WorkerId | None = None  # leads other children of this family now
    handed_over_by: WorkerId | None = None  # passes the family on; not to be proposed again


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of one worker on the day of the proposal, as far as it may matter."""

    worker: Worker
    team: Team
    absences: tuple[Absence, ...] = ()
    cases: tuple[Case, ...] = ()
    barred: frozenset[ExclusionKind] = frozenset()
    new_families: int = 0  # in the last seven days
    knew_months: int | None = None  # held this family for so long; None never
    paired_practitioners: int = 0  # adult practitioners of this family already working with the worker
    forecast_points: Decimal = Decimal(0)  # the worker's part of what is expected in the coming week
    even_part: int | None = None  # families of this one's kind that would be an even part of the team's; None unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A candidate for a family, with the worker's capacity before and after."""

    wanted: Wanted
    candidate: Candidate
    before: Capacity
    after: Capacity
    travel_minutes: int
    on: date
    counted_on: date  # the day whose hours count: the day of return when the worker is away only briefly

    @property
    def worker_id(self) -> WorkerId:
        """The worker."""
        return self.candidate.worker.id

    @property
    def added_points(self) -> Decimal:
        """What the family adds to the worker's load."""
        return self.after.load - self.before.load

    @property
    def token(self) -> str:
        """Fingerprint of the numbers a manager decides on; it changes when one of them does."""
        before, after, candidate = self.before, self.after, self.candidate
        return digest(
            self.worker_id,
            self.wanted.family_id,
            *sorted(f"{child.child_id}:{child.case_type}:{child.complexity}" for child in self.wanted.children),
            before.load,
            before.available,
            before.court,
            before.children,
            after.load,
            after.court,
            *sorted(candidate.barred),
            candidate.worker.role,
            candidate.worker.team_id,
            candidate.worker.active,
        )


def wanted_for(request: Request, *, children: tuple[ChildWork, ...], allocations: Iterable[Allocation]) -> Wanted:
    """Put together what a request asks for, from the work its children bring and who holds the family now."""
    leads = [each for each in allocations if each.is_open and each.share is Share.LEAD]
    change = request.purpose is RequestPurpose.CHANGE_OF_WORKER
    passing_on = request.previous_worker_id if change else None
    staying = [each.worker_id for each in leads if each.worker_id != passing_on]
    return Wanted(
        family_id=request.family_id,
        area=request.area,
        children=children,
        share=request.share,
        skills=request.skills,
        languages=request.languages,
        needs_interpreter=request.needs_interpreter,
        split_asked=request.split_asked,
        siblings_with=staying[0] if staying else None,
        handed_over_by=passing_on,
    )


def match(wanted: Wanted, candidate: Candidate, *, rules: Rules, on: date) -> Match:
    """Work out what holding the family would mean for the worker."""
    worker = candidate.worker
    minutes = rules.travel_minutes(worker.base_area, wanted.area)
    new = Case(
        family_id=wanted.family_id,
        children=wanted.children,
        share=wanted.share,
        since=on,
        taken_over_on=on if wanted.handed_over_by is not None else None,
        travel_minutes=minutes,
        needs_interpreter=wanted.needs_interpreter,
    )
    day = _counted_on(candidate, rules=rules, on=on)
    before = capacity(worker, absences=candidate.absences, cases=candidate.cases, rules=rules, on=day)
    if any(case.family_id == new.family_id for case in candidate.cases):
        held = take_on(candidate.cases, new)
        after = capacity(worker, absences=candidate.absences, cases=held, rules=rules, on=day)
    else:
        after = before.with_case(case_points(new, rules=rules, on=day))
    return Match(
        wanted=wanted,
        candidate=candidate,
        before=before,
        after=after,
        travel_minutes=minutes,
        on=on,
        counted_on=day,
    )


def _counted_on(candidate: Candidate, *, rules: Rules, on: date) -> date:
    back = back_on(candidate.absences, on=on)
    return back if back is not None and (back - on).days <= rules.ceilings.absent_days else on


def with_even_part(
    candidates: tuple[Candidate, ...], *, wanted: Wanted, rules: Rules, on: date
) -> tuple[Candidate, ...]:
    """Say how many families of this one's kind would be an even part of what each team holds with it."""
    kind = mix.kind_of(wanted.children)
    parts: dict[WorkerId, int] = {}
    for team_id in {candidate.team.id for candidate in candidates}:
        members = [candidate for candidate in candidates if candidate.team.id == team_id]
        room = {
            each.worker.id: available_points(
                each.worker, absences=each.absences, rules=rules, on=_counted_on(each, rules=rules, on=on)
            )
            for each in members
            if each.worker.role in MAY_LEAD
        }
        held = sum(mix.count(each.cases, kind) for each in members)
        parts |= mix.even_parts(held + 1, room=room)
    return tuple(replace(each, even_part=parts.get(each.worker.id)) for each in candidates)


def with_forecast(
    candidates: tuple[Candidate, ...], *, forecast: Mapping[str, Decimal], rules: Rules, on: date
) -> tuple[Candidate, ...]:
    """Share the points expected in each area over the workers whose teams serve it, by the room each nominally has."""
    room = {
        candidate.worker.id: available_points(candidate.worker, absences=candidate.absences, rules=rules, on=on)
        for candidate in candidates
    }
    part: dict[WorkerId, Decimal] = dict.fromkeys(room, Decimal(0))
    for area, points in sorted(forecast.items()):
        serving = [candidate.worker.id for candidate in candidates if area in candidate.team.areas]
        total = sum((room[worker_id] for worker_id in serving), Decimal(0))
        for worker_id in serving:
            part[worker_id] += points * room[worker_id] / total if total else Decimal(0)
    return tuple(replace(candidate, forecast_points=part[candidate.worker.id]) for candidate in candidates)
