"""The manager's decision on a proposal: the worker is held and asked about again, inside the transaction."""

from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import (
    ProposalConfirmed,
    ProposalDeclined,
    ProposalOverridden,
    RequestFilled,
)
from libs.kernel.codes import WorkerChangeReason
from libs.kernel.ids import TeamId, WorkerId, new_id
from services.allocation.commands import holding
from services.allocation.domain import proposal as proposing
from services.allocation.domain import request as requesting
from services.allocation.domain import scope
from services.allocation.domain.allocation import Allocation
from services.allocation.domain.candidates import Match
from services.allocation.domain.proposal import Decision, NotAnOption, Proposal
from services.allocation.domain.request import Request, RequestPurpose
from services.allocation.domain.scheme import Rules
from services.allocation.repository import families, load_changes, matches, proposals, requests, schemes, staff
from services.allocation.repository.matches import Background


async def confirm(
    tx: Transaction, *, proposal_id: UUID, revision: int, worker_id: UUID | None, decision: Decision
) -> Proposal:
    """Take an option of the proposal, by default the best; the family has its worker."""
    proposal, request = await _held(tx, proposal_id, revision=revision)
    options = proposal.ranking.options
    wanted = worker_id or (options[0].worker_id if options else None)
    fresh, about, rules = await _fresh(tx, request, worker_id=wanted, decision=decision)
    confirmed = proposing.confirm(proposal, decision=decision, fresh=fresh, rules=rules, now=tx.now)
    emit(
        tx,
        ProposalConfirmed(
            proposal_id=proposal.id,
            request_id=request.id,
            family_id=request.family_id,
            worker_id=fresh.worker_id,
            rank=confirmed.decision.rank if confirmed.decision and confirmed.decision.rank else 1,
        ),
        occurred_at=decision.at,
    )
    return await _fill(tx, confirmed, request, fresh=fresh, about=about, at=decision.at)


async def override(
    tx: Transaction, *, proposal_id: UUID, revision: int, worker_id: UUID, decision: Decision
) -> Proposal:
    """Take another worker than the best proposed, with a reason; the hard rules hold all the same."""
    proposal, request = await _held(tx, proposal_id, revision=revision)
    fresh, about, rules = await _fresh(tx, request, worker_id=worker_id, decision=decision)
    overridden = proposing.override(proposal, decision=decision, fresh=fresh, rules=rules, now=tx.now)
    emit(
        tx,
        ProposalOverridden(
            proposal_id=proposal.id,
            request_id=request.id,
            family_id=request.family_id,
            worker_id=fresh.worker_id,
            reason=str(decision.reason),
        ),
        occurred_at=decision.at,
    )
    return await _fill(tx, overridden, request, fresh=fresh, about=about, at=decision.at)


async def decline(tx: Transaction, *, proposal_id: UUID, revision: int, decision: Decision) -> Proposal:
    """Take nobody, with a reason; the family goes on waiting for a worker."""
    proposal, request = await _held(tx, proposal_id, revision=revision)
    scope.require_area(roles=tx.by.roles, own_areas=await staff.areas_of(tx, tx.by.team_id), area=request.area)
    declined = await proposals.save(tx, proposing.decline(proposal, decision=decision))
    # Who changed before the manager decided is no reason to ask again.
    await requests.save(tx, requesting.reopen(request), turn=await load_changes.turn(tx))
    audit.record(tx, "proposals:decide", record_id=proposal.id, family_id=proposal.family_id, outcome="declined")
    emit(
        tx,
        ProposalDeclined(
            proposal_id=proposal.id,
            request_id=request.id,
            family_id=request.family_id,
            reason=str(decision.reason),
        ),
        occurred_at=decision.at,
    )
    return declined


async def _held(tx: Transaction, proposal_id: UUID, *, revision: int) -> tuple[Proposal, Request]:
    # The request first, as everywhere: two who decide on the same family go one after the other.
    request = await requests.get_for_proposal(tx, proposal_id)
    proposal = await proposals.get(tx, proposal_id)
    if proposal.revision != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)
    return proposal, request


async def _fresh(
    tx: Transaction, request: Request, *, worker_id: UUID | None, decision: Decision
) -> tuple[Match, Background, Rules]:
    await families.lock(tx, request.family_id)
    rules = (await schemes.active(tx)).rules
    about = await matches.background(tx, request, at=decision.at, rules=rules)
    fresh = (
        await matches.of_one(tx, about, worker_id=worker_id, at=decision.at, rules=rules, lock=True)
        if worker_id is not None
        else None
    )
    if fresh is None:
        raise NotAnOption("There is no such worker to take.", at="/worker_id")
    scope.require_team(roles=tx.by.roles, own_team=tx.by.team_id, team_id=fresh.candidate.team.id)
    return fresh, about, rules


async def _fill(
    tx: Transaction, decided: Proposal, request: Request, *, fresh: Match, about: Background, at: datetime
) -> Proposal:
    saved = await proposals.save(tx, decided)
    filled = await requests.save(tx, requesting.fill(request, now=at))
    change = request.purpose is RequestPurpose.CHANGE_OF_WORKER
    started = Allocation(
        id=new_id(),
        family_id=request.family_id,
        worker_id=WorkerId(fresh.worker_id),
        team_id=TeamId(fresh.candidate.team.id),
        share=request.share,
        children=request.children,
        adults=request.adults,
        referral_id=request.referral_id,
        request_id=request.id,
        area=request.area,
        needs_interpreter=request.needs_interpreter,
        reason=_reason(request),
        previous_worker_id=request.previous_worker_id if change else None,
        requested_at=request.requested_at,
        started_at=at,
    )
    emit(
        tx,
        RequestFilled(request_id=filled.id, family_id=filled.family_id, allocation_id=started.id),
        occurred_at=at,
    )
    await holding.begin(tx, started, others=about.allocations)
    audit.record(tx, "proposals:decide", record_id=saved.id, family_id=saved.family_id, outcome=saved.state.value)
    return saved


def _reason(request: Request) -> WorkerChangeReason:
    if request.reason is not None:
        return WorkerChangeReason[request.reason]
    new = request.purpose is RequestPurpose.NEW_FAMILY
    return WorkerChangeReason.FCONTA if new else WorkerChangeReason.MANAGE
