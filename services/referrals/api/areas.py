"""The areas of the county."""

from libs.chassis.edge import Tx, may, router
from services.referrals.domain.areas import NOT_KNOWN_YET
from services.referrals.queries import areas
from services.referrals.schemas.areas import Areas

routes = router(tags=["areas"])


@routes.get("/areas", dependencies=[may("areas:read")])
async def list_areas(tx: Tx) -> Areas:
    """List the areas that a referral may name: those that teams serve, all of them at once."""
    return Areas(served=list(await areas.served(tx)), not_known_yet=NOT_KNOWN_YET)
