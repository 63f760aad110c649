"""What is proposed, and what a manager, or early help, decides."""

from datetime import datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit, happened_at
from libs.contracts.referrals import (
    DecisionProposed,
    ReferralAccepted,
    ReferralAdvised,
    ReferralJoined,
    ReferralRedirected,
    ReferralSteppedDown,
    StepDownOffered,
    StepDownRefused,
)
from libs.kernel.deadline import local_day
from services.referrals.commands import areas, clocks, steps
from services.referrals.domain import referral as rules
from services.referrals.domain.clock_rules import Happening
from services.referrals.domain.clocks import Occasion
from services.referrals.domain.decision import Outcome
from services.referrals.domain.household import Membership, Part
from services.referrals.domain.referral import Referral
from services.referrals.repository import families, people, referrals, strategy


async def propose(
    tx: Transaction, *, referral_id: UUID, revision: int, outcome: Outcome, rationale: str, occurred_at: datetime | None
) -> Referral:
    """Propose how to respond; a manager decides."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    return await proposed(tx, before, outcome=outcome, rationale=rationale, at=at)


async def proposed(tx: Transaction, before: Referral, *, outcome: Outcome, rationale: str, at: datetime) -> Referral:
    """Propose how to respond to a referral that is at hand."""
    waiting = rules.propose_decision(before, outcome=outcome, rationale=rationale, by=tx.by.id, at=at)
    saved = await steps.save(tx, waiting, verb="propose-decision")
    await referrals.note_decision(
        tx, referral_id=saved.id, step="propose", outcome=outcome, rationale=rationale.strip(), at=at
    )
    emit(tx, DecisionProposed(referral_id=saved.id, outcome=outcome), occurred_at=at)
    return saved


async def accept(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    outcome: Outcome | None,
    rationale: str,
    occurred_at: datetime | None,
) -> Referral:
    """Accept a referral, so that a worker can be found for the family."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    accepted = rules.accept(before, by=tx.by.id, at=at, outcome=outcome, rationale=rationale)
    await areas.need_served(tx, accepted)
    saved = await _decided(
        tx,
        accepted,
        Occasion(happening=Happening.ACCEPTED, at=at, from_moment=before.clock_start),
        verb="accept",
        at=at,
    )
    await steps.tell(tx, saved, at=at)
    known = await people.by_ids(tx, saved.children)
    emit(
        tx,
        _said_accepted(saved, unborn=tuple(id_ for id_, one in known.items() if one.is_unborn), at=at),
        occurred_at=at,
    )
    return saved


def _said_accepted(referral: Referral, *, unborn: tuple[UUID, ...], at: datetime) -> ReferralAccepted:
    screening = referral.screening
    if screening is None:  # pragma: no cover - the rule accepts nothing that was not screened
        raise ValueError(referral.state)
    return ReferralAccepted(
        referral_id=referral.id,
        family_id=referral.family_id,
        children=referral.children,
        unborn=unborn,
        adults=referral.adults,
        area=referral.area,
        rag=screening.rag,
        level=screening.level,
        primary_need=referral.primary_need,
        needs=referral.needs,
        received_at=referral.clock_start,
        decided_at=at,
        detail_url=f"/v1/referrals/{referral.id}",
    )


async def step_down(
    tx: Transaction, *, referral_id: UUID, revision: int, rationale: str, occurred_at: datetime | None
) -> Referral:
    """Offer the family to early help, which must accept."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    offered = rules.step_down(before, by=tx.by.id, at=at, rationale=rationale)
    saved = await _decided(tx, offered, verb="step-down", at=at)
    emit(tx, StepDownOffered(referral_id=saved.id, family_id=saved.family_id), occurred_at=at)
    return saved


async def accept_step_down(
    tx: Transaction, *, referral_id: UUID, revision: int, occurred_at: datetime | None
) -> Referral:
    """Take the family into early help; with that the referral is decided."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    taken = rules.accept_step_down(before, at=at)
    saved = await _ended(tx, taken, verb="accept-step-down", at=at)
    emit(tx, ReferralSteppedDown(referral_id=saved.id, family_id=saved.family_id, decided_at=at), occurred_at=at)
    return saved


async def refuse_step_down(
    tx: Transaction, *, referral_id: UUID, revision: int, reason: str, occurred_at: datetime | None
) -> Referral:
    """Refuse the family; the referral waits for another decision, its clocks have gone on running."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    saved = await _decided(tx, rules.refuse_step_down(before, reason=reason, at=at), verb="refuse-step-down", at=at)
    emit(tx, StepDownRefused(referral_id=saved.id, family_id=saved.family_id, reason=reason), occurred_at=at)
    return saved


async def advise(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    outcome: Outcome | None,
    rationale: str,
    occurred_at: datetime | None,
) -> Referral:
    """End a referral with no further action, or with information and advice only."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    advised = rules.advise(before, by=tx.by.id, at=at, outcome=outcome, rationale=rationale)
    saved = await _ended(tx, advised, verb="advise", at=at)
    emit(
        tx,
        ReferralAdvised(
            referral_id=saved.id,
            family_id=saved.family_id,
            outcome=saved.decision.outcome if saved.decision else Outcome.NO_FURTHER_ACTION,
            decided_at=at,
        ),
        occurred_at=at,
    )
    return saved


async def redirect(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    authority: str,
    rationale: str,
    occurred_at: datetime | None,
) -> Referral:
    """Send a referral to the authority that is responsible."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    redirected = rules.redirect(before, authority=authority, by=tx.by.id, at=at, rationale=rationale)
    saved = await _ended(tx, redirected, verb="redirect", at=at)
    emit(tx, ReferralRedirected(referral_id=saved.id, family_id=saved.family_id, decided_at=at), occurred_at=at)
    return saved


async def confirm_redirect(
    tx: Transaction, *, referral_id: UUID, revision: int, occurred_at: datetime | None
) -> Referral:
    """Note that the other authority said that it has the referral."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    return await steps.save(tx, rules.confirm_redirect(before, at=at), verb="confirm-redirect")


async def join(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    joined_to: UUID,
    rationale: str,
    occurred_at: datetime | None,
) -> Referral:
    """Join a concern to a referral of the family that is open already; while that is undecided, its people go along."""
    at = happened_at(tx, occurred_at)
    # Both are locked in one order, so that two that join each other do not wait for one another.
    locked = {id_: await referrals.lock(tx, id_) for id_ in sorted({referral_id, joined_to})}
    before, other = locked[referral_id], locked[joined_to]
    steps.need(revision=revision, found=before.revision)
    joined = rules.join(before, to=other, by=tx.by.id, at=at, rationale=rationale)
    saved = await _ended(tx, joined, verb="join", at=at)
    whole = await _take_over(tx, other, joined=saved, at=at)
    emit(
        tx,
        ReferralJoined(
            referral_id=saved.id,
            family_id=saved.family_id,
            joined_to=joined_to,
            decided_at=at,
            children=tuple(child for child in whole.children if child not in other.children),
            adults=tuple(adult for adult in whole.adults if adult not in other.adults),
        ),
        occurred_at=at,
    )
    return saved


async def _take_over(tx: Transaction, other: Referral, *, joined: Referral, at: datetime) -> Referral:
    whole = rules.take_over(other, joined=joined)
    if whole == other:
        return other
    if joined.family_id != other.family_id:
        members = {one.person_id for one in await families.members_of(tx, other.family_id)}
        people_of = ((Part.CHILD, joined.children), (Part.ADULT, joined.adults))
        await families.add_members(
            tx,
            other.family_id,
            *[
                Membership(person_id=person_id, part=part, from_on=local_day(at))
                for part, everybody in people_of
                for person_id in everybody
                if person_id not in members
            ],
        )
    return await steps.save(tx, whole, verb="take-over")


async def _ended(tx: Transaction, decided: Referral, *, verb: str, at: datetime) -> Referral:
    saved = await _decided(tx, decided, Occasion(happening=Happening.DECIDED_OTHERWISE, at=at), verb=verb, at=at)
    await strategy.end_all(tx, saved.id, on=local_day(at))
    await steps.tell(tx, saved, at=at)
    return saved


async def _decided(tx: Transaction, decided: Referral, *occasions: Occasion, verb: str, at: datetime) -> Referral:
    turned = await clocks.turn(tx, decided, *occasions) if occasions else decided
    saved = await steps.save(tx, turned, verb=verb)
    await steps.note(tx, saved, step=verb, at=at)
    return saved
