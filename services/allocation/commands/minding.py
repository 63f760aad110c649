"""What happens by the clock: thresholds announced, waiting families looked at again, old proposals lapsed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import CapacityThresholdCrossed, ProposalLapsed
from libs.kernel.deadline import local_day
from services.allocation.commands import requests as asking
from services.allocation.domain import constraints
from services.allocation.domain import proposal as proposing
from services.allocation.domain import request as requesting
from services.allocation.domain.capacity import capacity, crossings
from services.allocation.domain.proposal import ProposalState
from services.allocation.repository import candidates, load_changes, matches, proposals, requests, schemes
from services.allocation.repository.candidates import NOTHING

_WORKERS_AT_ONCE = 100
_FAMILIES_AT_ONCE = 10
#: Families asked about only for workers whose load changed cost little.
_WAITING_AT_ONCE = 25


async def mind_load(tx: Transaction) -> int:
    """Look at workers whose load or hours changed: announce thresholds, and find room for who waits."""
    changed = await load_changes.take(tx, limit=_WORKERS_AT_ONCE)
    if changed:
        await _announce(tx, changed)
        await load_changes.begin_turn(tx, list(changed))
    return len(changed) + await _find_room(tx)


async def _find_room(tx: Transaction) -> int:
    behind = await requests.behind(tx, limit=_WAITING_AT_ONCE)
    if not behind:
        return 0
    rules = (await schemes.active(tx)).rules
    turn = await load_changes.turn(tx)
    turns = await load_changes.since(tx, min(looked for _, looked in behind))
    members = await candidates.members(tx, list(turns))
    loaded = await matches.load(tx, members, at=tx.now, rules=rules)
    still: list[UUID] = []
    for request, looked in behind:
        at = max(tx.now, request.requested_at)
        # Only somebody whose load changed can have become eligible.
        asked = [member for member in members if turns[member.worker.id] > looked]
        about = await matches.background(tx, request, at=at, rules=rules)
        found = matches.of_loaded(asked, loaded=loaded, about=about, at=at, rules=rules)
        if any(not constraints.breaches(each, rules=rules) for each in found):
            await asking.offer(tx, request, at=at)
        else:
            still.append(request.id)
    if still:
        await requests.note_looked(tx, still, turn=turn)
    return len(behind)


async def mind_waiting(tx: Transaction) -> int:
    """Look once a day at every family that waits: people come back from leave without anybody saying so."""
    found = await requests.to_try_again(tx, before=local_day(tx.now), limit=_FAMILIES_AT_ONCE)
    for request in found:
        await asking.try_again(tx, request, at=tx.now)
    return len(found)


async def mind_proposals(tx: Transaction) -> int:
    """Let proposals lapse on which nobody decided in time; the family is proposed for again."""
    found = await proposals.expired(tx, now=tx.now, limit=_FAMILIES_AT_ONCE)
    for proposal_id in found:
        # The request first, as everywhere; somebody may have decided meanwhile.
        request = await requests.get_for_proposal(tx, proposal_id)
        proposal = await proposals.get(tx, proposal_id)
        if proposal.state is not ProposalState.PROPOSED:
            continue
        await proposals.save(tx, proposing.lapse(proposal))
        lapsed = ProposalLapsed(proposal_id=proposal.id, request_id=proposal.request_id, family_id=proposal.family_id)
        emit(tx, lapsed)
        audit.record(tx, "proposals:decide", record_id=proposal.id, family_id=proposal.family_id, outcome="lapsed")
        await asking.offer(tx, requesting.reopen(request), at=tx.now)
    return len(found)


async def _announce(tx: Transaction, changed: Mapping[UUID, datetime]) -> None:
    rules = (await schemes.active(tx)).rules
    members = await candidates.members(tx, list(changed))
    loaded = await matches.load(tx, members, at=tx.now, rules=rules)
    before = await load_changes.thresholds(tx, [member.worker.id for member in members])
    for worker in (member.worker for member in members):
        now = capacity(
            worker,
            absences=loaded.away.get(worker.id, ()),
            cases=loaded.held.get(worker.id, NOTHING).cases,
            rules=rules,
            on=local_day(tx.now),
        )
        above, crossed = crossings(above=before[worker.id], utilisation=now.utilisation, rules=rules)
        if above != before[worker.id]:
            await load_changes.keep_thresholds(tx, worker.id, above=above)
        for each in crossed:
            emit(
                tx,
                CapacityThresholdCrossed(
                    worker_id=worker.id,
                    team_id=worker.team_id,
                    threshold=each.threshold,
                    rising=each.rising,
                    utilisation=float(now.utilisation or 0),
                ),
                occurred_at=changed[worker.id],
            )
