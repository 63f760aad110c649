"""Notices to referrers."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.referrals.domain.notice import Content, NoticeState, ReferrerNotice, WithheldReason
from services.referrals.tables import referrer_notice as table


async def add(tx: Transaction, new: ReferrerNotice) -> None:
    """Store a notice that was drawn up."""
    await tx.add(
        table,
        {
            "id": new.id,
            "referral_id": new.referral_id,
            "content": new.content,
            "decided_at": new.decided_at,
            "due_at": new.due_at,
            "state": new.state,
            "sent_at": new.sent_at,
            "withheld_reason": new.withheld_reason,
            "revision": 1,
        },
    )


async def get(tx: Transaction, notice_id: UUID) -> ReferrerNotice:
    """Return a notice; raise `NotFound`."""
    row = await tx.row(select(table).where(table.c.id == notice_id))
    if row is None:
        raise NotFound
    return of_row(row)


async def of_referral(tx: Transaction, referral_id: UUID) -> tuple[ReferrerNotice, ...]:
    """Return the notices about a referral, the first decided first."""
    rows = await tx.rows(
        select(table).where(table.c.referral_id == referral_id).order_by(table.c.decided_at, table.c.id)
    )
    return tuple(of_row(row) for row in rows)


async def save(tx: Transaction, changed: ReferrerNotice, *, revision: int) -> int:
    """Store what became of a notice; return the new revision."""
    return await tx.change(
        table,
        id=changed.id,
        revision=revision,
        state=changed.state,
        sent_at=changed.sent_at,
        withheld_reason=changed.withheld_reason,
    )


async def withdraw_due(tx: Transaction, referral_id: UUID) -> None:
    """Take back what the referrer has not been told yet and is no longer so."""
    await tx.do(
        update(table)
        .where(table.c.referral_id == referral_id, table.c.state == NoticeState.DUE)
        .values(state=NoticeState.WITHDRAWN, revision=table.c.revision + 1)
    )


def of_row(row: Row[Any]) -> ReferrerNotice:
    """Return the notice of a row."""
    return ReferrerNotice(
        id=row.id,
        referral_id=row.referral_id,
        content=Content(row.content),
        decided_at=row.decided_at,
        due_at=row.due_at,
        state=NoticeState(row.state),
        sent_at=row.sent_at,
        withheld_reason=WithheldReason(row.withheld_reason) if row.withheld_reason else None,
        revision=row.revision,
    )
