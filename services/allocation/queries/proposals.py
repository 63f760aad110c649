"""Proposals with the names of the workers they speak of, and why or why not somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.errors import NotFound
from libs.kernel.roles import Role
from services.allocation.domain import constraints
from services.allocation.domain.candidates import Match
from services.allocation.domain.proposal import Proposal
from services.allocation.domain.ranking import Excluded, Option, option_for
from services.allocation.domain.request import Request
from services.allocation.domain.scheme import Rules
from services.allocation.repository import matches, proposals, requests, schemes
from services.allocation.tables import proposal, worker


@dataclass(frozen=True, slots=True)
class Brief:
    """Who a worker is, in a list."""

    name: str
    team_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A proposal as a manager reads it."""

    proposal: Proposal
    workers: Mapping[UUID, Brief]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a worker may or may not take the family: as the proposal said, and as it stands now."""

    worker_id: UUID
    proposed: Option | None
    excluded: Excluded | None
    now: Option | None
    now_excluded: Excluded | None


async def single(tx: Transaction, proposal_id: UUID) -> Shown:
    """Return one proposal."""
    found = await proposals.get(tx, proposal_id)
    audit.record(tx, "proposals:read", record_id=proposal_id, family_id=found.family_id)
    return await shown(tx, found)


async def shown(tx: Transaction, found: Proposal) -> Shown:
    """Put the names of the workers beside a proposal; a sensitive note is for its author and above."""
    looked_at = {
        *(option.worker_id for option in found.ranking.options),
        *(excluded.worker_id for excluded in found.ranking.excluded),
        *([found.decision.worker_id] if found.decision and found.decision.worker_id else []),
    }
    rows = await tx.rows(select(worker.c.id, worker.c.name, worker.c.team_id).where(worker.c.id.in_(sorted(looked_at))))
    decision = found.decision
    if decision is not None and decision.note_is_sensitive:
        may = tx.by.has(Role.SERVICE_MANAGER) or tx.by.id == decision.by
        decision = decision if may else replace(decision, oversight_note=None)
    return Shown(
        proposal=replace(found, decision=decision),
        workers={row.id: Brief(row.name, row.team_id) for row in rows},
    )


async def of_request(tx: Transaction, request_id: UUID, *, wanted: Wanted) -> tuple[list[Proposal], str | None]:
    """List the proposals of a request, the newest first: what was proposed stays, whatever became of it."""
    found = await requests.get(tx, request_id)
    query = select(proposal).where(proposal.c.request_id == request_id)
    keys = [proposal.c.made_at, proposal.c.id]
    rows, following = await rows_after(tx, query, keys=keys, wanted=wanted, newest_first=True)
    audit.record(tx, "proposals:read", record_id=request_id, family_id=found.family_id)
    return [proposals.proposal_of(row) for row in rows], following


async def why(tx: Transaction, proposal_id: UUID, *, worker_id: UUID) -> Why:
    """Say why or why not a worker: as proposed then, and as it would be now."""
    found = await proposals.get(tx, proposal_id)
    request = await requests.get(tx, found.request_id)
    rules = (await schemes.active(tx)).rules
    fresh = await _fresh(tx, request, worker_id=worker_id, rules=rules)
    audit.record(tx, "proposals:read", record_id=proposal_id, family_id=found.family_id)
    against = constraints.breaches(fresh, rules=rules)
    return Why(
        worker_id=worker_id,
        proposed=next((each for each in found.ranking.options if each.worker_id == worker_id), None),
        excluded=next((each for each in found.ranking.excluded if each.worker_id == worker_id), None),
        now=None if against else option_for(fresh, rules=rules),
        now_excluded=Excluded(worker_id=fresh.worker_id, breaches=against) if against else None,
    )


async def _fresh(tx: Transaction, request: Request, *, worker_id: UUID, rules: Rules) -> Match:
    # Weighed beside everybody, because what is expected next week is shared among those who serve the area.
    everybody = await matches.of_everybody(tx, request, at=tx.now, rules=rules)
    found = next((each for each in everybody if each.worker_id == worker_id), None)
    if found is None or request.area not in found.candidate.team.areas:
        about = await matches.background(tx, request, at=tx.now, rules=rules)
        found = await matches.of_one(tx, about, worker_id=worker_id, at=tx.now, rules=rules)
    if found is None:
        raise NotFound
    return found
