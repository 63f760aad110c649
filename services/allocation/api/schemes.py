"""Versions of the points scheme."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.outbox import happened_at
from libs.chassis.pagination import Page, WantedPage
from services.allocation.commands import schemes as commands
from services.allocation.domain.scheme import SchemeState
from services.allocation.queries import staff as queries
from services.allocation.repository import schemes
from services.allocation.schemas.schemes import NewScheme, Scheme, SchemeSummary
from services.allocation.schemas.staff import Happened

routes = router(tags=["points schemes"])


@routes.post("/schemes", status_code=201, dependencies=[may("schemes:draft")])
async def draft_scheme(tx: Tx, body: NewScheme) -> Scheme:
    """Draft the next version of the scheme."""
    drafted = await commands.draft(tx, title=body.title, rules=body.rules.value(), effective_from=body.effective_from)
    return Scheme.of(drafted)


@routes.get("/schemes", dependencies=[may("schemes:read")])
async def list_schemes(tx: Tx, wanted: WantedPage, state: SchemeState | None = None) -> Page[SchemeSummary]:
    """List versions of the scheme, the newest first."""
    found, following = await queries.schemes_page(tx, wanted=wanted, state=state)
    return Page(items=[SchemeSummary.model_validate(each) for each in found], next=following)


@routes.get("/schemes/{scheme_id}", dependencies=[may("schemes:read")])
async def read_scheme(tx: Tx, scheme_id: UUID) -> Scheme:
    """Read a version of the scheme, whole."""
    return Scheme.of(await schemes.get(tx, scheme_id))


@routes.post("/schemes/{scheme_id}:activate", dependencies=[may("schemes:activate")])
async def activate_scheme(tx: Tx, scheme_id: UUID, revision: IfMatch, body: Happened) -> Scheme:
    """Bring a draft into force; the version before is retired, and what it decided stays as it was."""
    at = happened_at(tx, body.occurred_at)
    return Scheme.of(await commands.activate(tx, scheme_id=scheme_id, revision=revision, at=at))
