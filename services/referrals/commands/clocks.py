"""Clocks start, are met and become needless with what happens; the tick says aloud what nobody did in time."""

from dataclasses import replace

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import ClockBreached, ClockDueSoon, ClockMet
from libs.kernel.deadline import Standing
from services.referrals.domain import clocks as rules
from services.referrals.domain.clocks import FrontDoorClock, Occasion, Saying
from services.referrals.domain.referral import Referral
from services.referrals.repository import clocks as repository
from services.referrals.repository import information
from services.referrals.settings import local_times

_BATCH = 200


async def turn(tx: Transaction, referral: Referral, *occasions: Occasion) -> Referral:
    """Let what happened start, meet and void clocks; return the referral with its next due moment."""
    return await _turn(tx, referral, occasions, clocks=await repository.of_referral(tx, referral.id))


async def begin(tx: Transaction, referral: Referral, *occasions: Occasion) -> None:
    """Start the clocks of a referral that is new."""
    changes = rules.turn(occasions, clocks=(), local=local_times())
    await repository.write(tx, changes, referral_id=referral.id)


async def _turn(
    tx: Transaction, referral: Referral, occasions: tuple[Occasion, ...], *, clocks: tuple[FrontDoorClock, ...]
) -> Referral:
    changes = rules.turn(occasions, clocks=clocks, local=local_times())
    await repository.write(tx, changes, referral_id=referral.id)
    for one in changes.met:
        met_at = one.clock.met_at or tx.now
        emit(
            tx,
            ClockMet(
                clock_id=one.id,
                kind=one.kind,
                referral_id=referral.id,
                family_id=referral.family_id,
                started_at=one.clock.started_at,
                due_at=one.clock.due_at,
                met_at=met_at,
                in_time=one.clock.standing(tx.now) is Standing.MET,
                calendar_version=one.clock.calendar_version,
            ),
            occurred_at=met_at,
        )
    return replace(referral, next_due_at=rules.next_due(clocks, changes))


async def mind(tx: Transaction) -> int:
    """Say which clocks are due soon and which ran out, each once; return how many were spoken of."""
    said: dict[Saying, list[FrontDoorClock]] = {Saying.DUE_SOON: [], Saying.BREACHED: []}
    for one, family_id in await repository.to_say(tx, limit=_BATCH):
        what = rules.saying(one, now=tx.now)
        if what is None:
            continue
        said[what].append(one)
        kind = ClockDueSoon if what is Saying.DUE_SOON else ClockBreached
        emit(
            tx,
            kind(
                clock_id=one.id,
                kind=one.kind,
                referral_id=one.referral_id,
                family_id=family_id,
                due_at=one.clock.due_at,
                calendar_version=one.clock.calendar_version,
            ),
            occurred_at=one.clock.amber_at if what is Saying.DUE_SOON else one.clock.due_at,
        )
    for what, clocks in said.items():
        await repository.note_said(tx, what, [one.id for one in clocks], at=tx.now)
    return sum(len(clocks) for clocks in said.values())


async def lapse_information(tx: Transaction) -> int:
    """Mark questions to other agencies whose answer is late; return how many."""
    return await information.lapse(tx, limit=_BATCH)
