"""Strategy discussions and the enquiries that they began."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, update

from libs.chassis.database import Transaction
from libs.kernel.codes import Section47Outcome
from services.referrals.domain.strategy import REFERRAL_ENDED, Enquiry, StrategyDiscussion
from services.referrals.tables import enquiry, strategy_discussion

_ENQUIRY = (
    enquiry.c.child_id,
    enquiry.c.ended_on,
    enquiry.c.outcome,
    enquiry.c.conference_on,
    enquiry.c.taken_up_at,
)


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
            select(strategy_discussion, *_ENQUIRY)
            .outerjoin(enquiry, enquiry.c.strategy_id == strategy_discussion.c.id)
            .where(strategy_discussion.c.referral_id == referral_id)
            .order_by(strategy_discussion.c.held_at, strategy_discussion.c.id, enquiry.c.child_id)
        )
    )


async def referral_of(tx: Transaction, strategy_id: UUID) -> UUID | None:
    """Return the referral that a discussion was about."""
    query = select(strategy_discussion.c.referral_id).where(strategy_discussion.c.id == strategy_id)
    row = await tx.row(query)
    return None if row is None else row.referral_id


async def enquiring_about(tx: Transaction, children: frozenset[UUID], *, referral_id: UUID | None) -> UUID | None:
    """Return the referral with a running enquiry about one of these: that referral, or without one the latest."""
    running = _enquired(children).where(enquiry.c.ended_on.is_(None))
    if referral_id is not None:
        running = running.where(strategy_discussion.c.referral_id == referral_id)
    row = await tx.row(running.order_by(strategy_discussion.c.held_at.desc(), strategy_discussion.c.id).limit(1))
    return None if row is None else row.referral_id


async def taken_up(tx: Transaction, children: frozenset[UUID], *, held_before: datetime) -> tuple[UUID, ...]:
    """Return the referrals with a running enquiry about one of these that the workbook keeps."""
    kept_there = enquiry.c.taken_up_at.is_not(None) & enquiry.c.ended_on.is_(None)
    rows = await tx.rows(_enquired(children).where(kept_there, strategy_discussion.c.held_at < held_before))
    return tuple(row.referral_id for row in rows)


async def awaiting_conference(tx: Transaction, children: frozenset[UUID]) -> tuple[UUID, ...]:
    """Return the referrals with an enquiry about one of these children that waits for its conference."""
    waits = or_(enquiry.c.outcome.is_(None), enquiry.c.outcome == Section47Outcome.CP_CONFERENCE)
    rows = await tx.rows(_enquired(children).where(enquiry.c.conference_on.is_(None), waits))
    return tuple(sorted({row.referral_id for row in rows}))


def _enquired(children: frozenset[UUID]) -> Select[Any]:
    return (
        select(strategy_discussion.c.referral_id)
        .join(enquiry, enquiry.c.strategy_id == strategy_discussion.c.id)
        .where(enquiry.c.child_id.in_(sorted(children)))
    )


async def save_enquiries(tx: Transaction, before: StrategyDiscussion, after: StrategyDiscussion) -> None:
    """Store what became of the enquiries of a discussion; what became of several alike in one statement."""
    known = {one.child_id: one for one in before.enquiries}
    changed: dict[tuple[Any, ...], list[UUID]] = {}
    for one in after.enquiries:
        if one != known[one.child_id]:
            became = (one.ended_on, one.outcome, one.conference_on, one.taken_up_at)
            changed.setdefault(became, []).append(one.child_id)
    for (ended_on, outcome, conference_on, taken_up_at), children in changed.items():
        await tx.do(
            update(enquiry)
            .where(enquiry.c.strategy_id == after.id, enquiry.c.child_id.in_(children))
            .values(ended_on=ended_on, outcome=outcome, conference_on=conference_on, taken_up_at=taken_up_at)
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
                Enquiry(
                    child_id=row.child_id,
                    ended_on=row.ended_on,
                    outcome=row.outcome,
                    conference_on=row.conference_on,
                    taken_up_at=row.taken_up_at,
                )
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
