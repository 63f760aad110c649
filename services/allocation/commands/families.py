"""What other services' events change here."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.kernel.ids import FamilyId, PersonId, ReferralId, new_id
from services.allocation.commands import holding
from services.allocation.commands import requests as asking
from services.allocation.domain import complexity
from services.allocation.domain.allocation import WorkEnded
from services.allocation.domain.cases import Spell
from services.allocation.domain.request import CancelReason, Request, RequestPurpose
from services.allocation.repository import (
    allocations,
    exclusions,
    families,
    practitioners,
    requests,
    schemes,
    staff,
)
from services.allocation.repository.families import ChildRecord, Family


async def accepted(
    tx: Transaction,
    family: Family,
    *,
    referral_id: UUID,
    children: tuple[UUID, ...],
    adults: tuple[UUID, ...],
    at: datetime,
) -> None:
    """Open a request for a family whose referral was accepted, and rank workers for it."""
    await families.keep(tx, family)
    await families.expect_children(tx, family_id=family.id, children=children)
    await families.begin_anew(tx, family_id=family.id, children=children)
    if await requests.unallocated_of_referral(tx, referral_id):
        return
    request = Request(
        id=new_id(),
        family_id=FamilyId(family.id),
        referral_id=ReferralId(referral_id),
        purpose=RequestPurpose.NEW_FAMILY,
        children=tuple(PersonId(child) for child in children),
        adults=tuple(PersonId(adult) for adult in adults),
        area=family.area,
        rag=family.rag,
        requested_at=at,
    )
    await asking.open_request(tx, request, at=at)


async def no_longer_referred(tx: Transaction, *, referral_id: UUID, reason: CancelReason, at: datetime) -> None:
    """Cancel what is still asked for a referral that ended; one made in error takes its allocations with it."""
    for request in await requests.unallocated_of_referral(tx, referral_id):
        await asking.drop(tx, request, reason=reason, at=max(at, request.requested_at))
    if reason is CancelReason.IN_ERROR:
        for each in await allocations.open_of_referral(tx, referral_id):
            await holding.end_part(tx, each, reason=WorkEnded.CORRECTION, at=max(at, each.started_at), successor=False)


async def merged(tx: Transaction, *, merged: UUID, into: UUID, at: datetime) -> None:
    """Let everything of a merged family belong to the one that stays; two requests become one."""
    if merged == into:
        return
    # Requests first, as everywhere, then the families.
    staying, leaving = [await requests.unallocated_of_family(tx, each) for each in (into, merged)]
    for each in sorted((into, merged)):
        await families.lock(tx, each)
    for request in leaving:
        same = next((other for other in staying if other.purpose is request.purpose), None)
        if same is None:
            continue
        await asking.drop(tx, request, reason=CancelReason.FAMILY_MERGED, at=max(at, request.requested_at))
        both = tuple(dict.fromkeys((*same.children, *request.children)))
        joined, _ = await asking.offer(tx, replace(same, children=both), at=at)
        staying = [joined if other.id == joined.id else other for other in staying]
    await families.merge(tx, merged=merged, into=into)
    for part in (requests, allocations, exclusions, practitioners):
        await part.move_family(tx, merged=merged, into=into)
    audit.record(tx, "families:merge", family_id=into)


async def spell_changed(
    tx: Transaction, *, family_id: UUID, child_id: UUID, spell_id: UUID, spell: Spell, at: datetime
) -> None:
    """Keep that a child came onto a plan, or off it; its work weighs otherwise from then on."""
    record = (await _records(tx, family_id, [child_id]))[0]
    await families.save_child(tx, record.with_spell(spell_id, spell))
    await _load_changed(tx, record.family_id, at=at)


async def assessment_started(
    tx: Transaction, *, family_id: UUID, children: tuple[UUID, ...], assessment_id: UUID, at: datetime
) -> None:
    """Keep that children are being assessed."""
    for record in await _records(tx, family_id, children):
        running = (*(each for each in record.assessments if each != str(assessment_id)), str(assessment_id))
        await families.save_child(tx, replace(record, assessments=running))
    await _load_changed(tx, family_id, at=at)


async def assessment_authorised(
    tx: Transaction,
    *,
    family_id: UUID,
    children: tuple[UUID, ...],
    assessment_id: UUID,
    factors: tuple[str, ...],
    at: datetime,
) -> None:
    """Keep how complex the children's cases are, with the points of each rule and what it saw."""
    rules = (await schemes.active(tx)).rules.complexity
    found = complexity.assess(factors, rules=rules)
    scores = tuple({"rule": score.rule, "score": score.score, "inputs": list(score.inputs)} for score in found.scores)
    for record in await _records(tx, family_id, children):
        still = tuple(each for each in record.assessments if each != str(assessment_id))
        known = replace(record, assessments=still, complexity=found.level, complexity_scores=scores)
        await families.save_child(tx, known)
    await _load_changed(tx, family_id, at=at)


async def work_closed(tx: Transaction, *, family_id: UUID, referrals: frozenset[UUID], at: datetime) -> None:
    """End everybody's part because the work that answered these referrals ended; what is of a later one goes on."""

    def ended(its_referral: UUID | None) -> bool:
        # The family may have come back before we heard that it left, or before the workbook heard that it came.
        return its_referral is None or not referrals or its_referral in referrals

    for request in await requests.unallocated_of_family(tx, family_id):
        if ended(request.referral_id):
            await asking.drop(tx, request, reason=CancelReason.NO_LONGER_NEEDED, at=max(at, request.requested_at))
    await families.lock(tx, family_id)
    for each in await allocations.of_family(tx, family_id):
        if each.is_open and ended(each.referral_id):
            await holding.end_part(tx, each, reason=WorkEnded.CLOSURE, at=max(at, each.started_at), successor=False)


async def _records(tx: Transaction, family_id: UUID, children: Iterable[UUID]) -> list[ChildRecord]:
    wanted = sorted(set(children))
    known = await families.children(tx, wanted, lock=True)
    return [known.get(child, ChildRecord(child_id=child, family_id=family_id)) for child in wanted]


async def _load_changed(tx: Transaction, family_id: UUID, *, at: datetime) -> None:
    await staff.note_load_changes(tx, await allocations.holders_of(tx, [family_id]), at=at)
