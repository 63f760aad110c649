"""What hangs on referrals and waits: clocks, questions, discussions, notices, candidates, and the work list."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Row,
    Select,
    Text,
    and_,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.deadline import Standing
from libs.kernel.roles import Role
from services.referrals.domain import states
from services.referrals.domain.clock_rules import Kind
from services.referrals.domain.clocks import FrontDoorClock
from services.referrals.domain.information import OPEN, InformationRequest
from services.referrals.domain.matches import Match, MatchState
from services.referrals.domain.notice import NoticeState, ReferrerNotice
from services.referrals.domain.referral import WorkbookStanding
from services.referrals.domain.screening import Rag
from services.referrals.domain.states import UNDECIDED, State
from services.referrals.domain.strategy import StrategyDiscussion
from services.referrals.domain.worklist import URGENCY, WAITING_ON, Item, Need
from services.referrals.repository import clocks, information, matching, notices, referrals, strategy
from services.referrals.tables import clock, information_request, match, person, referral, referrer_notice


async def clocks_of(tx: Transaction, referral_id: UUID) -> tuple[FrontDoorClock, ...]:
    """Return the clocks of a referral."""
    await _read(tx, referral_id)
    return await clocks.of_referral(tx, referral_id)


async def questions_of(tx: Transaction, referral_id: UUID) -> tuple[InformationRequest, ...]:
    """Return the questions about a referral."""
    await _read(tx, referral_id)
    return await information.of_referral(tx, referral_id)


async def question(tx: Transaction, request_id: UUID) -> InformationRequest:
    """Return one question."""
    found = await information.get(tx, request_id)
    await _read(tx, found.referral_id)
    return found


async def discussions_of(tx: Transaction, referral_id: UUID) -> tuple[StrategyDiscussion, ...]:
    """Return the strategy discussions about a referral."""
    await _read(tx, referral_id)
    return await strategy.of_referral(tx, referral_id)


async def notices_of(tx: Transaction, referral_id: UUID) -> tuple[ReferrerNotice, ...]:
    """Return the notices about a referral."""
    await _read(tx, referral_id)
    return await notices.of_referral(tx, referral_id)


async def notice(tx: Transaction, notice_id: UUID) -> ReferrerNotice:
    """Return one notice."""
    found = await notices.get(tx, notice_id)
    await _read(tx, found.referral_id)
    return found


async def match_of(tx: Transaction, match_id: UUID) -> Match:
    """Return one match."""
    found = await matching.get(tx, match_id)
    await _read(tx, found.referral_id)
    return found


async def matches_of(tx: Transaction, referral_id: UUID) -> tuple[dict[str, Any], ...]:
    """Return the candidates for a referral's people, the strongest first, with the rules that spoke and who all are."""
    await _read(tx, referral_id)
    rows = await tx.rows(
        select(match).where(match.c.referral_id == referral_id).order_by(match.c.points.desc(), match.c.id)
    )
    ids = {id_ for row in rows for id_ in (row.person_id, row.known_person_id)}
    named = await tx.rows(select(person).where(person.c.id.in_(sorted(ids)))) if ids else ()
    who = {row.id: row for row in named}
    return tuple(
        {
            **row._mapping,  # noqa: SLF001 - the documented mapping view
            "hits": matching.hits_of(row.hits),
            "person": who[row.person_id],
            "known_person": who[row.known_person_id],
        }
        for row in rows
    )


async def _read(tx: Transaction, referral_id: UUID) -> None:
    found = await referrals.get(tx, referral_id)
    audit.record(tx, "referrals:read", record_id=found.id, family_id=found.family_id)


def clock_listing(
    *, standing: Standing | None, due_before: datetime | None, kind: Kind | None, now: datetime
) -> Select[Any]:
    """Return the query of clocks, those due first before the others."""
    query = select(clock)
    if standing is not None:
        query = query.where(*_STANDING[standing](now))
    if due_before is not None:
        query = query.where(clock.c.due_at < due_before)
    return query if kind is None else query.where(clock.c.kind == kind)


_IS_RUNNING = (clock.c.met_at.is_(None), clock.c.voided_at.is_(None))
_STANDING: Mapping[Standing, Callable[[datetime], tuple[ColumnElement[bool], ...]]] = {
    Standing.RUNNING: lambda now: (*_IS_RUNNING, clock.c.amber_at > now),
    Standing.AMBER: lambda now: (*_IS_RUNNING, clock.c.amber_at <= now, clock.c.due_at >= now),
    Standing.BREACHED: lambda now: (*_IS_RUNNING, clock.c.due_at < now),
    Standing.MET: lambda _: (clock.c.met_at <= clock.c.due_at,),
    Standing.MET_LATE: lambda _: (clock.c.met_at > clock.c.due_at,),
    Standing.VOID: lambda _: (clock.c.voided_at.is_not(None),),
}


async def page_of_clocks(
    tx: Transaction,
    *,
    standing: Standing | None,
    due_before: datetime | None,
    kind: Kind | None,
    wanted: Wanted,
) -> tuple[tuple[FrontDoorClock, ...], str | None]:
    """Return a page of clocks, those due first before the others."""
    query = clock_listing(standing=standing, due_before=due_before, kind=kind, now=tx.now)
    rows, following = await rows_after(tx, query, keys=[clock.c.due_at, clock.c.id], wanted=wanted)
    audit.record(tx, "clocks:list")
    return tuple(clocks.of_row(row) for row in rows), following


#: Stands for "never due", which comes after everything that is.
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)

_NEED_BY_STATE = {
    State.RECEIVED: Need.TRIAGE,
    State.TRIAGED: Need.PROPOSE_DECISION,
    State.GATHERING: Need.CONCLUDE_GATHERING,
    State.AWAITING_DECISION: Need.DECIDE,
    State.STEP_DOWN_OFFERED: Need.ANSWER_STEP_DOWN,
}
_UNDECIDED = referral.c.state.in_(sorted(UNDECIDED))
_OPEN = referral.c.state.in_(sorted(states.OPEN))


def _said(need: Need) -> ColumnElement[Any]:
    return literal(str(need), Text)


def _line(
    need: ColumnElement[Any], subject: ColumnElement[Any], due_at: ColumnElement[Any], since: ColumnElement[Any]
) -> Select[Any]:
    return select(
        need.label("need"),
        subject.label("subject_id"),
        func.coalesce(due_at, literal(_NEVER, DateTime(timezone=True))).label("due_at"),
        since.label("since"),
        referral.c.id.label("referral_id"),
        referral.c.reference,
        referral.c.rag,
        referral.c.work_ended_reason,
        referral.c.work_ended_on,
    )


def work_list(*, needs: frozenset[Need], now: datetime) -> Select[Any]:
    """Return the query of everything of these kinds that waits for somebody, on indexes that hold open work only."""
    by_state = [state for state, need in _NEED_BY_STATE.items() if need in needs]
    step = case({str(state): _said(need) for state, need in _NEED_BY_STATE.items()}, value=referral.c.state)
    never = null().cast(DateTime(timezone=True))
    lines = {
        None: _line(step, referral.c.id, referral.c.next_due_at, referral.c.changed_at).where(
            referral.c.state.in_([str(state) for state in by_state]), _UNDECIDED
        ),
        Need.CHASE_INFORMATION: _line(
            _said(Need.CHASE_INFORMATION),
            information_request.c.id,
            information_request.c.due_at,
            information_request.c.sent_at,
        )
        .join_from(information_request, referral, information_request.c.referral_id == referral.c.id)
        .where(information_request.c.state.in_(sorted(OPEN)), information_request.c.due_at < now, _UNDECIDED),
        Need.HOLD_STRATEGY: _line(_said(Need.HOLD_STRATEGY), clock.c.id, clock.c.due_at, clock.c.started_at)
        .join_from(clock, referral, clock.c.referral_id == referral.c.id)
        .where(*_IS_RUNNING, clock.c.kind == str(Kind.STRATEGY), _OPEN),
        Need.LOOK_AT_MATCH: _line(_said(Need.LOOK_AT_MATCH), match.c.id, never, match.c.found_at)
        .join_from(match, referral, match.c.referral_id == referral.c.id)
        .where(match.c.state == MatchState.OPEN),
        Need.TELL_REFERRER: _line(
            _said(Need.TELL_REFERRER), referrer_notice.c.id, referrer_notice.c.due_at, referrer_notice.c.decided_at
        )
        .join_from(referrer_notice, referral, referrer_notice.c.referral_id == referral.c.id)
        .where(referrer_notice.c.state == NoticeState.DUE),
        Need.CONFIRM_REDIRECT: _line(_said(Need.CONFIRM_REDIRECT), referral.c.id, never, referral.c.changed_at).where(
            and_(referral.c.state == State.REDIRECTED, referral.c.redirect_confirmed_at.is_(None))
        ),
        Need.CLOSE: _line(_said(Need.CLOSE), referral.c.id, never, referral.c.changed_at).where(
            referral.c.state.in_([State.ACCEPTED, State.ALLOCATED]),
            referral.c.workbook == WorkbookStanding.CLOSED,
        ),
    }
    wanted = [line for need, line in lines.items() if need in needs or (need is None and by_state)]
    found = union_all(*wanted).subquery()
    urgency = case(
        {str(rag): place for rag, place in URGENCY.items() if rag is not None},
        value=found.c.rag,
        else_=URGENCY[None],
    )
    return select(found, urgency.cast(Integer).label("urgency"))


async def page_of_work(
    tx: Transaction, *, waiting_on: Role | None, wanted: Wanted
) -> tuple[tuple[Item, ...], str | None]:
    """Return a page of what waits for somebody, in the order in which to take it."""
    needs = frozenset(need for need, role in WAITING_ON.items() if waiting_on in {None, role})
    if not needs:
        return (), None
    waiting = work_list(needs=needs, now=tx.now).subquery()
    keys = [waiting.c.due_at, waiting.c.urgency, waiting.c.since, waiting.c.need, waiting.c.subject_id]
    rows, following = await rows_after(tx, select(waiting), keys=keys, wanted=wanted)
    audit.record(tx, "work-list:read")
    return tuple(_item_of(row) for row in rows), following


def _item_of(row: Row[Any]) -> Item:
    return Item(
        need=Need(row.need),
        referral_id=row.referral_id,
        subject_id=row.subject_id,
        reference=row.reference,
        rag=Rag(row.rag) if row.rag else None,
        due_at=None if row.due_at == _NEVER else row.due_at,
        since=row.since,
        work_ended=referrals.work_ended_of(row) if row.need == Need.CLOSE else None,
    )
