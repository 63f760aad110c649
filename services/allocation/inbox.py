"""What allocation hears: families that need a worker, what their work weighs, when it ends, what partners have room for."""

from libs.chassis.database import Transaction
from libs.chassis.inbox import Heard, Subscriptions
from libs.contracts.partners import (
    CapacityDeclared,
    RequestAccepted,
    RequestCancelled,
    RequestCompleted,
    RequestEndedEarly,
    RequestReassigned,
)
from libs.contracts.referrals import (
    FamilyMerged,
    ReferralAccepted,
    ReferralClosed,
    ReferralMarkedInError,
    ReferralWithdrawn,
)
from libs.contracts.workbook import (
    AssessmentAuthorised,
    AssessmentStarted,
    PlanSpellEnded,
    PlanSpellStarted,
    WorkbookClosed,
)
from services.allocation.commands import families as commands
from services.allocation.domain.cases import Spell, SpellKind
from services.allocation.domain.request import CancelReason
from services.allocation.repository import families, practitioners
from services.allocation.repository.families import Family
from services.allocation.repository.practitioners import Room


async def on_referral_accepted(tx: Transaction, heard: Heard[ReferralAccepted]) -> None:
    """Ask for a worker for the family."""
    said = heard.event
    await commands.accepted(
        tx,
        Family(id=await families.known_as(tx, said.family_id), area=said.area, rag=said.rag),
        referral_id=said.referral_id,
        children=said.children,
        adults=said.adults,
        at=said.decided_at,
    )


async def on_referral_closed(tx: Transaction, heard: Heard[ReferralClosed]) -> None:
    """Ask no longer for a family whose episode ended."""
    await commands.no_longer_referred(
        tx, referral_id=heard.event.referral_id, reason=CancelReason.REFERRAL_CLOSED, at=heard.occurred_at
    )


async def on_referral_withdrawn(tx: Transaction, heard: Heard[ReferralWithdrawn]) -> None:
    """Ask no longer for a family whose referral was taken back."""
    await commands.no_longer_referred(
        tx, referral_id=heard.event.referral_id, reason=CancelReason.REFERRAL_WITHDRAWN, at=heard.occurred_at
    )


async def on_referral_marked_in_error(tx: Transaction, heard: Heard[ReferralMarkedInError]) -> None:
    """Take back whatever the referral led to."""
    await commands.no_longer_referred(
        tx, referral_id=heard.event.referral_id, reason=CancelReason.IN_ERROR, at=heard.occurred_at
    )


async def on_family_merged(tx: Transaction, heard: Heard[FamilyMerged]) -> None:
    """Let two records of a family be one here too."""
    stays = await families.known_as(tx, heard.event.family_id)
    await commands.merged(tx, merged=heard.event.merged_family_id, into=stays, at=heard.occurred_at)


async def on_plan_spell_started(tx: Transaction, heard: Heard[PlanSpellStarted]) -> None:
    """Weigh a child by its new plan."""
    said = heard.event
    await commands.spell_changed(
        tx,
        family_id=await families.known_as(tx, said.family_id),
        child_id=said.child_id,
        spell_id=said.spell_id,
        spell=Spell(kind=SpellKind(said.kind), started_on=said.started_on),
        at=heard.occurred_at,
    )


async def on_plan_spell_ended(tx: Transaction, heard: Heard[PlanSpellEnded]) -> None:
    """Weigh a child no longer by a plan that ended."""
    said = heard.event
    await commands.spell_changed(
        tx,
        family_id=await families.known_as(tx, said.family_id),
        child_id=said.child_id,
        spell_id=said.spell_id,
        spell=Spell(kind=SpellKind(said.kind), started_on=said.started_on, ended_on=said.ended_on),
        at=heard.occurred_at,
    )


async def on_assessment_started(tx: Transaction, heard: Heard[AssessmentStarted]) -> None:
    """Weigh children as being assessed."""
    said = heard.event
    await commands.assessment_started(
        tx,
        family_id=await families.known_as(tx, said.family_id),
        children=said.children,
        assessment_id=said.assessment_id,
        at=heard.occurred_at,
    )


async def on_assessment_authorised(tx: Transaction, heard: Heard[AssessmentAuthorised]) -> None:
    """Weigh children by how complex the assessment found their case."""
    said = heard.event
    await commands.assessment_authorised(
        tx,
        family_id=await families.known_as(tx, said.family_id),
        children=said.children,
        assessment_id=said.assessment_id,
        factors=said.factors,
        at=heard.occurred_at,
    )


async def on_workbook_closed(tx: Transaction, heard: Heard[WorkbookClosed]) -> None:
    """End everybody's part because work with the family ended."""
    said = heard.event
    family_id = await families.known_as(tx, said.family_id)
    answered = frozenset(one for one in (said.referral_id, *said.further_referrals) if one is not None)
    await commands.work_closed(tx, family_id=family_id, referrals=answered, at=heard.occurred_at)


async def on_capacity_declared(tx: Transaction, heard: Heard[CapacityDeclared]) -> None:
    """Keep an agency's word on its room."""
    said = heard.event
    await practitioners.declare_room(
        tx,
        Room(
            capacity_id=said.capacity_id,
            agency_id=said.agency_id,
            specialism=said.specialism,
            team_id=said.team_id,
            fte=said.fte,
            places=said.places,
            waiting=said.waiting,
            expected_on=said.expected_on,
            declared_on=said.declared_on,
        ),
    )


async def on_practitioner_named(tx: Transaction, heard: Heard[RequestAccepted]) -> None:
    """Keep which adult practitioner works with the family."""
    said = heard.event
    family_id = await families.known_as(tx, said.family_id)
    await practitioners.begin(tx, request_id=said.request_id, practitioner_id=said.practitioner_id, family_id=family_id)


async def on_practitioner_replaced(tx: Transaction, heard: Heard[RequestReassigned]) -> None:
    """Keep that another adult practitioner works with the family in the first one's place."""
    said = heard.event
    family_id = await families.known_as(tx, said.family_id)
    await practitioners.replace(
        tx, request_id=said.request_id, practitioner_id=said.practitioner_id, family_id=family_id
    )


async def on_practitioner_finished(tx: Transaction, heard: Heard[RequestCompleted]) -> None:
    """Keep that an adult practitioner's work ended."""
    said = heard.event
    family_id = await families.known_as(tx, said.family_id)
    await practitioners.finish(
        tx, request_id=said.request_id, practitioner_id=said.practitioner_id, family_id=family_id
    )


async def on_practitioner_left_early(tx: Transaction, heard: Heard[RequestEndedEarly]) -> None:
    """Keep that an adult practitioner's work ended before its time."""
    said = heard.event
    if said.practitioner_id is not None:
        family_id = await families.known_as(tx, said.family_id)
        await practitioners.finish(
            tx, request_id=said.request_id, practitioner_id=said.practitioner_id, family_id=family_id
        )


async def on_practitioner_called_off(tx: Transaction, heard: Heard[RequestCancelled]) -> None:
    """Keep that whoever was named for a request that was cancelled does not work with the family."""
    await practitioners.call_off(tx, request_id=heard.event.request_id)


SUBSCRIPTIONS: Subscriptions = {
    ReferralAccepted: on_referral_accepted,
    ReferralClosed: on_referral_closed,
    ReferralWithdrawn: on_referral_withdrawn,
    ReferralMarkedInError: on_referral_marked_in_error,
    FamilyMerged: on_family_merged,
    PlanSpellStarted: on_plan_spell_started,
    PlanSpellEnded: on_plan_spell_ended,
    AssessmentStarted: on_assessment_started,
    AssessmentAuthorised: on_assessment_authorised,
    WorkbookClosed: on_workbook_closed,
    CapacityDeclared: on_capacity_declared,
    RequestAccepted: on_practitioner_named,
    RequestReassigned: on_practitioner_replaced,
    RequestCompleted: on_practitioner_finished,
    RequestEndedEarly: on_practitioner_left_early,
    RequestCancelled: on_practitioner_called_off,
}
