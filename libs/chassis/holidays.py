"""How far the published list of bank holidays still reaches: who runs the services is told a year before it ends.

Nothing stops then: working days past the list are counted by rule, and marked as provisional.
"""

from datetime import datetime

from libs.chassis import telemetry
from libs.chassis.database import Transaction
from libs.chassis.ticks import Tick
from libs.kernel.deadline import local_day
from libs.kernel.working_days import LISTED_UNTIL

_WARN_DAYS = 365


def days_left(now: datetime) -> int:
    """Return for how many days from today bank holidays are listed; negative when the list has ended."""
    return (LISTED_UNTIL - local_day(now)).days


def warnings(now: datetime) -> list[str]:
    """Return what is to be done soon, in a sentence; nothing for as long as there is a year left."""
    if days_left(now) >= _WARN_DAYS:
        return []
    return [
        f"Bank holidays are listed until {LISTED_UNTIL} and by rule after it: bring libs/kernel/bank_holidays.json up to date."
    ]


async def look(tx: Transaction) -> int:
    """Log a warning, once a day, when the list ends within a year."""
    if warnings(tx.now):
        telemetry.log.warning("bank_holidays_end", count=days_left(tx.now))
    return 0


HOLIDAYS = Tick("bank-holidays", every_seconds=86_400, run=look)
