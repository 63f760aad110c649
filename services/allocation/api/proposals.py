"""Proposals: made, explained, decided on."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.outbox import happened_at
from services.allocation.commands import deciding
from services.allocation.commands import requests as commands
from services.allocation.queries import proposals as queries
from services.allocation.schemas.proposals import (
    Confirmation,
    NewProposal,
    Override,
    Proposal,
    Refusal,
    Why,
    decision_of,
)

routes = router(tags=["proposals"])


@routes.post("/proposals", status_code=201, dependencies=[may("proposals:make")])
async def make_proposal(tx: Tx, body: NewProposal) -> Proposal:
    """Rank workers for a request afresh; an undecided proposal of it is overtaken."""
    at = happened_at(tx, body.occurred_at)
    made = await commands.propose_afresh(tx, request_id=body.request_id, at=at)
    return Proposal.of(await queries.shown(tx, made))


@routes.get("/proposals/{proposal_id}", dependencies=[may("proposals:read")])
async def read_proposal(tx: Tx, proposal_id: UUID) -> Proposal:
    """Read a proposal: options with their terms, everybody excluded and why."""
    return Proposal.of(await queries.single(tx, proposal_id))


@routes.get("/proposals/{proposal_id}/why", dependencies=[may("proposals:read")])
async def explain_worker(tx: Tx, proposal_id: UUID, worker_id: UUID) -> Why:
    """Say why or why not a worker, as proposed and as it stands now."""
    return Why.of(await queries.why(tx, proposal_id, worker_id=worker_id))


@routes.post("/proposals/{proposal_id}:confirm", dependencies=[may("proposals:decide")])
async def confirm_proposal(tx: Tx, proposal_id: UUID, revision: IfMatch, body: Confirmation) -> Proposal:
    """Take an option; refused with fresh numbers (409 proposal-stale) when the worker's numbers changed."""
    decision = decision_of(body, by=tx.by.id, at=happened_at(tx, body.occurred_at))
    confirmed = await deciding.confirm(
        tx, proposal_id=proposal_id, revision=revision, worker_id=body.worker_id, decision=decision
    )
    return Proposal.of(await queries.shown(tx, confirmed))


@routes.post("/proposals/{proposal_id}:override", dependencies=[may("proposals:decide")])
async def override_proposal(tx: Tx, proposal_id: UUID, revision: IfMatch, body: Override) -> Proposal:
    """Take another worker than the best proposed, with a reason; the hard rules hold all the same."""
    decision = decision_of(body, by=tx.by.id, at=happened_at(tx, body.occurred_at))
    overridden = await deciding.override(
        tx, proposal_id=proposal_id, revision=revision, worker_id=body.worker_id, decision=decision
    )
    return Proposal.of(await queries.shown(tx, overridden))


@routes.post("/proposals/{proposal_id}:decline", dependencies=[may("proposals:decide")])
async def decline_proposal(tx: Tx, proposal_id: UUID, revision: IfMatch, body: Refusal) -> Proposal:
    """Take nobody, with a reason; the family goes on waiting."""
    decision = decision_of(body, by=tx.by.id, at=happened_at(tx, body.occurred_at))
    declined = await deciding.decline(tx, proposal_id=proposal_id, revision=revision, decision=decision)
    return Proposal.of(await queries.shown(tx, declined))
