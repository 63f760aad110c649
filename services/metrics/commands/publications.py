"""Publications: a run's suppressed table is made, checked and released, and withdrawn if it must be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.metrics import PublicationReleased, PublicationWithdrawn
from libs.kernel.errors import Conflict
from libs.kernel.ids import digest, new_id
from services.metrics.commands.published import newest_number
from services.metrics.domain import publications
from services.metrics.domain.definitions import measure
from services.metrics.domain.measures import By
from services.metrics.domain.periods import Period
from services.metrics.domain.publications import Publication, PublicationState, ShownCount
from services.metrics.domain.questions import Question, View
from services.metrics.repository import records


class NotSuppressed(Conflict):
    """The run is an internal one; publish a run with the publishable view."""

    slug = "not-suppressed"


#: A publication and its table.
Published = tuple[Publication, Mapping[str, Any]]


async def make(tx: Transaction, *, run_id: UUID) -> Published:
    """Make a publication of a run whose small counts are suppressed."""
    run = await records.run_to_see(tx, run_id)
    if run.view is not View.PUBLISHABLE:
        raise NotSuppressed("Start a run with view=publishable first.")
    made = Publication(
        id=new_id(), run_id=run.id, state=PublicationState.CHECKED, measure=run.measure, version=run.version
    )
    await _need_current(tx, run.result)
    publications.need_no_small_count(publications.shown_counts(run.result), await _released(tx, run.result))
    await records.add_publication(tx, made, written=run.written)
    audit.record(tx, "publications:make", record_id=made.id)
    return made, run.result


async def release(tx: Transaction, *, publication_id: UUID, revision: int) -> Published:
    """Release a publication, if with what is already out it shows no small count."""
    found, table = await records.get_publication(tx, publication_id)
    # Two tables that are released at once must see each other.
    lock = int(digest("release", found.measure)[:15], 16)
    await tx.rows(select(func.pg_advisory_xact_lock(lock)))
    await _need_current(tx, table)
    shown = publications.shown_counts(table)
    released = publications.release(found, shown=shown, released=await _released(tx, table), now=tx.now)
    saved = replace(released, revision=await records.save_publication(tx, released, revision=revision))
    await records.add_shown(tx, released.id, shown)
    audit.record(tx, "publications:release", record_id=released.id)
    emit(tx, PublicationReleased(publication_id=released.id, measure=released.measure, version=released.version))
    return saved, table


async def withdraw(tx: Transaction, *, publication_id: UUID, revision: int, reason: str) -> Published:
    """Withdraw a publication."""
    found, table = await records.get_publication(tx, publication_id)
    withdrawn = publications.withdraw(found, reason=reason, now=tx.now)
    saved = replace(withdrawn, revision=await records.save_publication(tx, withdrawn, revision=revision))
    audit.record(tx, "publications:release", record_id=withdrawn.id, outcome="withdrawn")
    emit(
        tx,
        PublicationWithdrawn(
            publication_id=withdrawn.id, measure=withdrawn.measure, version=withdrawn.version, reason=reason
        ),
    )
    return saved, table


async def _need_current(tx: Transaction, table: Mapping[str, Any]) -> None:
    asked = Question(
        measure=measure(code=table["measure"], version=table["version"]),
        by=By(table["by"]),
        period=Period(date.fromisoformat(table["from"]), date.fromisoformat(table["until"])),
        view=View.INTERNAL,
    )
    publications.need_current(table, edition=await newest_number(tx, asked))


async def _released(tx: Transaction, table: Mapping[str, Any]) -> Sequence[ShownCount]:
    return await records.released_counts(
        tx,
        measure=table["measure"],
        from_on=date.fromisoformat(table["from"]),
        until_on=date.fromisoformat(table["until"]),
    )
