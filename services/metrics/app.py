"""The parts of the metrics service."""

from libs.chassis.operations import OPERATE
from libs.chassis.service import Service
from libs.chassis.ticks import Tick
from libs.kernel.glossary import COMMON
from libs.kernel.roles import Role
from services.metrics.api import journeys, measures, operations, publications, results
from services.metrics.commands import keeping
from services.metrics.domain.grants import MAY
from services.metrics.glossary import GLOSSARY
from services.metrics.inbox import SUBSCRIPTIONS

SERVICE = Service(
    name="metrics",
    purpose="What the service achieves: measures with versions, children's journeys, publications",
    routers=(measures.routes, results.routes, journeys.routes, publications.routes, operations.routes),
    grants={**MAY, OPERATE: frozenset({Role.SERVICE_ADMIN})},
    subscriptions=SUBSCRIPTIONS,
    ticks=(Tick("tally", every_seconds=0.25, run=keeping.tally),),
    glossary=COMMON | GLOSSARY,
)
