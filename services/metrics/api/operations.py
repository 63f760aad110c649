"""Facts that could not be reckoned, for those who run the service."""

from libs.chassis.edge import Tx, may, router
from libs.chassis.operations import OPERATE
from libs.chassis.pagination import Page, WantedPage
from services.metrics.commands import keeping
from services.metrics.queries import records
from services.metrics.schemas import Retried, SetAside

routes = router(tags=["operations"])


@routes.get("/set-aside-facts", dependencies=[may(OPERATE)])
async def list_set_aside_facts(tx: Tx, wanted: WantedPage) -> Page[SetAside]:
    """List the facts that were set aside because they could not be reckoned."""
    rows, following = await records.set_aside(tx, wanted)
    return Page(items=[SetAside.model_validate(row) for row in rows], next=following)


@routes.post("/set-aside-facts:retry", dependencies=[may(OPERATE)])
async def retry_set_aside_facts(tx: Tx) -> Retried:
    """Let the facts that were set aside be reckoned again."""
    return Retried(waiting=await keeping.retry(tx))
