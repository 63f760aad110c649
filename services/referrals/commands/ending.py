"""How a referral ends, and how it comes back."""

from datetime import datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit, happened_at
from libs.contracts.referrals import (
    InformationAnswered,
    ReferralClosed,
    ReferralMarkedInError,
    ReferralReopened,
    ReferralWithdrawn,
)
from libs.kernel.codes import ClosureReason
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from services.referrals.commands import clocks, steps
from services.referrals.commands.screening import occasions_of
from services.referrals.domain import referral as rules
from services.referrals.domain.clock_rules import Happening
from services.referrals.domain.clocks import Occasion
from services.referrals.domain.referral import Referral
from services.referrals.domain.screening import Screening
from services.referrals.domain.states import FRONT_DOOR
from services.referrals.repository import information, notices, referrals, strategy


async def close(
    tx: Transaction, *, referral_id: UUID, revision: int, reason: ClosureReason | None, occurred_at: datetime | None
) -> Referral:
    """Close a referral after the work with the family has ended, as the workbook did if there was one."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    told_on = None if occurred_at is None else local_day(at)
    closed = rules.close(before, reason=reason, at=at, on=told_on)
    closed = await clocks.turn(tx, closed, Occasion(happening=Happening.CLOSED, at=at))
    saved = await steps.save(tx, closed, verb="close")
    closed_on = saved.closed_on or local_day(at)
    await strategy.end_all(tx, saved.id, on=closed_on)
    emit(
        tx,
        ReferralClosed(
            referral_id=saved.id,
            family_id=saved.family_id,
            children=saved.children,
            reason=saved.closure_reason,
            closed_on=closed_on,
        ),
        occurred_at=at,
    )
    return saved


async def reopen(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    reason: str,
    screening: Screening | None,
    occurred_at: datetime | None,
) -> Referral:
    """Look at a finished referral again; the front door's clocks begin anew."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    reopened = rules.reopen(before, reason=reason, at=at, screening=screening)
    reopened = await clocks.turn(
        tx, reopened, Occasion(happening=Happening.RECEIVED, at=at), *occasions_of(reopened, at=at)
    )
    saved = await steps.save(tx, reopened, verb="reopen")
    await steps.note(tx, saved, step="reopen", at=at)
    await notices.withdraw_due(tx, saved.id)
    emit(
        tx,
        ReferralReopened(referral_id=saved.id, family_id=saved.family_id, re_referral=saved.re_referral, reason=reason),
        occurred_at=at,
    )
    return saved


async def withdraw(
    tx: Transaction, *, referral_id: UUID, revision: int, reason: str, occurred_at: datetime | None
) -> Referral:
    """Take a referral back, as its sender or for them; nothing of it is deleted."""
    at = happened_at(tx, occurred_at)
    before = await referrals.lock(tx, referral_id)
    # Whether there is such a referral is no sender's to learn but its own.
    if not tx.by.roles & FRONT_DOOR and before.sent_by != tx.by.id:
        raise NotFound
    steps.need(revision=revision, found=before.revision)
    withdrawn = rules.withdraw(before, reason=reason, roles=tx.by.roles, at=at)
    saved = await _taken_back(tx, withdrawn, verb="withdraw", at=at)
    emit(tx, ReferralWithdrawn(referral_id=saved.id, family_id=saved.family_id), occurred_at=at)
    return saved


async def mark_in_error(
    tx: Transaction, *, referral_id: UUID, revision: int, reason: str, occurred_at: datetime | None
) -> Referral:
    """Mark a referral that should never have been recorded; it stays readable and counts nowhere."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    marked = rules.mark_in_error(before, reason=reason, at=at)
    saved = await _taken_back(tx, marked, verb="mark-in-error", at=at)
    emit(tx, ReferralMarkedInError(referral_id=saved.id, family_id=saved.family_id), occurred_at=at)
    return saved


async def _taken_back(tx: Transaction, taken: Referral, *, verb: str, at: datetime) -> Referral:
    turned = await clocks.turn(tx, taken, Occasion(happening=Happening.TAKEN_BACK, at=at))
    saved = await steps.save(tx, turned, verb=verb)
    await strategy.end_all(tx, saved.id, on=local_day(at))
    await notices.withdraw_due(tx, saved.id)
    for request_id in await information.withdraw_open(tx, saved.id):
        emit(
            tx,
            InformationAnswered(referral_id=saved.id, information_request_id=request_id, outcome="withdrawn"),
            occurred_at=at,
        )
    return saved
