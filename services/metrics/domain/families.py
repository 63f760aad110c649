"""Which records are one family or one child, and which team answers for the family on a day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.metrics.domain.facts import Fact
from services.metrics.domain.spells import Things, WorkerSpell
from services.metrics.domain.tallies import Stay

Teams = Callable[[UUID], tuple[Stay, ...]]


def one_family(things: Things) -> Callable[[UUID], UUID]:
    """Return the function that leads from a family's record to the record it was merged into."""
    merges = [fact for history in things.values() for fact in history if fact.kind == "referrals.family.merged"]
    return _followed(merges, "merged_family_id", "family_id")


def known_as(facts: Sequence[Fact]) -> Callable[[UUID], UUID]:
    """Return the function that leads from a person's id to the one by which the person was known first."""
    links = [fact for fact in facts if fact.kind == "referrals.person.linked"]
    return _followed(links, "person_id", "known_person_id")


def identified(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts with every child under the id by which the child was known first."""
    if not any(fact.kind == "referrals.person.linked" for fact in facts):
        return list(facts)
    known = known_as(facts)
    return [_of_known(fact, known) for fact in facts]


def _of_known(fact: Fact, known: Callable[[UUID], UUID]) -> Fact:
    kept = dict(fact.kept)
    if "children" in kept:
        kept["children"] = list(dict.fromkeys(str(known(child)) for child in fact.uuids("children")))
    if "child_id" in kept:
        kept["child_id"] = str(known(fact.uuid("child_id")))
    return replace(fact, kept=kept)


def _followed(facts: Sequence[Fact], old: str, new: str) -> Callable[[UUID], UUID]:
    """Return the function that follows an id from one record to the next until the last."""
    into: dict[UUID, UUID] = {}
    for fact in sorted(facts, key=lambda fact: (fact.occurred_at, fact.known_at, fact.id)):
        into[fact.uuid(old)] = fact.uuid(new)

    def root(id_: UUID) -> UUID:
        seen = {id_}
        while id_ in into and into[id_] not in seen:
            id_ = into[id_]
            seen.add(id_)
        return id_

    return root


def team_stays(leads: Iterable[WorkerSpell], root: Callable[[UUID], UUID]) -> Teams:
    """Return the function that gives a family's stays in teams; where two workers lead, the later one's team answers."""
    spells: dict[UUID, list[WorkerSpell]] = defaultdict(list)
    for lead in leads:
        if not lead.is_impossible:
            spells[root(lead.family_id)].append(lead)
    stays = {family: _stays(held) for family, held in spells.items()}
    return lambda family: stays.get(root(family), ())


def team_on(stays: Iterable[Stay], day: date) -> UUID | None:
    """Return the team of `day`, if one answers."""
    for stay in stays:
        if stay.from_on <= day and (stay.until_on is None or day < stay.until_on):
            return stay.team
    return None


def _stays(held: list[WorkerSpell]) -> tuple[Stay, ...]:
    # Cut time at every beginning and end; in each piece the worker who began last leads.
    cuts = sorted({lead.started_on for lead in held} | {lead.ended_on for lead in held if lead.ended_on})
    result: list[Stay] = []
    for from_on, until_on in zip(cuts, [*cuts[1:], None], strict=True):
        leading = [lead for lead in held if lead.holds_on(from_on)]
        if not leading:
            continue
        team = leading[-1].team_id
        last = result[-1] if result else None
        if last and last.until_on == from_on and last.team == team:
            result[-1] = Stay(last.from_on, until_on, team)
        else:
            result.append(Stay(from_on, until_on, team))
    return tuple(result)
