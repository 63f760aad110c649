"""Sessions and the work list over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.partners.api.views import view_of
from services.partners.commands import sessions
from services.partners.domain.sessions import Score
from services.partners.domain.worklist import Section
from services.partners.queries import requests, worklist
from services.partners.schemas import requests as schemas
from services.partners.schemas.directory import Saying

routes = router(tags=["sessions"])


@routes.get("/requests/{request_id}/sessions", dependencies=[may("sessions:read")])
async def list_sessions(tx: Tx, request_id: UUID, wanted: WantedPage) -> Page[schemas.SessionView]:
    """List the sessions of a request, in the order of their dates."""
    found, following = await requests.sessions_page(tx, request_id, wanted)
    return Page(items=[schemas.SessionView.model_validate(session) for session in found], next=following)


@routes.post("/requests/{request_id}/sessions", status_code=201, dependencies=[may("sessions:book")])
async def book_session(tx: Tx, request_id: UUID, body: schemas.NewSession) -> schemas.SessionView:
    """Book a session with the adult of an accepted request."""
    session = await sessions.book(
        tx, request_id, kind=body.kind, starts_at=body.starts_at, occurred_at=body.occurred_at
    )
    return schemas.SessionView.model_validate(session)


@routes.get("/sessions/{session_id}", dependencies=[may("sessions:read")])
async def read_session(tx: Tx, session_id: UUID) -> schemas.SessionView:
    """Read a session."""
    return schemas.SessionView.model_validate(await requests.session(tx, session_id))


@routes.post("/sessions/{session_id}:attend", dependencies=[may("sessions:attend")])
async def attend_session(tx: Tx, session_id: UUID, revision: IfMatch, body: schemas.Attendance) -> schemas.SessionView:
    """Record that the adult came, and what was scored."""
    session = await sessions.attend(
        tx,
        session_id,
        revision=revision,
        late=body.late,
        scores=tuple(Score(score.tool, score.total) for score in body.scores),
        occurred_at=body.occurred_at,
    )
    return schemas.SessionView.model_validate(session)


@routes.post("/sessions/{session_id}:miss", dependencies=[may("sessions:miss")])
async def miss_session(tx: Tx, session_id: UUID, revision: IfMatch, body: schemas.Missing) -> schemas.SessionView:
    """Record that the session did not happen: the adult could not, would not, or logistics failed."""
    session = await sessions.miss(tx, session_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at)
    return schemas.SessionView.model_validate(session)


@routes.post("/sessions/{session_id}:move", status_code=201, dependencies=[may("sessions:move")])
async def move_session(tx: Tx, session_id: UUID, revision: IfMatch, body: schemas.Moving) -> schemas.SessionView:
    """Move the session; the answer is the one that takes its place."""
    session = await sessions.move(
        tx, session_id, revision=revision, starts_at=body.starts_at, occurred_at=body.occurred_at
    )
    return schemas.SessionView.model_validate(session)


@routes.post("/sessions/{session_id}:cancel", dependencies=[may("sessions:cancel")])
async def cancel_session(tx: Tx, session_id: UUID, revision: IfMatch, body: Saying) -> schemas.SessionView:
    """Call the session off."""
    return schemas.SessionView.model_validate(
        await sessions.cancel(tx, session_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.get("/work-list", dependencies=[may("work-list:read")], tags=["work list"])
async def read_work_list(tx: Tx) -> schemas.WorkListView:
    """Read what waits for your agency, or for you as its practitioner, with the lead social worker and due dates."""
    sections: dict[Section, list[schemas.WorkView]] = {section: [] for section in Section}
    for item in await worklist.items(tx):
        sections[item.section].append(
            schemas.WorkView(
                section=item.section,
                task=item.due.task,
                due_at=item.due.at,
                next_session_at=item.next_session_at,
                request=view_of(tx, item.request, lead_worker_id=item.lead_worker_id),
            )
        )
    return schemas.WorkListView.model_validate({section.value: work for section, work in sections.items()})
