"""What the workbook says: the family's record as it grows, its plans and levels, its clocks."""

from datetime import date, datetime
from uuid import UUID

from libs.contracts.envelope import AuditHead, Code, DetailPath, Event

_E = "events.workbook"


class WorkbookOpened(Event, type=f"{_E}.workbook.opened.v1", aggregate="workbook_id"):
    """The family's one workbook was opened, or opened again on its thread."""

    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    children: tuple[UUID, ...]
    team_id: UUID | None = None
    lead_worker_id: UUID | None = None
    opened_on: date


class WorkbookReopened(Event, type=f"{_E}.workbook.reopened.v1", aggregate="workbook_id"):
    """The family came back; its workbook goes on, with the referral by which it came."""

    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    further_referrals: tuple[UUID, ...] = ()
    reason: Code


class WorkbookReferralJoined(Event, type=f"{_E}.workbook.referral_joined.v1", aggregate="workbook_id"):
    """A further referral belongs to the family's open workbook, and ends with it: one thread, one worker."""

    workbook_id: UUID
    family_id: UUID
    referral_id: UUID


class WorkbookActivated(Event, type=f"{_E}.workbook.activated.v1", aggregate="workbook_id"):
    """The first visit was recorded."""

    workbook_id: UUID
    family_id: UUID


class LevelChanged(Event, type=f"{_E}.workbook.level_changed.v1", aggregate="workbook_id"):
    """The family's level went up or down: early_help, assessment, cin, cp, pre_proceedings, proceedings, looked_after."""

    workbook_id: UUID
    family_id: UUID
    from_level: Code
    to_level: Code
    direction: Code  # up, down
    changed_on: date


class StepDownOffered(Event, type=f"{_E}.workbook.step_down_offered.v1", aggregate="workbook_id"):
    """The team manager offered the family to early help."""

    workbook_id: UUID
    family_id: UUID


class StepDownRefused(Event, type=f"{_E}.workbook.step_down_refused.v1", aggregate="workbook_id"):
    """Early help did not take the family."""

    workbook_id: UUID
    family_id: UUID
    reason: Code


class WorkbookSteppedDown(Event, type=f"{_E}.workbook.stepped_down.v1", aggregate="workbook_id"):
    """Early help took the family; the workbook goes on."""

    workbook_id: UUID
    family_id: UUID
    stepped_down_on: date


class WorkbookClosed(Event, type=f"{_E}.workbook.closed.v1", aggregate="workbook_id"):
    """Work with the family ended, and with it what each of its referrals led to."""

    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    further_referrals: tuple[UUID, ...] = ()
    reason: Code  # RC1-RC9
    closed_on: date


class PlanSpellStarted(Event, type=f"{_E}.plan_spell.started.v1", aggregate="spell_id"):
    """A child came onto a plan or level: eh, cin, cp, pre_proceedings, proceedings, looked_after."""

    spell_id: UUID
    workbook_id: UUID
    family_id: UUID
    child_id: UUID
    kind: Code
    started_on: date
    category: Code | None = None  # category of abuse of a CP plan
    previous_cp_plans: int | None = None


class PlanSpellEnded(Event, type=f"{_E}.plan_spell.ended.v1", aggregate="spell_id"):
    """A child's plan or level ended."""

    spell_id: UUID
    workbook_id: UUID
    family_id: UUID
    child_id: UUID
    kind: Code
    started_on: date
    ended_on: date
    reason: Code


class PlanSpellCategoryChanged(Event, type=f"{_E}.plan_spell.category_changed.v1", aggregate="spell_id"):
    """A child protection plan has another category of abuse than before."""

    spell_id: UUID
    workbook_id: UUID
    family_id: UUID
    child_id: UUID
    category: Code
    changed_on: date


class PlanSpellPlaced(Event, type=f"{_E}.plan_spell.placed.v1", aggregate="spell_id"):
    """A looked-after child was placed; visits are counted afresh."""

    spell_id: UUID
    workbook_id: UUID
    family_id: UUID
    child_id: UUID
    placement: Code  # ordinary, long_term, parent_unassessed, connected_temporary, care_order_with_parent
    placed_on: date


class PlanSpellLetterSent(Event, type=f"{_E}.plan_spell.letter_sent.v1", aggregate="spell_id"):
    """The letter before proceedings was sent, with the offer of family group decision-making or without."""

    spell_id: UUID
    workbook_id: UUID
    family_id: UUID
    child_id: UUID
    sent_on: date
    offered: bool
    exemption: Code | None = None  # why it needed no offer


class PlanSpellBirthRecorded(Event, type=f"{_E}.plan_spell.birth_recorded.v1", aggregate="spell_id"):
    """The birth of a child who was on a plan before it was recorded, corrected or taken back; when it was is not told."""

    spell_id: UUID
    workbook_id: UUID
    family_id: UUID
    child_id: UUID
    born: bool  # false: it was recorded in error


class AssessmentStarted(Event, type=f"{_E}.assessment.started.v1", aggregate="assessment_id"):
    """A child and family assessment began."""

    assessment_id: UUID
    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    children: tuple[UUID, ...]
    started_on: date


class AssessmentComposed(Event, type=f"{_E}.assessment.composed.v1", aggregate="assessment_id"):
    """The next version of an assessment was made from the chapters that were signed then."""

    assessment_id: UUID
    workbook_id: UUID
    family_id: UUID
    version: int
    chapters: tuple[UUID, ...]


class AssessmentAuthorised(Event, type=f"{_E}.assessment.authorised.v1", aggregate="assessment_id"):
    """A manager authorised the assessment."""

    assessment_id: UUID
    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    children: tuple[UUID, ...]
    referred_on: date | None = None  # where the 45 working days of law begin
    started_on: date  # where the 45 working days of the published duration begin
    authorised_on: date
    factors: tuple[Code, ...]
    outcome: Code


class EnquiryStarted(Event, type=f"{_E}.enquiry.started.v1", aggregate="enquiry_id"):
    """A section 47 enquiry about a child began."""

    enquiry_id: UUID
    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    child_id: UUID
    strategy_id: UUID | None = None  # the front door's discussion that began it
    started_on: date
    conference_due_on: date


class EnquiryStrategyJoined(Event, type=f"{_E}.enquiry.strategy_joined.v1", aggregate="enquiry_id"):
    """A further strategy discussion about a child belongs to the enquiry that there is; no other one began."""

    enquiry_id: UUID
    workbook_id: UUID
    family_id: UUID
    referral_id: UUID  # whose discussion it was, which may have joined the workbook later than the enquiry's own
    child_id: UUID
    strategy_id: UUID


class EnquiryEnded(Event, type=f"{_E}.enquiry.ended.v1", aggregate="enquiry_id"):
    """The section 47 enquiry ended, with or without a conference."""

    enquiry_id: UUID
    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    child_id: UUID
    ended_on: date
    outcome: Code


class ConferenceHeld(Event, type=f"{_E}.conference.held.v1", aggregate="conference_id"):
    """A child protection conference was held: initial or review."""

    conference_id: UUID
    workbook_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    children: tuple[UUID, ...]
    kind: Code
    held_on: date
    plan: bool


class StatutoryMeetingHeld(Event, type=f"{_E}.statutory_meeting.held.v1", aggregate="conference_id"):
    """A meeting about children's plans was held that is no conference, such as a core group or a review."""

    conference_id: UUID
    workbook_id: UUID
    family_id: UUID
    children: tuple[UUID, ...]
    kind: Code  # core_group, cin_meeting, cin_review, looked_after_review, pre_proceedings_meeting
    held_on: date


class EntryRecorded(Event, type=f"{_E}.entry.recorded.v1", aggregate="entry_id"):
    """Something was recorded for which there is no event of its own, as there is for visits, scores and events."""

    entry_id: UUID
    workbook_id: UUID
    family_id: UUID
    kind: Code  # summary, direct_work, motivational_interviewing, test_result, family_voice, decision
    happened_on: date


class EntryCorrected(Event, type=f"{_E}.entry.corrected.v1", aggregate="entry_id"):
    """A correction was put beside an entry; what it told counts as before."""

    entry_id: UUID
    workbook_id: UUID
    family_id: UUID
    kind: Code


class VisitRecorded(Event, type=f"{_E}.visit.recorded.v1", aggregate="entry_id"):
    """A visit was recorded once, for statute and story."""

    entry_id: UUID
    workbook_id: UUID
    family_id: UUID
    children_seen: tuple[UUID, ...]
    seen_alone: tuple[UUID, ...] = ()
    visited_on: date
    statutory: bool


class EntryStruck(Event, type=f"{_E}.entry.struck.v1", aggregate="entry_id"):
    """An entry was struck as made in error: what it told counts no more."""

    entry_id: UUID
    workbook_id: UUID
    family_id: UUID
    kind: Code  # visit, tool_score, significant_event, ...


class ToolScored(Event, type=f"{_E}.tool.scored.v1", aggregate="entry_id"):
    """A structured tool was scored; the band is computed."""

    entry_id: UUID
    workbook_id: UUID
    family_id: UUID
    person_id: UUID
    tool: Code
    score: int
    band: Code
    scored_on: date


class SignificantEventRecorded(Event, type=f"{_E}.significant_event.recorded.v1", aggregate="entry_id"):
    """Something significant happened in the family."""

    entry_id: UUID
    workbook_id: UUID
    family_id: UUID
    code: Code
    happened_on: date  # of a birth, the day on which it was recorded: no event tells when somebody was born


class ChapterBegun(Event, type=f"{_E}.chapter.begun.v1", aggregate="chapter_id"):
    """An author began their chapter of a cycle."""

    chapter_id: UUID
    workbook_id: UUID
    family_id: UUID
    role: Code


class ChapterSubmitted(Event, type=f"{_E}.chapter.submitted.v1", aggregate="chapter_id"):
    """An author gave a chapter for signing off."""

    chapter_id: UUID
    workbook_id: UUID
    family_id: UUID
    role: Code


class ChapterSigned(Event, type=f"{_E}.chapter.signed.v1", aggregate="chapter_id"):
    """A chapter was signed, or countersigned."""

    chapter_id: UUID
    workbook_id: UUID
    family_id: UUID
    role: Code
    countersigned: bool


class ChapterReturned(Event, type=f"{_E}.chapter.returned.v1", aggregate="chapter_id"):
    """A chapter went back to its author."""

    chapter_id: UUID
    workbook_id: UUID
    family_id: UUID
    role: Code


class ChapterCorrected(Event, type=f"{_E}.chapter.corrected.v1", aggregate="chapter_id"):
    """A correction was put beside a chapter that was signed or locked."""

    chapter_id: UUID
    workbook_id: UUID
    family_id: UUID
    role: Code


class PlanAgreed(Event, type=f"{_E}.plan.agreed.v1", aggregate="plan_id"):
    """The family's answers to the whole-family plan were recorded."""

    plan_id: UUID
    workbook_id: UUID
    family_id: UUID
    state: Code  # agreed, partly_agreed, not_agreed, could_not_ask
    version: int


class PlanChanged(Event, type=f"{_E}.plan.changed.v1", aggregate="plan_id"):
    """The whole-family plan was changed and waits for the family's answers."""

    plan_id: UUID
    workbook_id: UUID
    family_id: UUID
    version: int


class GoalAchieved(Event, type=f"{_E}.goal.achieved.v1", aggregate="goal_id"):
    """A goal of the plan was reached."""

    goal_id: UUID
    workbook_id: UUID
    family_id: UUID
    achieved_on: date


class GoalChanged(Event, type=f"{_E}.goal.changed.v1", aggregate="goal_id"):
    """A goal was put into the plan, taken up, removed or restored."""

    goal_id: UUID
    workbook_id: UUID
    family_id: UUID
    need: Code
    state: Code  # future, active, removed


class StepChanged(Event, type=f"{_E}.step.changed.v1", aggregate="step_id"):
    """A step was put under a goal, or moved on."""

    step_id: UUID
    goal_id: UUID
    workbook_id: UUID
    family_id: UUID
    state: Code  # not_started, in_progress, completed, cannot_be_done_yet, no_longer_needed


class ModuleChanged(Event, type=f"{_E}.module.changed.v1", aggregate="workbook_id"):
    """A module was started with the family, completed, taken up again or set aside."""

    workbook_id: UUID
    family_id: UUID
    module: int
    progress: Code  # in_progress, complete, not_applicable
    changed_on: date


class SupervisionChanged(Event, type=f"{_E}.supervision.changed.v1", aggregate="supervision_id"):
    """Group supervision was planned, held without its record yet, or missed."""

    supervision_id: UUID
    workbook_id: UUID
    family_id: UUID
    state: Code  # scheduled, held, missed
    planned_on: date
    reason: Code | None = None  # why it was missed


class SupervisionRecorded(Event, type=f"{_E}.supervision.recorded.v1", aggregate="supervision_id"):
    """Group supervision was recorded: the cycle closed, its chapters were locked."""

    supervision_id: UUID
    workbook_id: UUID
    family_id: UUID
    cycle: int
    held_on: date
    decision: Code  # continue, step_up, step_down, close
    next_due_on: date | None = None


class ActionCompleted(Event, type=f"{_E}.action.completed.v1", aggregate="action_id"):
    """What was agreed in group supervision was done."""

    action_id: UUID
    workbook_id: UUID
    family_id: UUID
    done_on: date


class MeetingOffered(Event, type=f"{_E}.meeting.offered.v1", aggregate="meeting_id"):
    """The family was offered a network meeting."""

    meeting_id: UUID
    workbook_id: UUID
    family_id: UUID
    offered_on: date


class MeetingChanged(Event, type=f"{_E}.meeting.changed.v1", aggregate="meeting_id"):
    """The family accepted or declined a network meeting, its day was set, their plan was made, or reviewed."""

    meeting_id: UUID
    workbook_id: UUID
    family_id: UUID
    state: Code  # accepted, declined, planned, plan_made, reviewed
    changed_on: date
    planned_on: date | None = None


class MeetingHeld(Event, type=f"{_E}.meeting.held.v1", aggregate="meeting_id"):
    """A family network meeting was held."""

    meeting_id: UUID
    workbook_id: UUID
    family_id: UUID
    held_on: date


class PractitionerRequested(Event, type=f"{_E}.practitioner.requested.v1", aggregate="practitioner_request_id"):
    """The team asks for an adult practitioner for a named adult."""

    practitioner_request_id: UUID
    workbook_id: UUID
    family_id: UUID
    adult_id: UUID
    specialism: Code  # mental_health, domestic_abuse_victim, domestic_abuse_perpetrator, substance_misuse
    urgency: Code
    team_id: UUID | None = None
    requested_at: datetime
    detail_url: DetailPath


class PractitionerRequestWithdrawn(
    Event, type=f"{_E}.practitioner.request_withdrawn.v1", aggregate="practitioner_request_id"
):
    """The team no longer asks."""

    practitioner_request_id: UUID
    workbook_id: UUID
    family_id: UUID
    reason: Code


class ClockDueSoon(Event, type=f"{_E}.clock.due_soon.v1", aggregate="clock_id"):
    """A clock of the workbook entered its amber margin."""

    clock_id: UUID
    kind: Code
    workbook_id: UUID
    family_id: UUID
    due_at: datetime
    calendar_version: Code


class ClockBreached(Event, type=f"{_E}.clock.breached.v1", aggregate="clock_id"):
    """A clock of the workbook ran out."""

    clock_id: UUID
    kind: Code
    workbook_id: UUID
    family_id: UUID
    due_at: datetime
    calendar_version: Code


class ClockMet(Event, type=f"{_E}.clock.met.v1", aggregate="clock_id"):
    """What a clock of the workbook waited for was done, in time or late."""

    clock_id: UUID
    kind: Code
    workbook_id: UUID
    family_id: UUID
    started_at: datetime  # of a review after a birth, when the birth was recorded
    due_at: datetime
    met_at: datetime
    in_time: bool
    calendar_version: Code


class AuditSealed(AuditHead, Event, type=f"{_E}.audit.sealed.v1", aggregate="log_id"):
    """A batch of the audit was sealed."""
