"""A family's progress through the eight modules."""

from datetime import date
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import ModuleChanged
from libs.kernel.deadline import local_day, start_of_day
from services.workbook.domain import modules as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.modules import ModuleProgress
from services.workbook.domain.moments import plausible_date
from services.workbook.repository import readers, record
from services.workbook.repository import workbooks as repository


async def say(
    tx: Transaction, *, workbook_id: UUID, code: int, verb: str, on: date | None, outcome: str | None
) -> ModuleProgress:
    """Start, complete, resume or set aside a module with a family."""
    await readers.reader(tx, workbook_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    day = plausible_date(on, today=local_day(tx.now), not_before=workbook.opened_on, field="/on")
    said = rules.say(await record.get_module(tx, workbook_id, code), verb, on=day, outcome=outcome)
    await record.save_module(tx, workbook_id, said)
    audit.record(tx, f"modules:{verb}", record_id=workbook_id, family_id=workbook.family_id)
    emit(
        tx,
        ModuleChanged(
            workbook_id=workbook_id,
            family_id=workbook.family_id,
            module=code,
            progress=said.progress,
            changed_on=day,
        ),
        occurred_at=tx.now if on is None else start_of_day(day),
    )
    return said
