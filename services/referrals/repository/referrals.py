"""Referrals, the contacts they came by, and the history of their decisions."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select, update

from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.kernel.codes import ClosureReason, PrimaryNeed, ReferralSource
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from libs.kernel.ids import new_id
from services.referrals.domain.decision import Decision, Kind, Outcome, Proposal
from services.referrals.domain.ending import WorkEnded
from services.referrals.domain.intake import SourceKey
from services.referrals.domain.re_referral import Earlier
from services.referrals.domain.referral import Channel, Origin, Referral, WorkbookStanding
from services.referrals.domain.referrer import Referrer
from services.referrals.domain.screening import Rag, Screening
from services.referrals.domain.states import State
from services.referrals.tables import contact, decision, referral


async def get(tx: Transaction, referral_id: UUID) -> Referral:
    """Return a referral; raise `NotFound`."""
    return await _one(tx, select(referral).where(referral.c.id == referral_id))


async def take(tx: Transaction, referral_id: UUID, *, revision: int) -> Referral:
    """Return a referral that is about to be changed, locked; raise `NotFound`, or `ChangedMeanwhile` if it is newer."""
    found = await lock(tx, referral_id)
    if found.revision != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)
    return found


async def lock(tx: Transaction, referral_id: UUID) -> Referral:
    """Return a referral that is about to be changed by what another service said, locked; raise `NotFound`."""
    return await _one(tx, select(referral).where(referral.c.id == referral_id).with_for_update())


async def by_source(tx: Transaction, source: SourceKey) -> Referral | None:
    """Return the referral that the other system calls so, if it came before."""
    row = await tx.row(
        select(referral).where(referral.c.source_system == source.system, referral.c.source_key == source.key)
    )
    return None if row is None else of_row(row)


async def of_family(tx: Transaction, family_id: UUID, *, states: frozenset[State]) -> Referral | None:
    """Return the family's latest referral in one of `states`, locked."""
    row = await tx.row(
        select(referral)
        .where(referral.c.family_id == family_id, referral.c.state.in_(sorted(states)))
        .order_by(referral.c.received_at.desc(), referral.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    return None if row is None else of_row(row)


async def in_open_workbook(tx: Transaction, family_id: UUID, *, received_before: datetime) -> tuple[Referral, ...]:
    """Return the family's referrals that its open workbook answers and that came before then, locked."""
    rows = await tx.rows(
        select(referral)
        .where(
            referral.c.family_id == family_id,
            referral.c.workbook == WorkbookStanding.OPEN,
            referral.c.received_at < received_before,
        )
        .order_by(referral.c.id)
        .with_for_update()
    )
    return tuple(of_row(row) for row in rows)


async def earlier_of(
    tx: Transaction, children: frozenset[UUID], *, before: datetime, besides: UUID | None = None
) -> tuple[Earlier, ...]:
    """Return the referrals of these children that were received before."""
    if not children:
        return ()
    query = select(referral.c.id, referral.c.received_at, referral.c.state).where(
        referral.c.children.overlap(sorted(children)), referral.c.received_at <= before
    )
    if besides is not None:
        query = query.where(referral.c.id != besides)
    return tuple(
        Earlier(referral_id=row.id, received_on=local_day(row.received_at), state=State(row.state))
        for row in await tx.rows(query)
    )


async def later_of(
    tx: Transaction, children: frozenset[UUID], *, after: datetime, until: datetime
) -> tuple[tuple[Referral, tuple[Earlier, ...]], ...]:
    """Return the referrals of these children that were received in that time, locked, each with what it follows so far."""
    if not children:
        return ()
    prior = referral.alias()
    rows = await tx.rows(
        select(referral, prior.c.received_at.label("prior_received_at"), prior.c.state.label("prior_state"))
        .outerjoin(prior, prior.c.id == referral.c.prior_referral_id)
        .where(
            referral.c.children.overlap(sorted(children)),
            referral.c.received_at > after,
            referral.c.received_at <= until,
        )
        .order_by(referral.c.id)
        .with_for_update(of=referral)
    )
    return tuple((of_row(row), _followed(row)) for row in rows)


def _followed(row: Row[Any]) -> tuple[Earlier, ...]:
    if row.prior_received_at is None:
        return ()
    received_on, state = local_day(row.prior_received_at), State(row.prior_state)
    return (Earlier(referral_id=row.prior_referral_id, received_on=received_on, state=state),)


async def naming(tx: Transaction, person_id: UUID, *, besides: UUID) -> tuple[Referral, ...]:
    """Return the referral `besides` and all that name the person as a child, locked."""
    rows = await tx.rows(
        select(referral)
        .where(or_(referral.c.id == besides, referral.c.children.overlap([person_id])))
        .order_by(referral.c.id)
        .with_for_update()
    )
    return tuple(of_row(row) for row in rows)


async def add(tx: Transaction, new: Referral, *, source: SourceKey | None) -> None:
    """Store a new referral."""
    await tx.add(
        referral,
        {
            "id": new.id,
            "reference": new.reference,
            "source_system": source.system if source else None,
            "source_key": source.key if source else None,
            "sent_by": new.sent_by,
            "source": new.source,
            "channel": new.channel,
            "received_at": new.received_at,
            "recorded_at": tx.now,
            "primary_need": new.primary_need,
            "needs": list(new.needs),
            "revision": new.revision,
            **_changing(new),
        },
    )


async def save(tx: Transaction, changed: Referral) -> Referral:
    """Store what a verb made of a referral that `take` gave; return it with its new revision."""
    revision = await tx.change(referral, id=changed.id, revision=changed.revision, **_changing(changed))
    return replace(changed, revision=revision)


async def move_family(tx: Transaction, *, from_id: UUID, to_id: UUID) -> None:
    """Give the referrals of a merged family to the one that stays."""
    await tx.do(
        update(referral)
        .where(referral.c.family_id == from_id)
        .values(family_id=to_id, revision=referral.c.revision + 1)
    )


async def add_contact(
    tx: Transaction, new: Referral, *, referrer: Referrer, narrative: str, reporter_key: str, from_outside: bool
) -> None:
    """Store how a referral came."""
    await tx.add(
        contact,
        {
            "id": new_id(),
            "referral_id": new.id,
            "received_at": new.received_at,
            "referrer_name": referrer.name,
            "referrer_agency": referrer.agency,
            "referrer_contact": referrer.contact,
            "may_be_named": referrer.may_be_named,
            "unsafe_to_reply": referrer.unsafe_to_reply,
            "from_outside": from_outside,
            "reporter_key": reporter_key,
            "narrative": narrative,
        },
    )


async def way_back(tx: Transaction, referral_id: UUID) -> tuple[bool, bool]:
    """Say whether answering the referrer could hurt somebody, and whether they read the answer where they sent it."""
    row = await tx.row(
        select(contact.c.unsafe_to_reply, contact.c.from_outside).where(contact.c.referral_id == referral_id).limit(1)
    )
    return (False, False) if row is None else (row.unsafe_to_reply, row.from_outside)


async def note_decision(
    tx: Transaction, *, referral_id: UUID, step: str, outcome: str | None, rationale: str, at: datetime
) -> None:
    """Add a step to the history of deciding; it supersedes the one before."""
    before = (
        select(decision.c.id)
        .where(decision.c.referral_id == referral_id)
        .order_by(decision.c.at.desc(), decision.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    await tx.connection.execute(
        decision.insert().values(
            id=new_id(),
            referral_id=referral_id,
            step=step,
            outcome=outcome,
            rationale=rationale,
            by=tx.by.id,
            at=at,
            supersedes=before,
        )
    )


async def _one(tx: Transaction, query: Select[Any]) -> Referral:
    row = await tx.row(query)
    if row is None:
        raise NotFound
    return of_row(row)


def of_row(row: Row[Any]) -> Referral:
    """Return the referral of a row."""
    return Referral(
        id=row.id,
        reference=row.reference,
        family_id=row.family_id,
        children=tuple(row.children),
        adults=tuple(row.adults),
        sent_by=row.sent_by,
        source=ReferralSource(row.source),
        channel=Channel(row.channel),
        origin=Origin(row.origin),
        area=row.area,
        received_at=row.received_at,
        state=State(row.state),
        changed_at=row.changed_at,
        screening=Screening(Rag(row.rag), row.level) if row.rag else None,
        primary_need=PrimaryNeed(row.primary_need),
        needs=tuple(row.needs),
        proposal=_proposal_of(row),
        decision=_decision_of(row),
        prior_referral_id=row.prior_referral_id,
        re_referral=row.re_referral,
        joined_to=row.joined_to,
        redirected_to=row.redirected_to,
        redirect_confirmed_at=row.redirect_confirmed_at,
        worker_id=row.worker_id,
        workbook=WorkbookStanding(row.workbook),
        work_ended=work_ended_of(row),
        closure_reason=ClosureReason(row.closure_reason) if row.closure_reason else None,
        closed_on=row.closed_on,
        reopened_at=row.reopened_at,
        reason=row.reason,
        next_due_at=row.next_due_at,
        revision=row.revision,
    )


def _proposal_of(row: Row[Any]) -> Proposal | None:
    if row.proposed_outcome is None:
        return None
    return Proposal(Outcome(row.proposed_outcome), row.proposed_rationale, row.proposed_by, row.proposed_at)


def _decision_of(row: Row[Any]) -> Decision | None:
    if row.decision_kind is None:
        return None
    return Decision(
        kind=Kind(row.decision_kind),
        outcome=Outcome(row.decision_outcome),
        rationale=row.decision_rationale,
        by=row.decided_by,
        at=row.decided_at,
    )


def work_ended_of(row: Row[Any]) -> WorkEnded | None:
    """Return why and when the workbook of a referral's family was closed."""
    if row.work_ended_reason is None:
        return None
    return WorkEnded(ClosureReason(row.work_ended_reason), row.work_ended_on)


def _changing(one: Referral) -> dict[str, Any]:
    proposal, made = one.proposal, one.decision
    return {
        "family_id": one.family_id,
        "children": list(one.children),
        "adults": list(one.adults),
        "origin": one.origin,
        "area": one.area,
        "state": one.state,
        "changed_at": one.changed_at,
        "rag": one.screening and one.screening.rag,
        "level": one.screening and one.screening.level,
        "proposed_outcome": proposal and proposal.outcome,
        "proposed_rationale": proposal and proposal.rationale,
        "proposed_by": proposal and proposal.by,
        "proposed_at": proposal and proposal.at,
        "decision_kind": made and made.kind,
        "decision_outcome": made and made.outcome,
        "decision_rationale": made and made.rationale,
        "decided_by": made and made.by,
        "decided_at": made and made.at,
        "prior_referral_id": one.prior_referral_id,
        "re_referral": one.re_referral,
        "joined_to": one.joined_to,
        "redirected_to": one.redirected_to,
        "redirect_confirmed_at": one.redirect_confirmed_at,
        "worker_id": one.worker_id,
        "workbook": one.workbook,
        "work_ended_reason": one.work_ended and one.work_ended.reason,
        "work_ended_on": one.work_ended and one.work_ended.on,
        "closure_reason": one.closure_reason,
        "closed_on": one.closed_on,
        "reopened_at": one.reopened_at,
        "reason": one.reason,
        "next_due_at": one.next_due_at,
    }
