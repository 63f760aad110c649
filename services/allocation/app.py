"""The parts of allocation."""

from libs.chassis.operations import OPERATE
from libs.chassis.service import Service
from libs.chassis.ticks import Tick
from libs.kernel.glossary import COMMON
from libs.kernel.roles import Role
from services.allocation.api import (
    allocations,
    capacity,
    exclusions,
    handovers,
    proposals,
    requests,
    schemes,
    staff,
)
from services.allocation.commands import minding
from services.allocation.domain.grants import MAY
from services.allocation.glossary import GLOSSARY
from services.allocation.inbox import SUBSCRIPTIONS

SERVICE = Service(
    name="allocation",
    purpose="Who can take a family, who holds it, and how much room is left",
    routers=(
        staff.routes,
        schemes.routes,
        requests.routes,
        proposals.routes,
        allocations.routes,
        handovers.routes,
        exclusions.routes,
        capacity.routes,
    ),
    grants={**MAY, OPERATE: frozenset({Role.SERVICE_ADMIN})},
    subscriptions=SUBSCRIPTIONS,
    ticks=(
        Tick("load", every_seconds=2, run=minding.mind_load),
        Tick("waiting", every_seconds=60, run=minding.mind_waiting),
        Tick("proposals", every_seconds=60, run=minding.mind_proposals),
    ),
    glossary=COMMON | GLOSSARY,
)
