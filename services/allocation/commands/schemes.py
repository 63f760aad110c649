"""Versions of the points scheme."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import SchemeActivated
from libs.kernel.deadline import local_day
from libs.kernel.ids import new_id
from services.allocation.domain import scheme as rules_of_schemes
from services.allocation.domain.scheme import Rules, Scheme
from services.allocation.repository import candidates, schemes, staff


async def draft(tx: Transaction, *, title: str, rules: Rules, effective_from: date) -> Scheme:
    """Draft the next version; it changes nothing until it is activated."""
    drafted = rules_of_schemes.draft(
        id=new_id(),
        version=await schemes.latest_version(tx) + 1,
        title=title,
        rules=rules,
        effective_from=effective_from,
        now=tx.now,
    )
    await schemes.add(tx, drafted)
    audit.record(tx, "schemes:draft", record_id=drafted.id)
    return drafted


async def activate(tx: Transaction, *, scheme_id: UUID, revision: int, at: datetime) -> Scheme:
    """Bring a draft into force and retire the version before; what was decided under that keeps its numbers."""
    drafted = await schemes.get(tx, scheme_id)
    before = await schemes.active(tx)
    activated = rules_of_schemes.activate(drafted, now=at, today=local_day(at))
    if before.version:
        await schemes.save(tx, rules_of_schemes.retire(before, now=at), revision=before.revision)
    activated = replace(activated, revision=await schemes.save(tx, activated, revision=revision))
    everybody = await candidates.members(tx, None)
    await staff.note_load_changes(tx, [member.worker.id for member in everybody], at=at)
    audit.record(tx, "schemes:activate", record_id=scheme_id)
    emit(tx, SchemeActivated(scheme_id=scheme_id, version=activated.version), occurred_at=at)
    return activated
