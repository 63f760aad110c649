"""What happens while a child is on a plan: another category, a placement, the letter, the birth."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import PlanSpellBirthRecorded, PlanSpellCategoryChanged, PlanSpellPlaced
from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.deadline import local_day, start_of_day
from services.workbook.commands import clocks, letters, timeline
from services.workbook.commands.spells import Held
from services.workbook.domain import births, network_meetings, spells
from services.workbook.domain.chronology import Source
from services.workbook.domain.clock_rules import Placement
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.entries import EntryImpossible
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.moments import plausible_date
from services.workbook.domain.spells import NotOnThatPlan, Spell
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import record, statutory
from services.workbook.repository import workbooks as repository


def _about(workbook: Workbook, plan: Spell) -> dict[str, UUID]:
    """Return the ids that every event about a child's plan carries."""
    return {
        "spell_id": plan.id,
        "workbook_id": workbook.id,
        "family_id": workbook.family_id,
        "child_id": plan.child_id,
    }


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
    await letters.sent(tx, workbook, [sent], offered=offered)
    audit.record(tx, "spells:send-letter", record_id=spell.id, family_id=workbook.family_id)
    return Held(workbook_id, sent, new_revision)


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
    at = tx.now if on == today else start_of_day(on)
    await timeline.note(
        tx, workbook.id, "category_changed", Source.SPELL, spell.id,
        at=at, code=category, people=[spell.child_id], significant=True,
    )  # fmt: skip
    audit.record(tx, "spells:change-category", record_id=spell.id, family_id=workbook.family_id)
    said = PlanSpellCategoryChanged(**_about(workbook, spell), category=category, changed_on=on)
    emit(tx, said, occurred_at=at)
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
    placed = replace(spell, placement=placement)
    new_revision = await statutory.save_spell(tx, placed, revision=revision)
    at = start_of_day(on)
    await timeline.note(
        tx, workbook.id, "placed", Source.SPELL, spell.id,
        at=at, code=placement, people=[spell.child_id], significant=True,
    )  # fmt: skip
    await clocks.happened(tx, workbook, [Happened(act=Act.PLACED, at=at, child_id=spell.child_id, placement=placement)])
    audit.record(tx, "spells:place", record_id=spell.id, family_id=workbook.family_id)
    emit(tx, PlanSpellPlaced(**_about(workbook, spell), placement=placement, placed_on=on), occurred_at=at)
    return Held(workbook_id, placed, new_revision)


async def record_birth(tx: Transaction, *, spell_id: UUID, revision: int, born_on: date | None) -> Held:
    """Record when the child of a pre-birth plan was born, or that this was said in error; its review counts from then.

    The day stays here: the event tells only that the birth was recorded.
    """
    workbook_id, _, spell = await statutory.get_spell(tx, spell_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    on = None if born_on is None else plausible_date(born_on, today=local_day(tx.now), field="/born_on")
    recorded = births.record(spell, on=on)
    new_revision = await statutory.save_spell(tx, recorded, revision=revision)
    if spell.born_on is not None:
        await record.strike_items(tx, spell.id, kind="born")
    if on is not None:
        await timeline.note(
            tx, workbook.id, "born", Source.SPELL, spell.id,
            at=start_of_day(on), people=[spell.child_id], significant=True,
        )  # fmt: skip
    await clocks.born(tx, workbook, recorded)
    audit.record(tx, "spells:record-birth", record_id=spell.id, family_id=workbook.family_id)
    emit(tx, PlanSpellBirthRecorded(**_about(workbook, spell), born=on is not None))
    return Held(workbook_id, recorded, new_revision)
