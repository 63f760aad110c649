"""Runs: an answer is kept as it was, with the digest of what it was made of."""

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.metrics import RunCompleted
from libs.kernel.deadline import local_day
from libs.kernel.ids import new_id
from services.metrics.domain.results import Answer, canonical
from services.metrics.repository import records
from services.metrics.repository.records import Run


async def keep(tx: Transaction, answer: Answer) -> Run:
    """Keep an answer for good."""
    result = answer.result
    made = Run(
        id=new_id(),
        measure=result.measure.code,
        version=result.measure.version,
        view=result.view,
        definition_digest=result.measure.digest,
        input_digest=answer.inputs,
        written=canonical(result),
        started_by=tx.by.id,
        started_at=tx.now,
    )
    await records.add_run(tx, made)
    audit.record(tx, "runs:start", record_id=made.id)
    data_on = result.data_on or local_day(tx.now)
    emit(tx, RunCompleted(run_id=made.id, measure=made.measure, version=made.version, data_on=data_on))
    return made
