"""The parts of the workbook."""

from libs.chassis.operations import OPERATE
from libs.chassis.service import Service
from libs.chassis.ticks import Tick
from libs.kernel.glossary import COMMON
from libs.kernel.roles import Role
from services.workbook.api import (
    assessments,
    chapters,
    clocks,
    entries,
    meetings,
    plan,
    plan_spells,
    requests,
    supervisions,
    workbooks,
)
from services.workbook.commands.clocks import mind
from services.workbook.domain.grants import MAY
from services.workbook.glossary import GLOSSARY
from services.workbook.inbox import SUBSCRIPTIONS
from services.workbook.settings import local_values

SERVICE = Service(
    name="workbook",
    purpose="The family's one record: chapters, plan, supervision, plans of protection, and their clocks",
    routers=(
        workbooks.routes,
        entries.routes,
        chapters.routes,
        plan.routes,
        supervisions.routes,
        meetings.routes,
        requests.routes,
        assessments.routes,
        plan_spells.routes,
        clocks.routes,
    ),
    grants={**MAY, OPERATE: frozenset({Role.SERVICE_ADMIN})},
    subscriptions=SUBSCRIPTIONS,
    ticks=(Tick("clocks", every_seconds=30, run=mind),),
    environment=(local_values,),
    glossary=COMMON | GLOSSARY,
)
