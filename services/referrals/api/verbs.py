"""Every verb on a referral, in the order of its life."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from services.referrals.commands import areas, deciding, ending, screening
from services.referrals.commands.screening import Proposed
from services.referrals.domain import screening as levels
from services.referrals.queries import referrals as queries
from services.referrals.schemas.referrals import (
    Closing,
    Decided,
    Happened,
    Joining,
    NewArea,
    NewProposal,
    Offer,
    ReceiptView,
    Redirection,
    ReferralResource,
    Refusal,
    Reopening,
    TakingBack,
    Triage,
)

routes = router(tags=["referrals"])
_NOW = Happened()


@routes.post("/referrals/{referral_id}:triage", dependencies=[may("referrals:triage")])
async def triage_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Triage) -> ReferralResource:
    """Set how urgent a referral is and which level of need it shows.

    What is red may be proposed for a decision at once; the proposal's rationale has at least ten characters.
    """
    proposal = body.proposal
    return ReferralResource.of(
        await screening.triage(
            tx,
            referral_id=referral_id,
            revision=revision,
            rag=body.rag,
            level=body.level,
            proposed=Proposed(outcome=proposal.outcome, rationale=proposal.rationale) if proposal else None,
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:correct-area", dependencies=[may("referrals:correct-area")])
async def correct_area(tx: Tx, referral_id: UUID, revision: IfMatch, body: NewArea) -> ReferralResource:
    """Correct the area where the family lives, before the referral is accepted."""
    return ReferralResource.of(await areas.correct(tx, referral_id=referral_id, revision=revision, area=body.area))


@routes.post("/referrals/{referral_id}:conclude-gathering", dependencies=[may("referrals:conclude-gathering")])
async def conclude_gathering(tx: Tx, referral_id: UUID, revision: IfMatch, body: Happened = _NOW) -> ReferralResource:
    """Go on with what is known, whoever has not answered."""
    return ReferralResource.of(
        await screening.conclude_gathering(tx, referral_id=referral_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.post("/referrals/{referral_id}:propose-decision", dependencies=[may("referrals:propose-decision")])
async def propose_decision(tx: Tx, referral_id: UUID, revision: IfMatch, body: NewProposal) -> ReferralResource:
    """Propose how to respond, with a rationale of at least ten characters; a manager decides."""
    return ReferralResource.of(
        await deciding.propose(
            tx,
            referral_id=referral_id,
            revision=revision,
            outcome=body.outcome,
            rationale=body.rationale,
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:accept", dependencies=[may("referrals:accept")])
async def accept_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Decided) -> ReferralResource:
    """Accept a referral from level 3, so that a worker can be found for the family.

    A manager who follows the proposal may leave the rationale to it; one who decides otherwise gives a rationale of at
    least ten characters.
    """
    return ReferralResource.of(
        await deciding.accept(
            tx,
            referral_id=referral_id,
            revision=revision,
            outcome=body.outcome,
            rationale=body.rationale or "",
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:step-down", dependencies=[may("referrals:step-down")])
async def step_down_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Offer) -> ReferralResource:
    """Offer the family to early help, which must accept."""
    return ReferralResource.of(
        await deciding.step_down(
            tx,
            referral_id=referral_id,
            revision=revision,
            rationale=body.rationale or "",
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:accept-step-down", dependencies=[may("referrals:accept-step-down")])
async def accept_step_down(tx: Tx, referral_id: UUID, revision: IfMatch, body: Happened = _NOW) -> ReferralResource:
    """Take the family into early help."""
    return ReferralResource.of(
        await deciding.accept_step_down(tx, referral_id=referral_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.post("/referrals/{referral_id}:refuse-step-down", dependencies=[may("referrals:refuse-step-down")])
async def refuse_step_down(tx: Tx, referral_id: UUID, revision: IfMatch, body: Refusal) -> ReferralResource:
    """Refuse the family; the referral waits for another decision."""
    return ReferralResource.of(
        await deciding.refuse_step_down(
            tx, referral_id=referral_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
        )
    )


@routes.post("/referrals/{referral_id}:advise", dependencies=[may("referrals:advise")])
async def advise_on_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Decided) -> ReferralResource:
    """End a referral with no further action, or with information and advice only.

    A manager who decides otherwise than proposed, or while a risk is active, gives a rationale of at least ten
    characters.
    """
    return ReferralResource.of(
        await deciding.advise(
            tx,
            referral_id=referral_id,
            revision=revision,
            outcome=body.outcome,
            rationale=body.rationale or "",
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:redirect", dependencies=[may("referrals:redirect")])
async def redirect_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Redirection) -> ReferralResource:
    """Send a referral to the authority that is responsible."""
    return ReferralResource.of(
        await deciding.redirect(
            tx,
            referral_id=referral_id,
            revision=revision,
            authority=body.authority,
            rationale=body.rationale or "",
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:confirm-redirect", dependencies=[may("referrals:confirm-redirect")])
async def confirm_redirect(tx: Tx, referral_id: UUID, revision: IfMatch, body: Happened = _NOW) -> ReferralResource:
    """Note that the other authority said that it has the referral."""
    return ReferralResource.of(
        await deciding.confirm_redirect(tx, referral_id=referral_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.post("/referrals/{referral_id}:join", dependencies=[may("referrals:join")])
async def join_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Joining) -> ReferralResource:
    """Join a concern to a referral of the family that is open already."""
    return ReferralResource.of(
        await deciding.join(
            tx,
            referral_id=referral_id,
            revision=revision,
            joined_to=body.joined_to,
            rationale=body.rationale or "",
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:close", dependencies=[may("referrals:close")])
async def close_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Closing) -> ReferralResource:
    """Close a referral once the family's workbook is closed or was never opened.

    The work list asks for it after the workbook was closed. The workbook's reason and day become the referral's: leave
    `reason` out, or give the same; another reason or day is refused (409) with those. Without a workbook, give the reason.
    """
    return ReferralResource.of(
        await ending.close(
            tx, referral_id=referral_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
        )
    )


@routes.post("/referrals/{referral_id}:reopen", dependencies=[may("referrals:reopen")])
async def reopen_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: Reopening) -> ReferralResource:
    """Look at a finished referral again; within twelve months that counts as a re-referral."""
    again = levels.screen_again(rag=body.rag, level=body.level)
    return ReferralResource.of(
        await ending.reopen(
            tx,
            referral_id=referral_id,
            revision=revision,
            reason=body.reason,
            screening=again,
            occurred_at=body.occurred_at,
        )
    )


@routes.post("/referrals/{referral_id}:withdraw", dependencies=[may("referrals:withdraw")])
async def withdraw_referral(tx: Tx, referral_id: UUID, revision: IfMatch, body: TakingBack) -> ReceiptView:
    """Take a referral back; senders may until it is decided, and only their own."""
    taken = await ending.withdraw(
        tx, referral_id=referral_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
    )
    return ReceiptView.model_validate(queries.receipt_of(taken, told=None))


@routes.post("/referrals/{referral_id}:mark-in-error", dependencies=[may("referrals:mark-in-error")])
async def mark_in_error(tx: Tx, referral_id: UUID, revision: IfMatch, body: TakingBack) -> ReferralResource:
    """Mark a referral that should never have been recorded; it stays readable and counts nowhere."""
    return ReferralResource.of(
        await ending.mark_in_error(
            tx, referral_id=referral_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
        )
    )
