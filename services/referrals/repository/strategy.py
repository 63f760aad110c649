"""Strategy discussions and the enquiries that they began."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from libs.chassis.database import Transaction
from services.referrals.domain.strategy import REFERRAL_ENDED, Enquiry, StrategyDiscussion
from services.referrals.tables import enquiry, strategy_discussion


async def add(tx: Transaction, new: StrategyDiscussion) -> None:
    """Store a discussion with the enquiries that it began."""
    await tx.add(
        strategy_discussion,
        {
            "id": new.id,
            "referral_id": new.referral_id,
            "held_at": new.held_at,
            "agencies": sorted(new.agencies),
            "children": list(new.children),
            "enquiry": new.enquiry,
            "record": new.record,
            "called_by": tx.by.id,
        },
    )
    await tx.add(enquiry, *[{"strategy_id": new.id, "child_id": one.child_id} for one in new.enquiries])


async def was_held(tx: Transaction, referral_id: UUID, *, since: datetime) -> bool:
    """Say whether a discussion about the referral was held since then."""
    held = select(strategy_discussion.c.id).where(
        strategy_discussion.c.referral_id == referral_id, strategy_discussion.c.held_at >= since
    )
    return await tx.row(held.limit(1)) is not None


async def of_referral(tx: Transaction, referral_id: UUID) -> tuple[StrategyDiscussion, ...]:
    """Return the discussions about a referral, the first held first."""
    return _assembled(
        await tx.rows(
            select(strategy_discussion, enquiry.c.child_id, enquiry.c.ended_on, enquiry.c.outcome)
            .outerjoin(enquiry, enquiry.c.strategy_id == strategy_discussion.c.id)
            .where(strategy_discussion.c.referral_id == referral_id)
            .order_by(strategy_discussion.c.held_at, strategy_discussion.c.id, enquiry.c.child_id)
        )
    )


async def enquiring_about(tx: Transaction, child_id: UUID, *, referral_id: UUID | None) -> StrategyDiscussion | None:
    """Return the discussion whose enquiry about that child is running: of that referral, or without one the latest."""
    running = (
        select(enquiry.c.strategy_id)
        .join(strategy_discussion, strategy_discussion.c.id == enquiry.c.strategy_id)
        .where(enquiry.c.child_id == child_id, enquiry.c.ended_on.is_(None))
        .order_by(strategy_discussion.c.held_at.desc(), strategy_discussion.c.id)
        .limit(1)
    )
    if referral_id is not None:
        running = running.where(strategy_discussion.c.referral_id == referral_id)
    found = _assembled(
        await tx.rows(
            select(strategy_discussion, enquiry.c.child_id, enquiry.c.ended_on, enquiry.c.outcome)
            .join(enquiry, enquiry.c.strategy_id == strategy_discussion.c.id)
            .where(strategy_discussion.c.id == running.scalar_subquery())
            .order_by(enquiry.c.child_id)
        )
    )
    return found[0] if found else None


async def save_enquiry(tx: Transaction, discussion: StrategyDiscussion, *, child_id: UUID) -> None:
    """Store how the enquiry about that child ended."""
    ended = next(one for one in discussion.enquiries if one.child_id == child_id)
    await tx.do(
        update(enquiry)
        .where(enquiry.c.strategy_id == discussion.id, enquiry.c.child_id == child_id)
        .values(ended_on=ended.ended_on, outcome=ended.outcome)
    )


async def end_all(tx: Transaction, referral_id: UUID, *, on: date) -> None:
    """End the enquiries about a referral that is finished."""
    discussions = select(strategy_discussion.c.id).where(strategy_discussion.c.referral_id == referral_id)
    await tx.do(
        update(enquiry)
        .where(enquiry.c.strategy_id.in_(discussions), enquiry.c.ended_on.is_(None))
        .values(ended_on=on, outcome=REFERRAL_ENDED)
    )


async def replace_child(tx: Transaction, *, referrals: Sequence[UUID], child_id: UUID, known_id: UUID) -> None:
    """Let a known child stand where the one who turned out to be them stood."""
    strategies = select(strategy_discussion.c.id).where(strategy_discussion.c.referral_id.in_(referrals))
    await tx.do(
        update(enquiry)
        .where(enquiry.c.child_id == child_id, enquiry.c.strategy_id.in_(strategies))
        .values(child_id=known_id)
    )
    await tx.do(
        update(strategy_discussion)
        .where(strategy_discussion.c.referral_id.in_(referrals))
        .values(children=func.array_replace(strategy_discussion.c.children, child_id, known_id))
    )


def _assembled(rows: Sequence[Row[Any]]) -> tuple[StrategyDiscussion, ...]:
    found: dict[UUID, StrategyDiscussion] = {}
    enquiries: dict[UUID, list[Enquiry]] = {}
    for row in rows:
        if row.child_id is not None:
            enquiries.setdefault(row.id, []).append(
                Enquiry(child_id=row.child_id, ended_on=row.ended_on, outcome=row.outcome)
            )
        found[row.id] = StrategyDiscussion(
            id=row.id,
            referral_id=row.referral_id,
            held_at=row.held_at,
            agencies=frozenset(row.agencies),
            children=tuple(row.children),
            enquiry=row.enquiry,
            record=row.record,
            enquiries=tuple(enquiries.get(row.id, ())),
        )
    return tuple(found.values())
