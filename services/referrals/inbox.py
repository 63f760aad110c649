"""Events in: which areas teams serve, who holds the family, how its workbook stands, what meets a clock of the front door."""

from libs.chassis.database import Transaction
from libs.chassis.inbox import Heard, Subscriptions
from libs.contracts.allocation import AllocationEnded, AllocationStarted, TeamRecorded
from libs.contracts.workbook import (
    AssessmentAuthorised,
    ConferenceHeld,
    EnquiryEnded,
    EnquiryStarted,
    EnquiryStrategyJoined,
    WorkbookClosed,
    WorkbookOpened,
    WorkbookReferralJoined,
    WorkbookReopened,
)
from libs.kernel.codes import ClosureReason
from libs.kernel.deadline import start_of_day
from services.referrals.commands import areas, hearing
from services.referrals.domain.ending import WorkEnded
from services.referrals.domain.referral import WorkbookStanding

_LEAD = "lead"
_INITIAL = "initial"


async def on_team_recorded(tx: Transaction, heard: Heard[TeamRecorded]) -> None:
    """Keep which areas the team serves; one that was closed serves none."""
    await areas.served_by(tx, team_id=heard.event.team_id, codes=heard.event.areas if heard.event.active else ())


async def on_allocation_started(tx: Transaction, heard: Heard[AllocationStarted]) -> None:
    """Note the family's worker."""
    if heard.event.role == _LEAD:
        await hearing.allocated(
            tx,
            referral_id=heard.event.referral_id,
            family_id=heard.event.family_id,
            worker_id=heard.event.worker_id,
            children=frozenset(heard.event.children),
            at=heard.event.started_at,
        )


async def on_allocation_ended(tx: Transaction, heard: Heard[AllocationEnded]) -> None:
    """Note that the worker no longer holds the family."""
    if heard.event.role == _LEAD:
        await hearing.unallocated(
            tx,
            referral_id=heard.event.referral_id,
            family_id=heard.event.family_id,
            worker_id=heard.event.worker_id,
        )


async def on_workbook_opened(tx: Transaction, heard: Heard[WorkbookOpened]) -> None:
    """Note that the workbook is open: the referral cannot be closed."""
    await hearing.note_workbook(
        tx,
        referral_id=heard.event.referral_id,
        family_id=heard.event.family_id,
        standing=WorkbookStanding.OPEN,
    )


async def on_workbook_reopened(tx: Transaction, heard: Heard[WorkbookReopened]) -> None:
    """Note that the workbook is open again, for the referral by which the family came back."""
    await hearing.note_workbook(
        tx,
        referral_id=heard.event.referral_id,
        further=heard.event.further_referrals,
        family_id=heard.event.family_id,
        standing=WorkbookStanding.OPEN,
    )


async def on_workbook_referral_joined(tx: Transaction, heard: Heard[WorkbookReferralJoined]) -> None:
    """Note that the family's open workbook answers this referral too: neither can be closed."""
    await hearing.note_workbook(
        tx,
        referral_id=heard.event.referral_id,
        family_id=heard.event.family_id,
        standing=WorkbookStanding.OPEN,
    )


async def on_workbook_closed(tx: Transaction, heard: Heard[WorkbookClosed]) -> None:
    """Note that the workbook is closed, and why: so may each of its referrals be."""
    await hearing.note_workbook(
        tx,
        referral_id=heard.event.referral_id,
        further=heard.event.further_referrals,
        family_id=heard.event.family_id,
        standing=WorkbookStanding.CLOSED,
        ended=WorkEnded(ClosureReason(heard.event.reason), heard.event.closed_on),
    )


async def on_assessment_authorised(tx: Transaction, heard: Heard[AssessmentAuthorised]) -> None:
    """Meet the assessment's clock."""
    await hearing.assessment_authorised(
        tx,
        referral_id=heard.event.referral_id,
        family_id=heard.event.family_id,
        children=heard.event.children,
        at=start_of_day(heard.event.authorised_on),
    )


async def on_enquiry_started(tx: Transaction, heard: Heard[EnquiryStarted]) -> None:
    """Meet the clock of the strategy discussion that was waited for; the workbook keeps the enquiry's."""
    await hearing.enquiry_started(
        tx,
        referral_id=heard.event.referral_id,
        family_id=heard.event.family_id,
        child_id=heard.event.child_id,
        strategy_id=heard.event.strategy_id,
        at=start_of_day(heard.event.started_on),
    )


async def on_enquiry_strategy_joined(tx: Transaction, heard: Heard[EnquiryStrategyJoined]) -> None:
    """Leave the clocks of a further discussion's enquiries to the workbook too."""
    await hearing.strategy_joined(tx, strategy_id=heard.event.strategy_id)


async def on_enquiry_ended(tx: Transaction, heard: Heard[EnquiryEnded]) -> None:
    """Meet the enquiry's clock after its last child; without a conference the other is needless."""
    await hearing.enquiry_ended(
        tx,
        referral_id=heard.event.referral_id,
        child_id=heard.event.child_id,
        outcome=heard.event.outcome,
        at=start_of_day(heard.event.ended_on),
    )


async def on_conference_held(tx: Transaction, heard: Heard[ConferenceHeld]) -> None:
    """Meet the conference's clock after the last child's; reviews have clocks of their own in the workbook."""
    if heard.event.kind == _INITIAL:
        await hearing.conference_held(tx, children=heard.event.children, at=start_of_day(heard.event.held_on))


SUBSCRIPTIONS: Subscriptions = {
    TeamRecorded: on_team_recorded,
    AllocationStarted: on_allocation_started,
    AllocationEnded: on_allocation_ended,
    WorkbookOpened: on_workbook_opened,
    WorkbookReopened: on_workbook_reopened,
    WorkbookReferralJoined: on_workbook_referral_joined,
    WorkbookClosed: on_workbook_closed,
    AssessmentAuthorised: on_assessment_authorised,
    EnquiryStarted: on_enquiry_started,
    EnquiryStrategyJoined: on_enquiry_strategy_joined,
    EnquiryEnded: on_enquiry_ended,
    ConferenceHeld: on_conference_held,
}
