"""The rebuild: all facts again from the streams into the next generation, all tallies again, then one step over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text

from libs.chassis.auth import service_caller
from libs.chassis.bus import Bus
from libs.chassis.database import Database, Transaction
from services.metrics import rebuilding
from services.metrics.commands import keeping
from services.metrics.domain.facts import CLOCKS_DIFFER
from services.metrics.repository import facts
from services.metrics.tables import fact, label, ledger, monthly, pending, tally

OWNERS = ("referrals", "allocation", "workbook", "partners")
_BY = service_caller("metrics")
_BATCH = 300
#: Lines of telling how far it is.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    generation: int
    facts: int
    refused: int
    lost: int  # facts that were kept before and that no stream holds any more


class WouldLose(Exception):
    """The streams hold less than is known: what has grown too old for them is to be said again first."""

    def __init__(self, facts: int) -> None:
        super().__init__(f"{facts} facts are in no stream any more")
        self.facts = facts


async def rebuild(
    database: Database, bus: Bus, *, owners: Sequence[str] = OWNERS, say: Say, let_go: bool = False
) -> Rebuilt:
    """Read the streams from the first message into a fresh generation and let it take over.

    Raise `WouldLose`, and leave all as it was, when that would forget facts, unless they are to be let go.
    """
    began_at, before = await _begin(database)
    target = before + 1
    told = refused = 0
    for owner in owners:
        async for portion in rebuilding.read(bus, owner):
            refused += portion.refused
            async with database.transaction(by=_BY) as tx:
                await _patiently(tx)
                told += await facts.tell_other(tx, portion.facts, generation=target) if portion.facts else 0
        say(f"{owner}: {told} facts so far")
    while carried := await _tally(database, target):
        say(f"tallied {carried} facts")
    try:
        lost = await _step_over(database, source=before, target=target, since=began_at, let_go=let_go)
    except WouldLose:
        await _clear(database, keep=before)
        raise
    await _clear(database, keep=target)
    return Rebuilt(target, told, refused, lost)


async def _begin(database: Database) -> tuple[datetime, int]:
    """Return when it begins and which generation is alive; what an interrupted rebuild left is cleared away."""
    async with database.transaction(by=_BY) as tx:
        generation = await facts.live_generation(tx)
        # Another replica's clock may be behind; what is copied twice is kept once.
        began_at = tx.now - CLOCKS_DIFFER
    await _clear(database, keep=generation)
    return began_at, generation


async def _tally(database: Database, generation: int) -> int:
    async with database.transaction(by=_BY) as tx:
        await _patiently(tx)
        return await keeping.tally_some(tx, generation=generation, limit=_BATCH)


async def _step_over(database: Database, *, source: int, target: int, since: datetime, let_go: bool) -> int:
    """Take over what was heard meanwhile, then let the new generation live; return how many facts no stream holds."""
    async with database.transaction(by=_BY) as tx:
        await _patiently(tx)
        # Whoever tells or tallies holds this row: none of them is half-way now, and those who come wait.
        await tx.rows(select(ledger).with_for_update())
        await facts.copy_heard_since(tx, source=source, target=target, since=since)
        while await keeping.tally_some(tx, generation=target, limit=_BATCH):
            pass
        counts = {
            generation: (await tx.rows(select(func.count()).where(fact.c.generation == generation)))[0][0]
            for generation in (source, target)
        }
        lost = max(0, int(counts[source]) - int(counts[target]))
        if lost and not let_go:
            raise WouldLose(lost)
        await tx.connection.execute(ledger.update().values(generation=target))
    return lost


async def _clear(database: Database, *, keep: int) -> None:
    async with database.transaction(by=_BY) as tx:
        await _patiently(tx)
        for table in (fact, pending, tally, monthly, label):
            await tx.do(delete(table).where(table.c.generation != keep))


async def _patiently(tx: Transaction) -> None:
    for setting in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        await tx.connection.execute(text(f"SET LOCAL {setting} = 0"))
