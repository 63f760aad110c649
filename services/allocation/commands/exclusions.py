"""Pairs of family and worker that must not be, declared and withdrawn."""

from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from services.allocation.commands import requests as asking
from services.allocation.domain import exclusions as excluding
from services.allocation.domain import scope
from services.allocation.domain.exclusions import Exclusion, ExclusionKind
from services.allocation.domain.request import RequestState
from services.allocation.repository import exclusions, families, requests, staff


async def declare(tx: Transaction, exclusion: Exclusion) -> Exclusion:
    """Declare a conflict, a refusal or a restriction; from now on every path respects it."""
    await asking.require_unmerged(tx, exclusion.family_id)
    await _require_reach(tx, exclusion)
    if exclusion.worker_id is not None:
        await staff.get_worker(tx, exclusion.worker_id)
    others = await exclusions.declared_for(tx, exclusion.family_id)
    await exclusions.add(tx, excluding.declare(exclusion, others=others))
    audit.record(tx, "exclusions:declare", record_id=exclusion.id, family_id=exclusion.family_id)
    return exclusion


async def withdraw(tx: Transaction, *, exclusion_id: UUID, revision: int, at: datetime) -> Exclusion:
    """Let a declaration hold no longer; a family that waits may be looked at again."""
    exclusion = await exclusions.get(tx, exclusion_id)
    await _require_reach(tx, exclusion)
    withdrawn = await exclusions.save(tx, excluding.withdraw(exclusion, now=at), revision=revision)
    for request in await requests.unallocated_of_family(tx, exclusion.family_id):
        if request.state is not RequestState.PROPOSED:
            await asking.try_again(tx, request, at=max(at, request.requested_at))
    audit.record(tx, "exclusions:declare", record_id=exclusion_id, family_id=exclusion.family_id, outcome="withdrawn")
    return withdrawn


async def _require_reach(tx: Transaction, exclusion: Exclusion) -> None:
    if exclusion.kind is ExclusionKind.RESTRICTED_RECORD:
        scope.require_restricts(roles=tx.by.roles)
    reach = await families.reach(tx, exclusion.family_id)
    scope.require_family(
        roles=tx.by.roles,
        own_team=tx.by.team_id,
        own_areas=await staff.areas_of(tx, tx.by.team_id),
        area=reach.area,
        held_by=reach.held_by,
    )
