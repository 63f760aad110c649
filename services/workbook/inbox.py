"""What the workbook hears: referrals and families, workers, and what agencies do."""

from typing import Any
from uuid import UUID

from libs.chassis.database import Transaction
from libs.chassis.inbox import Heard, Subscriptions
from libs.contracts.allocation import AllocationEnded, AllocationStarted, HandoverCompleted
from libs.contracts.envelope import Event
from libs.contracts.partners import (
    ReportSubmitted,
    RequestAccepted,
    RequestCancelled,
    RequestCompleted,
    RequestDeclined,
    RequestEndedEarly,
    RequestEngaged,
    RequestHeld,
    RequestOpened,
    RequestPromised,
    RequestReassigned,
    RequestResumed,
    RequestWaitlisted,
)
from libs.contracts.referrals import FamilyMerged, ReferralAccepted, ReferralReopened, StrategyCalled
from services.workbook.commands import families, requests


async def on_referral_accepted(tx: Transaction, heard: Heard[ReferralAccepted]) -> None:
    """Keep who the family is, for the worker who comes before or after."""
    said = heard.event
    await families.accepted(
        tx,
        referral_id=said.referral_id,
        family_id=said.family_id,
        children=tuple(dict.fromkeys((*said.children, *said.unborn))),
        adults=said.adults,
        needs=said.needs,
        received_at=said.received_at,
        at=heard.occurred_at,
    )


async def on_referral_reopened(tx: Transaction, heard: Heard[ReferralReopened]) -> None:
    """Note that the family's referral is looked at again."""
    said = heard.event
    await families.referral_reopened(
        tx, referral_id=said.referral_id, family_id=said.family_id, reason=said.reason, at=heard.occurred_at
    )


async def on_strategy_called(tx: Transaction, heard: Heard[StrategyCalled]) -> None:
    """Start section 47 enquiries where the strategy discussion began one."""
    said = heard.event
    if said.enquiry:
        await families.strategy_called(
            tx,
            strategy_id=said.strategy_id,
            referral_id=said.referral_id,
            family_id=said.family_id,
            children=said.children,
            held_at=said.held_at,
            conference_due_on=said.conference_due_on,
        )


async def on_family_merged(tx: Transaction, heard: Heard[FamilyMerged]) -> None:
    """Go on with one workbook."""
    said = heard.event
    await families.merged(tx, family_id=said.family_id, merged_family_id=said.merged_family_id, at=heard.occurred_at)


async def on_allocation_started(tx: Transaction, heard: Heard[AllocationStarted]) -> None:
    """Open or continue the family's workbook."""
    said = heard.event
    await families.worker_started(
        tx,
        allocation_id=said.allocation_id,
        family_id=said.family_id,
        referral_id=said.referral_id,
        worker_id=said.worker_id,
        team_id=said.team_id,
        role=said.role,
        reason=said.reason,
        children=said.children,
        adults=said.adults,
        at=said.started_at,
    )


async def on_allocation_ended(tx: Transaction, heard: Heard[AllocationEnded]) -> None:
    """Note that a worker no longer holds the family."""
    said = heard.event
    await families.worker_ended(
        tx,
        allocation_id=said.allocation_id,
        family_id=said.family_id,
        worker_id=said.worker_id,
        team_id=said.team_id,
        role=said.role,
        reason=said.reason,
        at=said.ended_at,
    )


async def on_handover_completed(tx: Transaction, heard: Heard[HandoverCompleted]) -> None:
    """Give the workbook to the new worker."""
    said = heard.event
    await families.handed_over(
        tx,
        handover_id=said.handover_id,
        family_id=said.family_id,
        to_worker_id=said.to_worker_id,
        at=heard.occurred_at,
    )


#: What each of the agency's events does to the request that it answers.
_MIRRORED: dict[type[Event], str] = {
    RequestOpened: "opened",
    RequestPromised: "promised",
    RequestAccepted: "accepted",
    RequestReassigned: "reassigned",
    RequestWaitlisted: "waitlisted",
    RequestDeclined: "declined",
    RequestEngaged: "engaged",
    RequestHeld: "held",
    RequestResumed: "resumed",
    RequestCompleted: "completed",
    RequestEndedEarly: "ended_early",
    RequestCancelled: "cancelled",
}


async def on_request(tx: Transaction, heard: Heard[Any]) -> None:
    """Let our request follow what the agency did."""
    said = heard.event
    request_id: UUID = said.practitioner_request_id
    await requests.mirror(
        tx,
        request_id=request_id,
        happened=_MIRRORED[type(said)],
        partner_request_id=said.request_id,
        agency_id=getattr(said, "agency_id", None),
        practitioner_id=getattr(said, "practitioner_id", None),
        outcome=getattr(said, "outcome", None),
        at=heard.occurred_at,
    )


async def on_report_submitted(tx: Transaction, heard: Heard[ReportSubmitted]) -> None:
    """Note the agency's end report."""
    said = heard.event
    await requests.reported(tx, partner_request_id=said.request_id, outcome=said.outcome, at=heard.occurred_at)


SUBSCRIPTIONS: Subscriptions = {
    ReferralAccepted: on_referral_accepted,
    ReferralReopened: on_referral_reopened,
    StrategyCalled: on_strategy_called,
    FamilyMerged: on_family_merged,
    AllocationStarted: on_allocation_started,
    AllocationEnded: on_allocation_ended,
    HandoverCompleted: on_handover_completed,
    **dict.fromkeys(_MIRRORED, on_request),
    ReportSubmitted: on_report_submitted,
}
