"""Runs and publications to rows and back."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.metrics.domain.grants import SEE_INTERNAL
from services.metrics.domain.periods import financial_year, financial_year_of
from services.metrics.domain.publications import Part, Publication, PublicationState, ShownCount
from services.metrics.domain.questions import View
from services.metrics.tables import publication, run, shown_count


class NoSuchRun(NotFound):
    """There is no such run, or it is not yours to see."""


class NoSuchPublication(NotFound):
    """There is no such publication, or it is not yours to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A result that was kept, with the bytes that it had."""

    id: UUID
    measure: str
    version: int
    view: View
    definition_digest: str
    input_digest: str
    written: bytes
    started_by: UUID
    started_at: datetime

    @property
    def result_digest(self) -> str:
        """Fingerprint of the bytes: the same facts give the same."""
        return hashlib.sha256(self.written).hexdigest()

    @property
    def result(self) -> dict[str, Any]:
        """The result as JSON values."""
        read: dict[str, Any] = json.loads(self.written)
        return read


async def add_run(tx: Transaction, made: Run) -> None:
    """Keep a run."""
    row = {
        "id": made.id,
        "measure": made.measure,
        "version": made.version,
        "view": made.view.value,
        "definition_digest": made.definition_digest,
        "input_digest": made.input_digest,
        "result": made.written.decode(),
        "started_by": made.started_by,
        "started_at": made.started_at,
        "revision": 1,
    }
    await tx.add(run, row)


async def run_to_see(tx: Transaction, run_id: UUID) -> Run:
    """Return a run that the caller may see: all for managers, for others their own and those whose table is out."""
    found = await get_run(tx, run_id)
    if not tx.by.roles.isdisjoint(SEE_INTERNAL):
        return found
    if found.view is View.PUBLISHABLE and (found.started_by == tx.by.id or await _is_released(tx, run_id)):
        return found
    raise NoSuchRun


async def _is_released(tx: Transaction, run_id: UUID) -> bool:
    out = (publication.c.run_id == run_id) & (publication.c.state == PublicationState.RELEASED.value)
    return await tx.row(select(publication.c.id).where(out).limit(1)) is not None


async def get_run(tx: Transaction, run_id: UUID) -> Run:
    """Return a run; raise `NoSuchRun` if there is none."""
    row = await tx.row(select(run).where(run.c.id == run_id))
    if row is None:
        raise NoSuchRun
    return Run(
        id=row.id,
        measure=row.measure,
        version=row.version,
        view=View(row.view),
        definition_digest=row.definition_digest,
        input_digest=row.input_digest,
        written=row.result.encode(),
        started_by=row.started_by,
        started_at=row.started_at,
    )


async def add_publication(tx: Transaction, made: Publication, *, written: bytes) -> None:
    """Keep a checked publication with its table."""
    row = {
        "id": made.id,
        "run_id": made.run_id,
        "state": made.state.value,
        "measure": made.measure,
        "version": made.version,
        "result": written.decode(),
        "made_by": tx.by.id,
        "made_at": tx.now,
        "revision": made.revision,
    }
    await tx.add(publication, row)


async def get_publication(tx: Transaction, publication_id: UUID) -> tuple[Publication, dict[str, Any]]:
    """Return a publication and its table; raise `NoSuchPublication` if there is none."""
    row = await tx.row(select(publication).where(publication.c.id == publication_id))
    if row is None:
        raise NoSuchPublication
    return publication_of(row), json.loads(row.result)


async def save_publication(tx: Transaction, changed: Publication, *, revision: int) -> int:
    """Save a publication if it still has that revision; return the next one."""
    return await tx.change(
        publication,
        id=changed.id,
        revision=revision,
        state=changed.state.value,
        released_at=changed.released_at,
        withdrawn_at=changed.withdrawn_at,
        withdrawn_reason=changed.withdrawn_reason,
    )


def publication_of(row: Row[Any]) -> Publication:
    """Return the publication of a row."""
    return Publication(
        id=row.id,
        run_id=row.run_id,
        state=PublicationState(row.state),
        measure=row.measure,
        version=row.version,
        released_at=row.released_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        revision=row.revision,
    )


async def add_shown(tx: Transaction, publication_id: UUID, counts: Iterable[ShownCount]) -> None:
    """Note the counts that a released table shows."""
    rows = [
        {
            "publication_id": publication_id,
            "place": each.place,
            "from_on": each.from_on,
            "measure": each.measure,
            "until_on": each.until_on,
            "shown": each.count,
        }
        for each in counts
    ]
    await tx.add(shown_count, *rows)


async def released_counts(tx: Transaction, *, measure: str, from_on: date, until_on: date) -> Sequence[ShownCount]:
    """Return the counts of that measure in tables that are or were out, of the financial years that this window touches.

    Who has read a table knows it although it was withdrawn.
    """
    from_on = financial_year(financial_year_of(from_on)).from_on
    until_on = financial_year(financial_year_of(until_on - timedelta(days=1))).until_on
    query = (
        select(shown_count)
        .join(publication, publication.c.id == shown_count.c.publication_id)
        .where(
            shown_count.c.measure == measure,
            shown_count.c.from_on < until_on,
            shown_count.c.until_on > from_on,
            publication.c.released_at.is_not(None),
        )
    )
    return [
        ShownCount(
            measure=row.measure,
            part=Part(row.place.partition(":")[0]),
            key=row.place.partition(":")[2] or None,
            from_on=row.from_on,
            until_on=row.until_on,
            count=row.shown,
        )
        for row in await tx.rows(query)
    ]
