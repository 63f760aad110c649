"""Proposals, and the decisions on them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from libs.kernel.ids import FamilyId, WorkerId
from services.allocation.domain.proposal import Decision, Proposal, ProposalState
from services.allocation.repository.documents import ranking_document, ranking_of
from services.allocation.tables import OFFERED, UNDECIDED, proposal


def proposal_of(row: Row[Any]) -> Proposal:
    """Read a proposal from a row."""
    return Proposal(
        id=row.id,
        request_id=row.request_id,
        family_id=FamilyId(row.family_id),
        scheme_version=row.scheme_version,
        ranking=ranking_of(row.ranking, baseline=row.baseline),
        state=ProposalState(row.state),
        made_at=row.made_at,
        expires_at=row.expires_at,
        decision=_decision_of(row),
        revision=row.revision,
    )


def _decision_of(row: Row[Any]) -> Decision | None:
    if row.decided_at is None:
        return None
    return Decision(
        worker_id=None if row.worker_id is None else WorkerId(row.worker_id),
        rank=row.rank,
        reason=row.reason,
        text=row.text,
        oversight_note=row.oversight_note,
        note_is_sensitive=row.note_is_sensitive,
        by=row.decided_by,
        at=row.decided_at,
    )


async def get(tx: Transaction, proposal_id: UUID) -> Proposal:
    """Return a proposal; raise `NotFound` without one."""
    row = await tx.row(select(proposal).where(proposal.c.id == proposal_id))
    if row is None:
        raise NotFound
    return proposal_of(row)


async def undecided_of(tx: Transaction, request_id: UUID) -> Proposal | None:
    """Return the proposal of a request that nobody has decided on, if there is one."""
    row = await tx.row(select(proposal).where(proposal.c.request_id == request_id, UNDECIDED).with_for_update())
    return None if row is None else proposal_of(row)


async def expired(tx: Transaction, *, now: datetime, limit: int) -> list[UUID]:
    """Return proposals that nobody decided on in time, oldest first."""
    query = select(proposal.c.id).where(OFFERED, proposal.c.expires_at <= now)
    return [row.id for row in await tx.rows(query.order_by(proposal.c.expires_at).limit(limit))]


async def add(tx: Transaction, value: Proposal) -> None:
    """Keep a new proposal."""
    await tx.add(
        proposal,
        {
            "id": value.id,
            "request_id": value.request_id,
            "family_id": value.family_id,
            "scheme_version": value.scheme_version,
            "state": value.state.value,
            "baseline": value.ranking.baseline,
            "ranking": ranking_document(value.ranking),
            "made_at": value.made_at,
            "expires_at": value.expires_at,
            "note_is_sensitive": False,
            "revision": value.revision,
        },
    )


async def save(tx: Transaction, value: Proposal) -> Proposal:
    """Keep what became of a proposal; the ranking never changes. Return it with its new revision."""
    decision = value.decision
    decided: dict[str, Any] = {}
    if decision is not None:
        decided = {
            "decided_by": decision.by,
            "decided_at": decision.at,
            "worker_id": decision.worker_id,
            "rank": decision.rank,
            "reason": None if decision.reason is None else str(decision.reason),
            "text": decision.text,
            "oversight_note": decision.oversight_note,
            "note_is_sensitive": decision.note_is_sensitive,
        }
    revision = await tx.change(proposal, id=value.id, revision=value.revision, state=value.state.value, **decided)
    return replace(value, revision=revision)
