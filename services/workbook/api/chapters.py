"""Chapters over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.workbook.commands import chapters as commands
from services.workbook.commands.chapters import Held
from services.workbook.domain.chapters import SectionEdit
from services.workbook.queries import record as queries
from services.workbook.schemas import chapters as schemas
from services.workbook.schemas.entries import Correction
from services.workbook.schemas.shared import Occurred
from services.workbook.schemas.shown import shown

routes = router(tags=["chapters"])


def _shown(held: Held) -> schemas.Chapter:
    return shown(schemas.Chapter, held.chapter, workbook_id=held.workbook_id)


@routes.post("/workbooks/{workbook_id}/chapters", status_code=201, dependencies=[may("chapters:draft")])
async def begin_chapter(tx: Tx, workbook_id: UUID, body: schemas.NewChapter) -> schemas.Chapter:
    """Begin one's chapter of the present cycle."""
    return _shown(await commands.begin(tx, workbook_id=workbook_id, role=body.role))


@routes.get("/workbooks/{workbook_id}/chapters", dependencies=[may("workbooks:read")])
async def list_chapters(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.Chapter]:
    """List a workbook's chapters, latest first."""
    found, following = await queries.chapters(tx, workbook_id, wanted=wanted)
    return Page(items=[shown(schemas.Chapter, each, workbook_id=workbook_id) for each in found], next=following)


@routes.get("/chapters/{chapter_id}", dependencies=[may("workbooks:read")])
async def read_chapter(tx: Tx, chapter_id: UUID) -> schemas.Chapter:
    """Read a chapter."""
    return _shown(Held(*await queries.chapter_of(tx, chapter_id)))


@routes.patch("/chapters/{chapter_id}/sections", dependencies=[may("chapters:draft")])
async def draft_chapter(tx: Tx, chapter_id: UUID, body: schemas.Draft) -> schemas.Chapter:
    """Write sections; each edit says from which revision it was made, so that no text is lost."""
    edits = [SectionEdit(edit.key, edit.base_revision, edit.text) for edit in body.edits]
    return _shown(await commands.draft(tx, chapter_id=chapter_id, edits=edits))


@routes.post("/chapters/{chapter_id}:submit", dependencies=[may("chapters:submit")])
async def submit_chapter(tx: Tx, chapter_id: UUID, revision: IfMatch, body: Occurred | None = None) -> schemas.Chapter:
    """Give one's chapter for signing off."""
    at = body.occurred_at if body else None
    return _shown(await commands.submit(tx, chapter_id=chapter_id, revision=revision, occurred_at=at))


@routes.post("/chapters/{chapter_id}:sign", dependencies=[may("chapters:sign")])
async def sign_chapter(tx: Tx, chapter_id: UUID, revision: IfMatch, body: Occurred | None = None) -> schemas.Chapter:
    """Sign one's own chapter."""
    at = body.occurred_at if body else None
    return _shown(await commands.sign(tx, chapter_id=chapter_id, revision=revision, occurred_at=at))


@routes.post("/chapters/{chapter_id}:countersign", dependencies=[may("chapters:countersign")])
async def countersign_chapter(
    tx: Tx, chapter_id: UUID, revision: IfMatch, body: Occurred | None = None
) -> schemas.Chapter:
    """Countersign another's chapter."""
    at = body.occurred_at if body else None
    return _shown(await commands.countersign(tx, chapter_id=chapter_id, revision=revision, occurred_at=at))


@routes.post("/chapters/{chapter_id}:return", dependencies=[may("chapters:return")])
async def return_chapter(tx: Tx, chapter_id: UUID, revision: IfMatch, body: schemas.ReturnNote) -> schemas.Chapter:
    """Return another's chapter to its author."""
    held = await commands.send_back(
        tx, chapter_id=chapter_id, revision=revision, note=body.note, occurred_at=body.occurred_at
    )
    return _shown(held)


@routes.post("/chapters/{chapter_id}:correct", dependencies=[may("chapters:correct")])
async def correct_chapter(tx: Tx, chapter_id: UUID, revision: IfMatch, body: Correction) -> schemas.Chapter:
    """Put a correction beside a signed or locked chapter."""
    return _shown(await commands.correct(tx, chapter_id=chapter_id, revision=revision, text=body.text))
