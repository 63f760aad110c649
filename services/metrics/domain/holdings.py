"""What workers' holds on families add up to: children with a worker, court share, caseload."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.metrics.domain.facts import Fact
from services.metrics.domain.families import Teams
from services.metrics.domain.spells import Level, PlanSpell, Things, WorkerSpell, joined, lead_spells, shared
from services.metrics.domain.tallies import Stay, Tally, TallyCode, left_out, stock

_BEFORE_A_COURT = frozenset({Level.PRE_PROCEEDINGS, Level.PROCEEDINGS})
#: FTE is summed in thousandths, so that sums are exact.
FTE_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Post:
    """A worker's FTE, in thousandths, and team, from a day."""

    from_on: date
    fte: int
    team: UUID


def child_holding_tallies(
    leads: tuple[WorkerSpell, ...], plans: Iterable[PlanSpell], *, teams: Teams
) -> Iterator[Tally]:
    """Yield for each child when it has a lead worker, in which team, and when it is before a court."""
    court: dict[UUID, list[Stay]] = defaultdict(list)
    for lead in leads:
        if lead.is_impossible:
            yield left_out(lead.allocation_id, lead.started_on)
    for plan in plans:
        if plan.level in _BEFORE_A_COURT and not plan.is_impossible:
            court[plan.child_id].append(Stay(plan.started_on, plan.ended_on))
    for child, spells in leads_of_children(leads).items():
        yield from _with_worker(child, spells, teams)
        yield from _court(child, spells, court[child], teams)


def leads_of_children(leads: Iterable[WorkerSpell]) -> dict[UUID, list[WorkerSpell]]:
    """Return each child's lead workers in their order, without those whose dates contradict one another."""
    held: dict[UUID, list[WorkerSpell]] = defaultdict(list)
    for lead in leads:
        for child in () if lead.is_impossible else lead.children:
            held[child].append(lead)
    return held


def caseload_tallies(things: Things) -> Iterator[Tally]:
    """Yield, for each worker, changes of the children held and of the FTE that holds at least one."""
    posts = _posts(things)
    held: dict[UUID, dict[UUID, list[Stay]]] = defaultdict(lambda: defaultdict(list))
    for worker_id, children, stay in _holds(things):
        for child in children:
            held[worker_id][child].append(stay)
    for worker_id, children_held in held.items():
        # A worker whose post nobody has told us yet counts nowhere: the FTE would be a guess.
        if worker_id in posts:
            yield from _caseload(worker_id, children_held, posts[worker_id])


def _with_worker(child: UUID, spells: list[WorkerSpell], teams: Teams) -> Iterator[Tally]:
    """Yield the child's times with a worker; amount: a time begins; square: it begins in that team, or comes to it."""
    code = TallyCode.WITH_WORKER
    for stay in joined(_stays(spells)):
        for index, part in enumerate(shared(stay, teams(spells[-1].family_id))):
            begins = int(index == 0)
            yield Tally(code=code, subject=child, on=part.from_on, team=part.team, amount=begins, base=1, square=1)
            if part.until_on is not None:
                yield Tally(code=code, subject=child, on=part.until_on, team=part.team, base=-1)


def _court(child: UUID, spells: list[WorkerSpell], court: list[Stay], teams: Teams) -> Iterator[Tally]:
    stays = teams(spells[-1].family_id)
    mine = joined(_stays(spells))
    for stay in mine:
        yield from stock(TallyCode.COURT, child, shared(stay, stays))
    for hearing in joined(court):
        for stay in _common(hearing, mine):
            for tally in stock(TallyCode.COURT, child, shared(stay, stays)):
                yield Tally(code=tally.code, subject=child, on=tally.on, team=tally.team, amount=tally.base)


def _common(stay: Stay, others: Iterable[Stay]) -> Iterator[Stay]:
    for other in others:
        from_on = max(stay.from_on, other.from_on)
        ends = [end for end in (stay.until_on, other.until_on) if end is not None]
        until_on = min(ends, default=None)
        if until_on is None or from_on < until_on:
            yield Stay(from_on, until_on)


def _stays(spells: Iterable[WorkerSpell]) -> Iterator[Stay]:
    return (Stay(spell.started_on, spell.ended_on) for spell in spells)


def _posts(things: Things) -> dict[UUID, tuple[Post, ...]]:
    found: dict[UUID, tuple[Post, ...]] = {}
    for (_, worker_id), history in things.items():
        for fact in history:
            if fact.kind == "allocation.worker.recorded":
                post = _post(fact)
                # A later record rewrites the post from its day on.
                kept = tuple(each for each in found.get(worker_id, ()) if each.from_on < post.from_on)
                found[worker_id] = (*kept, post)
    return found


def _post(fact: Fact) -> Post:
    return Post(fact.day("from_on"), round(fact.kept["fte"] * FTE_PARTS), fact.uuid("team_id"))


def _holds(things: Things) -> Iterator[tuple[UUID, tuple[UUID, ...], Stay]]:
    for lead in lead_spells(things):
        if not lead.is_impossible:
            yield lead.worker_id, lead.children, Stay(lead.started_on, lead.ended_on)


def _caseload(worker_id: UUID, held: dict[UUID, list[Stay]], posts: tuple[Post, ...]) -> Iterator[Tally]:
    in_teams = tuple(
        Stay(date.min if index == 0 else post.from_on, _next(posts, index), post.team)
        for index, post in enumerate(posts)
    )
    for stays in held.values():
        for stay in joined(stays):
            for part in stock(TallyCode.CASELOAD, worker_id, shared(stay, in_teams)):
                yield Tally(code=part.code, subject=worker_id, on=part.on, team=part.team, amount=part.base)
    busy = joined(stay for stays in held.values() for stay in stays)
    for index, post in enumerate(posts):
        for holding in busy:
            for time_in_post in _common(holding, (in_teams[index],)):
                yield from _fte(worker_id, time_in_post, post)


def _fte(worker_id: UUID, stay: Stay, post: Post) -> Iterator[Tally]:
    for part in stock(TallyCode.CASELOAD, worker_id, (Stay(stay.from_on, stay.until_on, post.team),)):
        yield Tally(code=part.code, subject=worker_id, on=part.on, team=part.team, base=part.base * post.fte)


def _next(posts: tuple[Post, ...], index: int) -> date | None:
    return posts[index + 1].from_on if index + 1 < len(posts) else None
