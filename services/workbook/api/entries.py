"""Entries, the timeline and stages of change over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Query
from pydantic_core import to_jsonable_python

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.deadline import local_day
from libs.kernel.roles import Role
from services.workbook.api.workbooks import AsOf, KnownAt
from services.workbook.commands import entries as commands
from services.workbook.commands.entries import Recorded
from services.workbook.domain import entries as rules
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.entries import Kind
from services.workbook.queries import record as queries
from services.workbook.queries.record import Read
from services.workbook.repository import readers
from services.workbook.schemas import entries as schemas
from services.workbook.schemas.shown import shown

routes = router(tags=["entries"])


def _shown(held: Recorded | Read) -> schemas.Entry:
    entry = held.entry
    return shown(
        schemas.Entry,
        entry,
        workbook_id=held.workbook_id,
        detail=to_jsonable_python(entry.detail),
        score=schemas.scored(entry.detail),
        comparison=held.comparison,
    )


async def _section(tx: Tx, workbook_id: UUID, said: ChapterRole | None) -> ChapterRole:
    """Return the section that was said, or the writer's own: early help's, the practitioner's, the social worker's."""
    if said is not None:
        return said
    own = (await readers.reader(tx, workbook_id)).sections
    if len(own) == 1:
        return next(iter(own))
    return ChapterRole.EARLY_HELP if tx.by.has(Role.EARLY_HELP_LEAD) else ChapterRole.SOCIAL_WORKER


@routes.post("/workbooks/{workbook_id}/entries", status_code=201, dependencies=[may("entries:record")])
async def record_entry(
    tx: Tx, workbook_id: UUID, body: Annotated[schemas.NewEntry, Body(discriminator="kind")]
) -> schemas.Entry:
    """Record a visit, an event, direct work, an interview, a score, a result, a voice, a decision or a summary."""
    recorded = await commands.record_entry(
        tx,
        workbook_id=workbook_id,
        kind=Kind(body.kind),
        detail=schemas.detail_of(body),
        text=body.text,
        section=await _section(tx, workbook_id, body.section),
        occurred_at=body.occurred_at,
    )
    return _shown(recorded)


@routes.get("/workbooks/{workbook_id}/entries", dependencies=[may("workbooks:read")])
async def list_entries(tx: Tx, workbook_id: UUID, wanted: WantedPage, kind: Kind | None = None) -> Page[schemas.Entry]:
    """List a workbook's entries, latest first."""
    found, following = await queries.entries(tx, workbook_id, kind=kind, wanted=wanted)
    return Page(items=[_shown(each) for each in found], next=following)


@routes.get("/entries/{entry_id}", dependencies=[may("workbooks:read")])
async def read_entry(tx: Tx, entry_id: UUID) -> schemas.Entry:
    """Read an entry."""
    return _shown(await queries.entry_of(tx, entry_id))


@routes.post("/entries/{entry_id}:correct", dependencies=[may("entries:correct")])
async def correct_entry(tx: Tx, entry_id: UUID, revision: IfMatch, body: schemas.Correction) -> schemas.Entry:
    """Put a correction beside an entry."""
    return _shown(await commands.correct(tx, entry_id=entry_id, revision=revision, text=body.text))


@routes.post("/entries/{entry_id}:strike", dependencies=[may("entries:strike")])
async def strike_entry(tx: Tx, entry_id: UUID, revision: IfMatch, body: schemas.Striking) -> schemas.Entry:
    """Strike an entry as made in error; its text stays."""
    return _shown(await commands.strike(tx, entry_id=entry_id, revision=revision, reason=body.reason))


@routes.get("/workbooks/{workbook_id}/stages-of-change", dependencies=[may("workbooks:read")])
async def list_stages_of_change(tx: Tx, workbook_id: UUID) -> schemas.Stages:
    """Show where each adult stands in the cycle of change, for each topic."""
    items = [
        schemas.StageOfChange(
            adult_id=detail.adult_id,
            topic=detail.topic,
            stage=detail.stage,
            on=local_day(entry.occurred_at),
            entry_id=entry.id,
        )
        for entry in await queries.stages(tx, workbook_id)
        if isinstance(detail := entry.detail, rules.Interview)
    ]
    return schemas.Stages(items=items)


@routes.get("/workbooks/{workbook_id}/timeline", dependencies=[may("workbooks:read")])
async def read_timeline(
    *,
    tx: Tx,
    workbook_id: UUID,
    wanted: WantedPage,
    kind: Annotated[str | None, Query(max_length=60, pattern="^[a-z_]+$")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Page[schemas.TimelineItem]:
    """Read everything that happened, latest first, with where it comes from."""
    found, following = await queries.timeline(
        tx,
        workbook_id,
        kind=kind,
        significant=False,
        happened_by=as_of,
        known_by=known_at,
        wanted=wanted,
    )
    return Page(items=[shown(schemas.TimelineItem, each) for each in found], next=following)


@routes.get("/workbooks/{workbook_id}/chronology", dependencies=[may("workbooks:read")])
async def read_chronology(
    tx: Tx, workbook_id: UUID, wanted: WantedPage, as_of: AsOf = None, known_at: KnownAt = None
) -> Page[schemas.TimelineItem]:
    """Read what is significant and stands: what a court or a new worker reads first."""
    found, following = await queries.timeline(
        tx,
        workbook_id,
        kind=None,
        significant=True,
        happened_by=as_of,
        known_by=known_at,
        wanted=wanted,
    )
    return Page(items=[shown(schemas.TimelineItem, each) for each in found], next=following)
