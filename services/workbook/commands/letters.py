"""The letter before proceedings: what it meets and starts, and that it was sent."""

from collections.abc import Sequence

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import PlanSpellLetterSent
from libs.kernel.deadline import start_of_day
from services.workbook.commands import clocks
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.spells import Spell
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import team


async def sent(tx: Transaction, workbook: Workbook, plans: Sequence[Spell], *, offered: bool) -> None:
    """Meet the letter's clock; start those of the first meeting and of the offer, which belongs into the letter."""
    on = plans[0].letter_sent_on or plans[0].started_on
    at = start_of_day(on)
    exemption = plans[0].letter_exemption
    act = Act.LETTER_SENT_EXEMPT if exemption else Act.LETTER_SENT
    acts = [Happened(act=act, at=at, child_id=plan.child_id) for plan in plans]
    meetings = await team.meetings_of(tx, workbook.id)
    offered = offered or any(meeting.in_letter and meeting.offered_on <= on for meeting in meetings)
    if offered:
        acts.append(Happened(act=Act.FAMILY_MEETING_OFFERED, at=at))
    await clocks.happened(tx, workbook, acts)
    for plan in plans:
        emit(
            tx,
            PlanSpellLetterSent(
                spell_id=plan.id,
                workbook_id=workbook.id,
                family_id=workbook.family_id,
                child_id=plan.child_id,
                sent_on=on,
                offered=offered,
                exemption=exemption,
            ),
            occurred_at=at,
        )
