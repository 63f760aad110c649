"""Receiving and reading referrals."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from libs.chassis.edge import Tx, may, router
from libs.chassis.fields import Moment
from libs.chassis.pagination import Page, WantedPage
from services.referrals.commands import receiving
from services.referrals.commands.receiving import Concern, Received
from services.referrals.domain.referrer import Referrer
from services.referrals.domain.screening import Rag
from services.referrals.domain.states import State
from services.referrals.queries import referrals as queries
from services.referrals.schemas.people import RuleHit
from services.referrals.schemas.referrals import (
    CandidateView,
    ContactView,
    DecisionHistory,
    NewReferral,
    PersonOfReferral,
    ReceiptView,
    ReceivedView,
    ReferralSummary,
    ReferralView,
    flat,
)

routes = router(tags=["referrals"])


@routes.post(
    "/referrals",
    status_code=201,
    dependencies=[may("referrals:receive")],
    responses={200: {"model": ReceivedView, "description": "Your system sent it before; nothing was changed"}},
)
async def receive_referral(tx: Tx, body: NewReferral, response: Response) -> ReceivedView:
    """Receive a concern about the children of a family.

    Staff are shown who of its people may be known already, with the reasons; senders never are.
    """
    told = body.referrer
    received = await receiving.receive(
        tx,
        Concern(
            key=body.source.key() if body.source else None,
            source=body.referral_source,
            channel=body.channel,
            origin=body.origin,
            area=body.area,
            primary_need=body.primary_need,
            needs=tuple(dict.fromkeys(body.needs)),
            referrer=Referrer(
                name=told.name or "",
                agency=told.agency or "",
                contact=told.contact or "",
                may_be_named=told.may_be_named,
                unsafe_to_reply=told.unsafe_to_reply,
            ),
            narrative=body.narrative or "",
            family_id=body.family_id,
            household=body.household(),
            received_at=body.received_at,
        ),
    )
    if received.before:
        response.status_code = 200
    return _received(tx, received)


def _received(tx: Tx, received: Received) -> ReceivedView:
    referral = received.referral
    receipt = ReceivedView(
        id=referral.id,
        revision=referral.revision,
        reference=referral.reference,
        state="received",
        received_at=referral.received_at,
        decision_due_at=referral.next_due_at,
    )
    if not queries.is_staff(tx):
        return receipt
    return receipt.model_copy(
        update={
            "state": referral.state,
            "family_id": referral.family_id,
            "children": list(referral.children),
            "adults": list(referral.adults),
            "re_referral": referral.re_referral,
            "prior_referral_id": referral.prior_referral_id,
            "candidates": [
                CandidateView(
                    match_id=one.match_id,
                    person_id=one.person_id,
                    known_person_id=one.candidate.person_id,
                    strength=one.candidate.strength,
                    points=one.candidate.points,
                    hits=[RuleHit.model_validate(hit) for hit in one.candidate.hits],
                )
                for one in received.found
            ],
        }
    )


@routes.get("/referrals", dependencies=[may("referrals:read")])
async def list_referrals(  # noqa: PLR0917 - parameters of the query string have no order
    tx: Tx,
    wanted: WantedPage,
    state: State | None = None,
    rag: Rag | None = None,
    due_before: Annotated[Moment | None, Query(description="Whose first running clock is due before")] = None,
    family_id: UUID | None = None,
) -> Page[ReferralSummary]:
    """List referrals, the newest first; with `due_before` those that are due first."""
    rows, following = await queries.page(
        tx, queries.Filters(state=state, rag=rag, due_before=due_before, family_id=family_id), wanted
    )
    return Page(items=[ReferralSummary.model_validate(row) for row in rows], next=following)


@routes.get("/referrals/{referral_id}", dependencies=[may("referrals:read")])
async def read_referral(tx: Tx, referral_id: UUID) -> ReferralView:
    """Read a referral with its people and the contact it came by."""
    whole = await queries.whole(tx, referral_id)
    return ReferralView.model_validate(
        flat(whole.referral)
        | {
            "people": [PersonOfReferral.model_validate(one) for one in whole.people],
            "contact": ContactView.model_validate(whole.contact) if whole.contact else None,
        }
    )


@routes.get("/referrals/{referral_id}/receipt", dependencies=[may("referrals:read-receipt")])
async def read_receipt(tx: Tx, referral_id: UUID) -> ReceiptView:
    """Read what the sender of a referral may know of it: that it came, and what was decided once that may be told."""
    return ReceiptView.model_validate(await queries.receipt(tx, referral_id))


@routes.get("/referrals/{referral_id}/decisions", dependencies=[may("referrals:read-decisions")])
async def list_decisions(tx: Tx, referral_id: UUID) -> DecisionHistory:
    """List every step of deciding, the first first."""
    return DecisionHistory.model_validate({"items": await queries.decisions(tx, referral_id)})
