"""Changes of a child's lead worker, and windows in which a child had many workers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from uuid import UUID

from services.metrics.domain.episodes import Episodes
from services.metrics.domain.families import team_on
from services.metrics.domain.spells import WorkerSpell
from services.metrics.domain.tallies import Stay, Tally, TallyCode

# Source: SSDA903 reasons for a change of social worker: FCONTA is a first contact or a re-referral, not a change.
_FIRST_CONTACT = "FCONTA"
# Source: local indicator of continuity: the share of children with three or more workers.
MANY_WORKERS = 3


def change_tallies(held: Mapping[UUID, Sequence[WorkerSpell]], open_times: Mapping[UUID, Episodes]) -> Iterator[Tally]:
    """Yield, given each child's lead workers in their order, the changes and the windows with many workers."""
    for child, spells in held.items():
        episodes = open_times.get(child)
        for change in changes_of_worker(spells):
            code, on = TallyCode.WORKER_CHANGE, change.started_on
            is_open = int(episodes is not None and episodes.is_open_on(on))
            yield Tally(code=code, subject=child, on=on, team=change.team_id, amount=is_open, base=1)
        if episodes is not None:
            yield from _many_workers(spells, episodes)


def changes_of_worker(spells: Sequence[WorkerSpell]) -> tuple[WorkerSpell, ...]:
    """Return, of a child's lead workers in their order, those to whom the child passed from another."""
    return tuple(
        after
        for before, after in pairwise(spells)
        if after.worker_id != before.worker_id and after.reason != _FIRST_CONTACT
    )


def windows_with_many(spells: Iterable[WorkerSpell], stays: Iterable[Stay]) -> tuple[tuple[date, date], ...]:
    """Return pairs of days by which to tell whether a window touches one of `stays` and many workers.

    It does if it ends after the first day of some pair and begins before the second. Both rise from pair to pair.
    """
    holding = [spell for spell in spells if spell.ended_on is None or spell.ended_on > spell.started_on]
    open_times = tuple(stays)
    found: list[tuple[date, date]] = []
    for day in sorted({spell.started_on for spell in holding} | {stay.from_on for stay in open_times}):
        last: dict[UUID, date] = {}
        for spell in holding:
            if spell.started_on <= day:
                last[spell.worker_id] = max(last.get(spell.worker_id, date.min), spell.ended_on or date.max)
        ends = sorted(last.values(), reverse=True)
        open_until = max((stay.until_on or date.max for stay in open_times if stay.from_on <= day), default=date.min)
        if len(ends) < MANY_WORKERS:
            continue
        reaches = min(ends[MANY_WORKERS - 1], open_until)
        if reaches > (found[-1][1] if found else date.min):
            found.append((day, reaches))
    return tuple(found)


def _many_workers(spells: Sequence[WorkerSpell], episodes: Episodes) -> Iterator[Tally]:
    """Yield, on the first day of each pair, the second day: amount: of the child; square: of the child in that team."""
    if len({spell.worker_id for spell in spells}) < MANY_WORKERS:
        return
    code, child, in_teams = TallyCode.MANY_WORKERS, episodes.child_id, episodes.in_teams
    for on, reaches in windows_with_many(spells, (time for time, _ in episodes.times)):
        yield Tally(code=code, subject=child, on=on, team=team_on(in_teams, on), amount=reaches.toordinal())
    for team in dict.fromkeys(stay.team for stay in in_teams):
        for on, reaches in windows_with_many(spells, [stay for stay in in_teams if stay.team == team]):
            yield Tally(code=code, subject=child, on=on, team=team, square=reaches.toordinal())
