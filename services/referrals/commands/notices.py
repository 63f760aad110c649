"""The referrer is told, or not, for a recorded reason."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import happened_at
from services.referrals.commands import steps
from services.referrals.domain import notice as rules
from services.referrals.domain.notice import ReferrerNotice, WithheldReason
from services.referrals.repository import notices, referrals


async def send(tx: Transaction, *, notice_id: UUID, revision: int, occurred_at: datetime | None) -> ReferrerNotice:
    """Note that the referrer was told."""
    at = happened_at(tx, occurred_at)
    notice = await _take(tx, notice_id, revision=revision)
    return await _save(tx, rules.send(notice, at=at), at=at, action="send")


async def withhold(tx: Transaction, *, notice_id: UUID, revision: int, reason: WithheldReason) -> ReferrerNotice:
    """Note why the referrer is not told."""
    notice = await _take(tx, notice_id, revision=revision)
    return await _save(tx, rules.withhold(notice, reason=reason), at=tx.now, action="withhold")


async def _take(tx: Transaction, notice_id: UUID, *, revision: int) -> ReferrerNotice:
    notice = await notices.get(tx, notice_id)
    steps.need(revision=revision, found=notice.revision)
    return notice


async def _save(tx: Transaction, changed: ReferrerNotice, *, at: datetime, action: str) -> ReferrerNotice:
    saved = replace(changed, revision=await notices.save(tx, changed, revision=changed.revision))
    referral = await referrals.get(tx, saved.referral_id)
    audit.record(tx, f"notices:{action}", record_id=saved.id, family_id=referral.family_id)
    steps.say_told(tx, saved, at=at)
    return saved
