"""Questions to other agencies."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.referrals.domain.information import (
    OPEN,
    Consent,
    InformationRequest,
    LawfulBasis,
    RefusalReason,
    RequestState,
)
from services.referrals.tables import information_request as table


async def add(tx: Transaction, *new: InformationRequest) -> None:
    """Store questions that were sent."""
    await tx.add(table, *[_row_of(one) for one in new])


async def get(tx: Transaction, request_id: UUID) -> InformationRequest:
    """Return a question; raise `NotFound`."""
    row = await tx.row(select(table).where(table.c.id == request_id))
    if row is None:
        raise NotFound
    return of_row(row)


async def of_referral(tx: Transaction, referral_id: UUID) -> tuple[InformationRequest, ...]:
    """Return the questions about a referral, the first sent first."""
    rows = await tx.rows(select(table).where(table.c.referral_id == referral_id).order_by(table.c.sent_at, table.c.id))
    return tuple(of_row(row) for row in rows)


async def save(tx: Transaction, changed: InformationRequest, *, revision: int) -> int:
    """Store what became of a question; return the new revision."""
    return await tx.change(
        table,
        id=changed.id,
        revision=revision,
        state=changed.state,
        ended_at=changed.ended_at,
        answer=changed.answer,
        refusal=changed.refusal,
    )


async def lapse(tx: Transaction, *, limit: int) -> int:
    """Mark questions whose answer is late; return how many."""
    late = (
        select(table.c.id)
        .where(table.c.state == RequestState.SENT, table.c.due_at < tx.now)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await tx.do(
        update(table).where(table.c.id.in_(late)).values(state=RequestState.OVERDUE, revision=table.c.revision + 1)
    )


async def withdraw_open(tx: Transaction, referral_id: UUID) -> tuple[UUID, ...]:
    """Take back the questions about a referral that nobody needs answered any more; return them."""
    rows = await tx.rows(
        update(table)
        .where(table.c.referral_id == referral_id, table.c.state.in_(sorted(OPEN)))
        .values(state=RequestState.WITHDRAWN, ended_at=tx.now, revision=table.c.revision + 1)
        .returning(table.c.id)
    )
    return tuple(row.id for row in rows)


def of_row(row: Row[Any]) -> InformationRequest:
    """Return the question of a row."""
    return InformationRequest(
        id=row.id,
        referral_id=row.referral_id,
        agency=row.agency,
        question=row.question,
        purpose=row.purpose,
        lawful_basis=LawfulBasis(row.lawful_basis),
        consent=Consent(row.consent),
        family_informed=row.family_informed,
        reason=row.reason,
        asked_by=row.asked_by,
        sent_at=row.sent_at,
        due_at=row.due_at,
        state=RequestState(row.state),
        ended_at=row.ended_at,
        answer=row.answer,
        refusal=RefusalReason(row.refusal) if row.refusal else None,
        revision=row.revision,
    )


def _row_of(one: InformationRequest) -> dict[str, Any]:
    return {
        "id": one.id,
        "referral_id": one.referral_id,
        "agency": one.agency,
        "question": one.question,
        "purpose": one.purpose,
        "lawful_basis": one.lawful_basis,
        "consent": one.consent,
        "family_informed": one.family_informed,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "sent_at": one.sent_at,
        "due_at": one.due_at,
        "state": one.state,
        "revision": one.revision,
    }
