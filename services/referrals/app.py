"""The front door as a list of parts."""

from libs.chassis.operations import OPERATE
from libs.chassis.service import Service
from libs.chassis.ticks import Tick
from libs.kernel.glossary import COMMON
from libs.kernel.roles import Role
from services.referrals.api import areas, families, people, referrals, verbs, whereabouts, work
from services.referrals.commands import clocks
from services.referrals.domain.grants import MAY
from services.referrals.glossary import GLOSSARY
from services.referrals.inbox import SUBSCRIPTIONS
from services.referrals.settings import front_door, sealing_keys

SERVICE = Service(
    name="referrals",
    purpose="The front door: concerns, people and families, decisions and their clocks",
    routers=(
        referrals.routes,
        verbs.routes,
        work.routes,
        people.routes,
        whereabouts.routes,
        families.routes,
        areas.routes,
    ),
    grants={**MAY, OPERATE: frozenset({Role.SERVICE_ADMIN})},
    subscriptions=SUBSCRIPTIONS,
    ticks=(
        Tick("clocks", every_seconds=20, run=clocks.mind),
        Tick("information", every_seconds=60, run=clocks.lapse_information),
    ),
    environment=(front_door, sealing_keys),
    glossary=COMMON | GLOSSARY,
)
