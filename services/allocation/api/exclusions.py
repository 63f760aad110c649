"""Pairs of family and worker that must not be."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.outbox import happened_at
from libs.chassis.pagination import Page, WantedPage
from services.allocation.commands import exclusions as commands
from services.allocation.queries import staff as queries
from services.allocation.schemas.holding import Exclusion, NewExclusion
from services.allocation.schemas.staff import Happened

routes = router(tags=["conflicts and restrictions"])


@routes.post("/exclusions", status_code=201, dependencies=[may("exclusions:declare")])
async def declare_exclusion(tx: Tx, body: NewExclusion) -> Exclusion:
    """Declare a conflict of interest, a worker whom the family refused, or a restricted record."""
    at = happened_at(tx, body.occurred_at)
    return Exclusion.model_validate(await commands.declare(tx, body.value(by=tx.by.id, at=at)))


@routes.get("/exclusions", dependencies=[may("exclusions:read")])
async def list_exclusions(tx: Tx, wanted: WantedPage, family_id: UUID) -> Page[Exclusion]:
    """List what was declared about a family."""
    found, following = await queries.declarations(tx, family_id=family_id, wanted=wanted)
    return Page(items=[Exclusion.model_validate(each) for each in found], next=following)


@routes.get("/exclusions/{exclusion_id}", dependencies=[may("exclusions:read")])
async def read_exclusion(tx: Tx, exclusion_id: UUID) -> Exclusion:
    """Read a declaration."""
    return Exclusion.model_validate(await queries.declaration(tx, exclusion_id))


@routes.post("/exclusions/{exclusion_id}:withdraw", dependencies=[may("exclusions:declare")])
async def withdraw_exclusion(tx: Tx, exclusion_id: UUID, revision: IfMatch, body: Happened) -> Exclusion:
    """Let a declaration hold no longer; it stays on record."""
    at = happened_at(tx, body.occurred_at)
    withdrawn = await commands.withdraw(tx, exclusion_id=exclusion_id, revision=revision, at=at)
    return Exclusion.model_validate(withdrawn)
