"""A child's journey, for those who work with the child."""

from uuid import UUID

from libs.chassis.edge import Tx, may, router
from services.metrics.queries import journeys
from services.metrics.schemas import JourneyView

routes = router(tags=["journeys"])


@routes.get("/journeys/{child_id}", dependencies=[may("journeys:read")])
async def read_journey(tx: Tx, child_id: UUID) -> JourneyView:
    """Read a child's journey: plans in order, days on each level, steps up and down, lead workers."""
    return JourneyView.of(await journeys.of_child(tx, child_id))
