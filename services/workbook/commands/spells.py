"""Plan spells: taken by several children at once, ended, changed; the family's level follows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import PlanSpellEnded, PlanSpellStarted
from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, opening, timeline
from services.workbook.domain import assessments, network_meetings, spells
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chronology import Item, Source
from services.workbook.domain.clock_rules import Chain, Placement
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.entries import EntryImpossible, NotInFamily
from services.workbook.domain.levels import Level, SpellKind, level_after
from services.workbook.domain.moments import plausible_date
from services.workbook.domain.spells import History, NotOnThatPlan, Spell
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a child's new plan is told with."""

    child_id: UUID
    category: CategoryOfAbuse | None = None
    previous_cp_plans: int | None = None
    placement: Placement | None = None


async def start(
    tx: Transaction,
    *,
    workbook_id: UUID,
    kind: SpellKind,
    started_on: date | None,
    children: Sequence[Begun],
    letter_sent_on: date | None = None,
) -> list[Spell]:
    """Start a plan for each of some children: all or none, every broken rule named."""
    spells.only_accepted(kind, by=tx.by.roles)
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
    new = [_new(histories[child.child_id], child, kind, on) for child in children]
    if letter_sent_on is not None:
        sent_on = plausible_date(letter_sent_on, today=local_day(tx.now), not_before=on, field="/letter_sent_on")
        new = [spells.send_letter(spell, on=sent_on, exemption=None) for spell in new]
    spells.start(histories.values(), new)
    await statutory.add_spells(tx, workbook.id, new, placement=_placement(kind, children))
    await _say_started(tx, workbook, new, children, histories)
    if letter_sent_on is not None:
        await _letter(tx, workbook, new, offered=False)
    await _relevel(tx, workbook, on=on)
    return new


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
    )


def _placement(kind: SpellKind, children: Sequence[Begun]) -> Placement | None:
    return (children[0].placement or Placement.ORDINARY) if kind is SpellKind.LOOKED_AFTER else None


async def _say_started(
    tx: Transaction,
    workbook: Workbook,
    new: Sequence[Spell],
    children: Sequence[Begun],
    histories: Mapping[UUID, History],
) -> None:
    placements = {child.child_id: child.placement for child in children}
    held = await statutory.assessments_of(tx, workbook.id) if any(s.kind is SpellKind.CIN for s in new) else []
    lines: list[Item] = []
    acts: list[Happened] = []
    for spell in new:
        at = start_of_day(spell.started_on)
        lines.append(_line(tx, "spell_started", spell, on=spell.started_on))
        act = _STARTED.get(spell.kind)
        if act is not None:
            since = _assessed(held, spell, histories[spell.child_id]) if spell.kind is SpellKind.CIN else None
            placement = placements.get(spell.child_id)
            acts.append(Happened(act=act, at=at, child_id=spell.child_id, since=since, placement=placement))
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


async def _letter(tx: Transaction, workbook: Workbook, sent: Sequence[Spell], *, offered: bool) -> None:
    """Meet the letter's clock; start those of the first meeting and of the offer, which belongs into the letter."""
    on = sent[0].letter_sent_on or sent[0].started_on
    act = Act.LETTER_SENT_EXEMPT if sent[0].letter_exemption else Act.LETTER_SENT
    acts = [Happened(act=act, at=start_of_day(on), child_id=spell.child_id) for spell in sent]
    meetings = await team.meetings_of(tx, workbook.id)
    if offered or any(meeting.in_letter and meeting.offered_on <= on for meeting in meetings):
        acts.append(Happened(act=Act.FAMILY_MEETING_OFFERED, at=start_of_day(on)))
    await clocks.happened(tx, workbook, acts)


async def send_letter(
    tx: Transaction,
    *,
    spell_id: UUID,
    revision: int,
    sent_on: date | None,
    offered: bool,
    exemption: network_meetings.Exemption | None,
) -> Held:
    """Record the letter before proceedings, and whether it offered family group decision-making or need not."""
    workbook_id, _, spell = await statutory.get_spell(tx, spell_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    if offered and exemption is not None:
        raise EntryImpossible("An offer that was made needs no exemption.", at="/exemption")
    on = plausible_date(sent_on, today=local_day(tx.now), not_before=spell.started_on, field="/sent_on")
    sent = spells.send_letter(spell, on=on, exemption=exemption)
    new_revision = await statutory.save_spell(tx, sent, revision=revision)
    await timeline.note(
        tx, workbook.id, "letter_sent", Source.SPELL, spell.id,
        at=start_of_day(on), code=exemption, people=[spell.child_id], significant=True,
    )  # fmt: skip
    await _letter(tx, workbook, [sent], offered=offered)
    audit.record(tx, "spells:send-letter", record_id=spell.id, family_id=workbook.family_id)
    return Held(workbook_id, sent, new_revision)


async def _relevel(tx: Transaction, workbook: Workbook, *, on: date) -> Workbook:
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
    await _relevel(tx, workbook, on=on)
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
    held = [s for history in histories.values() for s in history.spells if s.is_open]
    to_end = [s for s in held if s.kind in {SpellKind.EH, SpellKind.CIN} and s.kind is not by]
    for spell in to_end:
        histories[spell.child_id] = spells.end(histories[spell.child_id], spell_id=spell.id, on=on, reason=reason)
    ended = [replace(spell, ended_on=on, end_reason=reason) for spell in to_end]
    await statutory.end_spells(tx, ended)
    await _say_ended(tx, workbook, ended)
    if by is None:
        return
    already = {s.child_id for s in held if s.kind is by}
    begun = [Begun(child_id=child) for child in chosen if child not in already]
    new = [_new(histories[child.child_id], child, by, on) for child in begun]
    spells.start(histories.values(), new)
    await statutory.add_spells(tx, workbook.id, new, placement=_placement(by, begun) if begun else None)
    await _say_started(tx, workbook, new, begun, histories)


async def change_category(
    tx: Transaction, *, spell_id: UUID, revision: int, category: CategoryOfAbuse, changed_on: date | None
) -> Held:
    """Give an open child protection plan another category; the first one stays."""
    workbook_id, _, spell = await statutory.get_spell(tx, spell_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    today = local_day(tx.now)
    on = plausible_date(changed_on, today=today, not_before=spell.started_on, field="/changed_on")
    history = (await statutory.histories(tx, workbook, [spell.child_id]))[spell.child_id]
    after = spells.change_category(history, spell_id=spell_id, category=category)
    changed = next(each for each in after.spells if each.id == spell_id)
    new_revision = await statutory.save_spell(tx, changed, revision=revision)
    await timeline.note(
        tx, workbook.id, "category_changed", Source.SPELL, spell.id,
        at=tx.now if on == today else start_of_day(on), code=category, people=[spell.child_id], significant=True,
    )  # fmt: skip
    audit.record(tx, "spells:change-category", record_id=spell.id, family_id=workbook.family_id)
    return Held(workbook_id, changed, new_revision)


async def place(
    tx: Transaction, *, spell_id: UUID, revision: int, placement: Placement, placed_on: date | None
) -> Held:
    """Record that a looked-after child was placed: visits are counted afresh."""
    workbook_id, _, spell = await statutory.get_spell(tx, spell_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    if spell.kind is not SpellKind.LOOKED_AFTER or not spell.is_open:
        raise NotOnThatPlan("Only a looked-after child is placed.", spell_id=str(spell_id))
    on = plausible_date(placed_on, today=local_day(tx.now), not_before=spell.started_on, field="/placed_on")
    new_revision = await statutory.save_spell(tx, spell, revision=revision, placement=placement)
    at = start_of_day(on)
    await timeline.note(
        tx, workbook.id, "placed", Source.SPELL, spell.id,
        at=at, code=placement, people=[spell.child_id], significant=True,
    )  # fmt: skip
    await clocks.happened(tx, workbook, [Happened(act=Act.PLACED, at=at, child_id=spell.child_id, placement=placement)])
    audit.record(tx, "spells:place", record_id=spell.id, family_id=workbook.family_id)
    return Held(workbook_id, spell, new_revision)
