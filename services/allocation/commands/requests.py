"""Families that need a worker: asked for, proposed for, waiting, cancelled."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import ProposalMade, RequestCancelled, RequestOpened, RequestWaiting
from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, Invalid
from libs.kernel.ids import new_id
from services.allocation.domain import proposal as proposing
from services.allocation.domain import request as requesting
from services.allocation.domain import scope
from services.allocation.domain.proposal import LASTS, Proposal, ProposalState
from services.allocation.domain.ranking import Ranking, rank
from services.allocation.domain.request import CancelReason, Request, RequestState
from services.allocation.repository import families, load_changes, matches, proposals, requests, schemes, staff


class AreaNeeded(Invalid):
    """The family is not known here yet; say where it lives."""


class FamilyMergedAway(Conflict):
    """The record of this family became part of another's."""


class BeforeTheRequest(Invalid):
    """It cannot have happened before the family needed a worker."""

    slug = "implausible-date"


async def ask(tx: Transaction, request: Request, *, area: str | None) -> Request:
    """Ask for a worker at a manager's word, for a family that may or may not be known here; rank at once."""
    await require_unmerged(tx, request.family_id)
    family = await families.find(tx, request.family_id)
    area = area or (family.area if family else None)
    if area is None:
        raise AreaNeeded("Name its area.", at="/area")
    scope.require_area(roles=tx.by.roles, own_areas=await staff.areas_of(tx, tx.by.team_id), area=area)
    if family is None:
        await families.keep(tx, families.Family(id=request.family_id, area=area, rag=request.rag))
    await families.expect_children(tx, family_id=request.family_id, children=request.children)
    opened, _ = await open_request(tx, replace(request, area=area), at=request.requested_at)
    return opened


async def require_unmerged(tx: Transaction, family_id: UUID) -> None:
    """Raise with the id of the family that stays if this one was merged into it."""
    stays = await families.known_as(tx, family_id)
    if stays != family_id:
        raise FamilyMergedAway("Name the family that stays.", family_id=str(stays))


async def open_request(tx: Transaction, request: Request, *, at: datetime) -> tuple[Request, Proposal]:
    """Keep a request and rank workers for it."""
    opened = requesting.open_request(request)
    await requests.add(tx, opened, tried_on=local_day(at))
    audit.record(tx, "requests:open", record_id=opened.id, family_id=opened.family_id)
    emit(
        tx,
        RequestOpened(
            request_id=opened.id,
            family_id=opened.family_id,
            referral_id=opened.referral_id,
            children=opened.children,
            area=opened.area,
        ),
        occurred_at=at,
    )
    return await offer(tx, opened, at=at)


async def propose_afresh(tx: Transaction, *, request_id: UUID, at: datetime) -> Proposal:
    """Rank workers again at a manager's word; an undecided proposal is overtaken."""
    request = await requests.get(tx, request_id, lock=True)
    if at < request.requested_at:
        raise BeforeTheRequest("The family came later than that.", at="/occurred_at")
    scope.require_area(roles=tx.by.roles, own_areas=await staff.areas_of(tx, tx.by.team_id), area=request.area)
    _, proposal = await offer(tx, request, at=at)
    return proposal


async def offer(tx: Transaction, request: Request, *, at: datetime) -> tuple[Request, Proposal]:
    """Rank everybody for a request; with nobody eligible the family waits and counts as unallocated."""
    return await _keep(tx, request, await _look(tx, request, at=at), at=at)


async def try_again(tx: Transaction, request: Request, *, at: datetime) -> bool:
    """Look at a waiting family again; say something only if somebody can take it now."""
    found = await _look(tx, request, at=at)
    if not found.ranking.options:
        await requests.note_tried(tx, request.id, on=local_day(at), turn=found.turn)
        return False
    await _keep(tx, request, found, at=at)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """Everybody ranked, under which version of the scheme and as of which turn of loads, and the team of the best."""

    ranking: Ranking
    scheme_version: int
    turn: int
    best_team: UUID | None


async def _look(tx: Transaction, request: Request, *, at: datetime) -> _Looked:
    # Before the loads are read, so that no change after it counts as looked at.
    turn = await load_changes.turn(tx)
    scheme = await schemes.active(tx)
    everybody = await matches.of_everybody(tx, request, at=at, rules=scheme.rules)
    ranking = rank(everybody, rules=scheme.rules)
    teams = {each.worker_id: each.candidate.team.id for each in everybody}
    best = teams[ranking.options[0].worker_id] if ranking.options else None
    return _Looked(ranking=ranking, scheme_version=scheme.version, turn=turn, best_team=best)


async def _keep(tx: Transaction, request: Request, found: _Looked, *, at: datetime) -> tuple[Request, Proposal]:
    await overtake(tx, request)
    proposal = proposing.made(
        id=new_id(),
        request_id=request.id,
        family_id=request.family_id,
        scheme_version=found.scheme_version,
        ranking=found.ranking,
        now=at,
        expires_at=max(tx.now, at) + LASTS,
    )
    if proposal.state is ProposalState.INFEASIBLE:
        moved = requesting.wait(request, now=at)
        if request.state is not RequestState.WAITING:
            emit(tx, RequestWaiting(request_id=request.id, family_id=request.family_id), occurred_at=at)
    else:
        moved = requesting.propose(request)
        _say_made(tx, proposal, team_id=found.best_team, at=at)
    await proposals.add(tx, proposal)
    audit.record(tx, "proposals:make", record_id=proposal.id, family_id=proposal.family_id)
    return await requests.save(tx, moved, tried_on=local_day(at), turn=found.turn), proposal


async def overtake(tx: Transaction, request: Request) -> None:
    """Let an undecided proposal of the request stand no longer."""
    if request.state is RequestState.OPEN:
        return
    undecided = await proposals.undecided_of(tx, request.id)
    if undecided is not None:
        await proposals.save(tx, proposing.overtake(undecided))


async def cancel(tx: Transaction, *, request_id: UUID, revision: int, reason: CancelReason, at: datetime) -> Request:
    """Cancel a request at a manager's word."""
    request = await requests.get(tx, request_id, lock=True)
    if request.revision != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)
    scope.require_area(roles=tx.by.roles, own_areas=await staff.areas_of(tx, tx.by.team_id), area=request.area)
    return await drop(tx, request, reason=reason, at=at)


async def drop(tx: Transaction, request: Request, *, reason: CancelReason, at: datetime) -> Request:
    """Note that the family needs no worker any more."""
    cancelled = requesting.cancel(request, reason=reason, now=at)
    await overtake(tx, request)
    audit.record(tx, "requests:cancel", record_id=request.id, family_id=request.family_id)
    emit(tx, RequestCancelled(request_id=request.id, family_id=request.family_id, reason=reason), occurred_at=at)
    return await requests.save(tx, cancelled)


def _say_made(tx: Transaction, proposal: Proposal, *, team_id: UUID | None, at: datetime) -> None:
    emit(
        tx,
        ProposalMade(
            proposal_id=proposal.id,
            request_id=proposal.request_id,
            family_id=proposal.family_id,
            team_id=team_id,
            best_worker_id=proposal.ranking.options[0].worker_id,
            options=len(proposal.ranking.options),
            excluded=len(proposal.ranking.excluded),
            scheme_version=proposal.scheme_version,
            inputs_digest=proposal.ranking.baseline,
        ),
        occurred_at=at,
    )
