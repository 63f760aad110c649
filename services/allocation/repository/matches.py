"""Workers looked at for a request: all who are active, or one, with everything the rules and the terms ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.allocation.domain import forecast
from services.allocation.domain.allocation import Allocation, months_known
from services.allocation.domain.candidates import (
    Candidate,
    Match,
    Wanted,
    match,
    wanted_for,
    with_even_part,
    with_forecast,
)
from services.allocation.domain.cases import ChildWork
from services.allocation.domain.exclusions import Exclusion, barring
from services.allocation.domain.request import Request
from services.allocation.domain.scheme import Rules
from services.allocation.domain.workers import Absence
from services.allocation.repository import allocations, candidates, exclusions, families
from services.allocation.repository.candidates import NOTHING, Holding, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What is known of the family that a worker is looked at for."""

    wanted: Wanted
    allocations: tuple[Allocation, ...]
    exclusions: tuple[Exclusion, ...]


async def background(tx: Transaction, request: Request, *, at: datetime, rules: Rules) -> Background:
    """Load what a request is about: the children's work, who held the family, who may not."""
    known = await families.children(tx, request.children)
    held = tuple(await allocations.of_family(tx, request.family_id))
    barred = tuple(await exclusions.declared_for(tx, request.family_id))
    return Background(
        wanted=wanted_for(request, children=children_of(request, known, at=at, rules=rules), allocations=held),
        allocations=held,
        exclusions=barred,
    )


def children_of(
    request: Request, known: dict[UUID, families.ChildRecord], *, at: datetime, rules: Rules
) -> tuple[ChildWork, ...]:
    """Return the work that each child of a request brings; a child nobody knows is being assessed."""
    return tuple(
        known.get(child, families.ChildRecord(child_id=child, family_id=request.family_id)).work(
            on=local_day(at), settled_after_days=rules.table.settled_after_days
        )
        for child in request.children
    )


async def of_everybody(tx: Transaction, request: Request, *, at: datetime, rules: Rules) -> list[Match]:
    """Match everybody who is active; caseloads are loaded only for teams that serve the family's area."""
    about = await background(tx, request, at=at, rules=rules)
    everybody = await candidates.members(tx, None)
    serving = [member for member in everybody if request.area in member.team.areas]
    pairs = await candidates.paired(tx, family_id=about.wanted.family_id)
    loaded = await load(tx, serving, at=at, rules=rules)
    found = _candidates(everybody, loaded=loaded, about=about, pairs=pairs, at=at)
    expected = forecast.expected(await candidates.arrivals(tx, at=at), rules=rules)
    on = local_day(at)
    shared = with_forecast(found, forecast=expected, rules=rules, on=on)
    even = with_even_part(shared, wanted=about.wanted, rules=rules, on=on)
    return [match(about.wanted, each, rules=rules, on=on) for each in even]


async def of_one(
    tx: Transaction, about: Background, *, worker_id: UUID, at: datetime, rules: Rules, lock: bool = False
) -> Match | None:
    """Match one worker for the hard rules, held until the end of the transaction if so asked; None if there is no such worker."""
    one = await candidates.members(tx, [worker_id], lock=lock)
    if not one:
        return None
    found = _candidates(one, loaded=await load(tx, one, at=at, rules=rules), about=about, pairs={}, at=at)
    return match(about.wanted, found[0], rules=rules, on=local_day(at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Absences and caseloads of some workers."""

    away: Mapping[UUID, tuple[Absence, ...]]
    held: Mapping[UUID, Holding]


async def load(tx: Transaction, members: list[Member], *, at: datetime, rules: Rules) -> Loaded:
    """Load the absences and caseloads of some workers."""
    ids = [member.worker.id for member in members]
    return Loaded(
        away=await candidates.absences(tx, ids, on=local_day(at)),
        held=await candidates.holdings(tx, members, at=at, rules=rules),
    )


def of_loaded(members: list[Member], *, loaded: Loaded, about: Background, at: datetime, rules: Rules) -> list[Match]:
    """Match workers whose absences and caseloads are loaded, for the hard rules."""
    found = _candidates(members, loaded=loaded, about=about, pairs={}, at=at)
    return [match(about.wanted, each, rules=rules, on=local_day(at)) for each in found]


def _candidates(
    members: list[Member], *, loaded: Loaded, about: Background, pairs: Mapping[UUID, int], at: datetime
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            worker=member.worker,
            team=member.team,
            absences=loaded.away.get(member.worker.id, ()),
            cases=loaded.held.get(member.worker.id, NOTHING).cases,
            barred=barring(about.exclusions, worker_id=member.worker.id),
            new_families=loaded.held.get(member.worker.id, NOTHING).new_families,
            knew_months=months_known(about.allocations, worker_id=member.worker.id, now=at),
            paired_practitioners=pairs.get(member.worker.id, 0),
        )
        for member in members
    )
