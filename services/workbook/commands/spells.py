"""Plan spells: taken by several children at once, ended, changed; the family's level follows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import PlanSpellEnded, PlanSpellStarted
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, letters, opening, timeline
from services.workbook.domain import assessments, beginnings, network_meetings, spells
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.beginnings import Begun
from services.workbook.domain.chronology import Item, Source
from services.workbook.domain.clock_rules import Chain
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.entries import EntryImpossible, NotInFamily
from services.workbook.domain.levels import Level, SpellKind, level_after
from services.workbook.domain.moments import plausible_date
from services.workbook.domain.spells import History, Spell
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import record, statutory, team
from services.workbook.repository import workbooks as repository

_STARTED = {
    SpellKind.CIN: Act.CIN_STARTED,
    SpellKind.CP: Act.CP_STARTED,
    SpellKind.PRE_PROCEEDINGS: Act.PRE_PROCEEDINGS_STARTED,
    SpellKind.PROCEEDINGS: Act.PROCEEDINGS_STARTED,
    SpellKind.LOOKED_AFTER: Act.LOOKED_AFTER_STARTED,
}
_ENDED = {
    SpellKind.CIN: Act.CIN_ENDED,
    SpellKind.CP: Act.CP_ENDED,
    SpellKind.PRE_PROCEEDINGS: Act.PRE_PROCEEDINGS_ENDED,
    SpellKind.PROCEEDINGS: Act.PROCEEDINGS_ENDED,
    SpellKind.LOOKED_AFTER: Act.LOOKED_AFTER_ENDED,
}


class Held(NamedTuple):
    """A plan spell, its revision, and the workbook that it belongs to."""

    workbook_id: UUID
    spell: Spell
    revision: int


async def start(
    tx: Transaction,
    *,
    workbook_id: UUID,
    kind: SpellKind,
    started_on: date | None,
    children: Sequence[Begun],
    letter_sent_on: date | None = None,
) -> list[Held]:
    """Start a plan for each of some children: all or none, every broken rule named.

    A protection plan that its conference has started already is that plan.
    """
    spells.only_accepted(kind, by=tx.by.roles)
    beginnings.may_start(kind, by=tx.by.roles)
    beginnings.need_placement(kind, children)
    workbook = await repository.to_change(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    on = plausible_date(started_on, today=local_day(tx.now), field="/started_on")
    if not {child.child_id for child in children} <= set(workbook.children):
        raise NotInFamily("That child is not a child of the family.", at="/children")
    if letter_sent_on is not None and kind is not SpellKind.PRE_PROCEEDINGS:
        raise EntryImpossible("The letter belongs to pre-proceedings.", at="/letter_sent_on")
    if kind is SpellKind.PROCEEDINGS:
        network_meetings.before_proceedings(await team.meetings_of(tx, workbook.id))
    histories = await statutory.histories(tx, workbook, [child.child_id for child in children])
    begun = beginnings.began_at_conference(histories, children, on=on) if kind is SpellKind.CP else {}
    new = [_new(histories[child.child_id], child, kind, on) for child in children if child.child_id not in begun]
    if letter_sent_on is not None:
        sent_on = plausible_date(letter_sent_on, today=local_day(tx.now), not_before=on, field="/letter_sent_on")
        new = [spells.send_letter(spell, on=sent_on, exemption=None) for spell in new]
    spells.start(histories.values(), new)
    await statutory.add_spells(tx, workbook.id, new)
    await _say_started(tx, workbook, new, histories)
    if letter_sent_on is not None:
        await letters.sent(tx, workbook, new, offered=False)
    if new:
        await relevel(tx, workbook, on=on)
    revisions = await statutory.revisions_of(tx, [spell.id for spell in begun.values()])
    for spell_id in revisions:
        audit.record(tx, "spells:start", record_id=spell_id, family_id=workbook.family_id)
    return [Held(workbook.id, spell, revisions.get(spell.id, 1)) for spell in (*begun.values(), *new)]


def _new(history: History, begun: Begun, kind: SpellKind, on: date) -> Spell:
    protection = kind is SpellKind.CP
    counted = spells.previous_cp_plans(history, before=on)
    return Spell(
        id=new_id(),
        child_id=begun.child_id,
        kind=kind,
        started_on=on,
        initial_category=begun.category if protection else None,
        latest_category=begun.category if protection else None,
        # Plans in other authorities are known to people only; what was told counts, if it is not too few.
        previous_cp_plans=max(counted, begun.previous_cp_plans or 0) if protection else None,
        placement=begun.placement if kind is SpellKind.LOOKED_AFTER else None,
    )


async def _say_started(
    tx: Transaction,
    workbook: Workbook,
    new: Sequence[Spell],
    histories: Mapping[UUID, History],
) -> None:
    held = await statutory.assessments_of(tx, workbook.id) if any(s.kind is SpellKind.CIN for s in new) else []
    lines: list[Item] = []
    acts: list[Happened] = []
    for spell in new:
        at = start_of_day(spell.started_on)
        lines.append(_line(tx, "spell_started", spell, on=spell.started_on))
        act = _STARTED.get(spell.kind)
        if act is not None:
            since = _assessed(held, spell, histories[spell.child_id]) if spell.kind is SpellKind.CIN else None
            acts.append(Happened(act=act, at=at, child_id=spell.child_id, since=since, placement=spell.placement))
        audit.record(tx, "spells:start", record_id=spell.id, family_id=workbook.family_id)
        emit(
            tx,
            PlanSpellStarted(
                spell_id=spell.id,
                workbook_id=workbook.id,
                family_id=workbook.family_id,
                child_id=spell.child_id,
                kind=spell.kind,
                started_on=spell.started_on,
                category=spell.initial_category,
                previous_cp_plans=spell.previous_cp_plans,
            ),
            occurred_at=at,
        )
    await record.add_items(tx, workbook.id, lines)
    await clocks.happened(tx, workbook, acts)


def _line(tx: Transaction, kind: str, spell: Spell, *, on: date) -> Item:
    return timeline.line(
        tx, kind, Source.SPELL, spell.id,
        at=start_of_day(on), code=spell.kind, people=[spell.child_id], significant=True,
    )  # fmt: skip


def _assessed(held: Iterable[assessments.Assessment], spell: Spell, history: History) -> dict[Chain, datetime] | None:
    """When the assessment that led to a child in need plan was completed: its first meeting counts from then."""
    # A plan that began after an assessment is what came of it; one that follows that plan counts from itself.
    earlier = [each.started_on for each in history.spells if each.started_on < spell.started_on]
    since = max(earlier, default=date.min)
    done = [
        each.authorised_on
        for each in held
        if each.authorised_on and spell.child_id in each.children and since < each.authorised_on <= spell.started_on
    ]
    return {Chain.CIN_MEETING: start_of_day(max(done))} if done else None


async def relevel(tx: Transaction, workbook: Workbook, *, on: date) -> Workbook:
    """Let the family's level follow the plans that its children are on."""
    held = await statutory.spells_of(tx, workbook.id)
    kinds = spells.open_kinds(held)
    # Only early help is below assessment.
    assessing = kinds == (SpellKind.EH,) and await _assessing(tx, workbook)
    level = level_after(workbook.level, open_kinds=kinds, assessing=assessing)
    if level is workbook.level:
        return workbook
    at = start_of_day(on)
    changed = replace(workbook, level=level)
    revision = await repository.save(tx, changed, before=workbook, revision=workbook.revision, at=at)
    opening.say_level(tx, workbook, changed, at=at)
    return replace(changed, revision=revision)


async def _assessing(tx: Transaction, workbook: Workbook) -> bool:
    awaited = workbook.level is Level.ASSESSMENT and not workbook.imported
    held = await statutory.assessments_of(tx, workbook.id)
    return assessments.is_assessing(held, awaited=awaited, referred_on=workbook.referred_on)


async def end(tx: Transaction, *, spell_id: UUID, revision: int, ended_on: date | None, reason: str) -> Held:
    """End a child's plan."""
    workbook_id, _, spell = await statutory.get_spell(tx, spell_id)
    workbook = await repository.to_change(tx, workbook_id)
    on = plausible_date(ended_on, today=local_day(tx.now), field="/ended_on")
    history = (await statutory.histories(tx, workbook, [spell.child_id]))[spell.child_id]
    after = spells.end(history, spell_id=spell_id, on=on, reason=reason)
    ended = next(each for each in after.spells if each.id == spell_id)
    new_revision = await statutory.save_spell(tx, ended, revision=revision)
    await _say_ended(tx, workbook, [ended])
    await relevel(tx, workbook, on=on)
    return Held(workbook_id, ended, new_revision)


async def _say_ended(tx: Transaction, workbook: Workbook, ended: Sequence[Spell]) -> None:
    lines: list[Item] = []
    acts: list[Happened] = []
    for spell in ended:
        on = spell.ended_on or spell.started_on
        lines.append(_line(tx, "spell_ended", spell, on=on))
        act = _ENDED.get(spell.kind)
        if act is not None:
            acts.append(Happened(act=act, at=start_of_day(on), child_id=spell.child_id))
        audit.record(tx, "spells:end", record_id=spell.id, family_id=workbook.family_id)
        emit(
            tx,
            PlanSpellEnded(
                spell_id=spell.id,
                workbook_id=workbook.id,
                family_id=workbook.family_id,
                child_id=spell.child_id,
                kind=spell.kind,
                started_on=spell.started_on,
                ended_on=on,
                reason=spell.end_reason or "other",
            ),
            occurred_at=start_of_day(on),
        )
    await record.add_items(tx, workbook.id, lines)
    await clocks.happened(tx, workbook, acts)


async def replace_plans(
    tx: Transaction, workbook: Workbook, children: Iterable[UUID], *, by: SpellKind | None, on: date, reason: str
) -> None:
    """End the early help or child in need plans of some children and start another kind instead, if any."""
    chosen = tuple(children)
    if not set(chosen) <= set(workbook.children):
        raise NotInFamily("That child is not a child of the family.", at="/children")
    histories = await statutory.histories(tx, workbook, chosen)
    await supersede(tx, workbook, histories, [Begun(child_id=child) for child in chosen], by=by, on=on, reason=reason)


async def supersede(
    tx: Transaction,
    workbook: Workbook,
    histories: Mapping[UUID, History],
    children: Sequence[Begun],
    *,
    by: SpellKind | None,
    on: date,
    reason: str,
) -> None:
    """End what a plan of another kind takes the place of, and start that plan: for all children or for none."""
    held = [s for history in histories.values() for s in history.spells if s.is_open]
    giving_way = {SpellKind.EH, SpellKind.CIN} - {by}
    ended = [replace(s, ended_on=on, end_reason=reason) for s in held if s.kind in giving_way]
    already = {s.child_id for s in held if s.kind is by}
    begun = [child for child in children if by is not None and child.child_id not in already]
    new = [_new(histories[child.child_id], child, by, on) for child in begun if by is not None]
    spells.start(histories.values(), new, instead_of=ended)
    await statutory.end_spells(tx, ended)
    await _say_ended(tx, workbook, ended)
    if new and by is not None:
        await statutory.add_spells(tx, workbook.id, new)
        await _say_started(tx, workbook, new, histories)
