"""The parts of the partners service."""

from libs.chassis.operations import OPERATE
from libs.chassis.service import Service
from libs.chassis.ticks import Tick
from libs.kernel.glossary import COMMON
from libs.kernel.roles import Role
from services.partners.api import agencies, practitioners, requests, sessions
from services.partners.commands import needs, routing
from services.partners.commands import practitioners as people
from services.partners.domain.grants import MAY
from services.partners.glossary import GLOSSARY
from services.partners.inbox import SUBSCRIPTIONS

SERVICE = Service(
    name="partners",
    purpose="Agencies, their practitioners and room, requests for an adult practitioner, sessions and reports",
    routers=(requests.routes, sessions.routes, practitioners.routes, agencies.routes),
    grants={**MAY, OPERATE: frozenset({Role.SERVICE_ADMIN})},
    subscriptions=SUBSCRIPTIONS,
    ticks=(
        Tick("flag-overdue", every_seconds=60, run=needs.flag_overdue),
        Tick("say-who-came-or-left", every_seconds=300, run=people.say_who_came_or_left),
        Tick("route-waiting", every_seconds=5, run=routing.route_waiting),
    ),
    glossary=COMMON | GLOSSARY,
)
