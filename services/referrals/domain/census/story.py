"""The steps of an episode in the words of the services, in the order in which they happened.

A census does not say everything that the services ask. What is taken instead stands here, in one place:
a decision is taken to be of the day of the referral; an enquiry that needed no conference is taken to end
on the last day on which one could have been held; what is still open when its episode closes ends with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter

from libs.kernel.codes import (
    AssessmentFactor,
    AssessmentOutcome,
    CategoryOfAbuse,
    ClosureReason,
    PrimaryNeed,
    ReferralSource,
    Section47Outcome,
)
from libs.kernel.working_days import add_working_days
from services.referrals.domain.census.findings import Period, Placed
from services.referrals.domain.census.records import Assessment, Child, CinPlan, Enquiry, Episode, ProtectionPlan

# Source: Working Together to Safeguard Children, the conference after a strategy discussion (C8).
_CONFERENCE_WORKING_DAYS = 15


class Kind(StrEnum):
    """What a step does; in the order of steps of one day."""

    END_PLAN = "end_plan"
    END_PROTECTION = "end_protection"
    START_ENQUIRY = "start_enquiry"
    START_ASSESSMENT = "start_assessment"
    END_ENQUIRY = "end_enquiry"
    HOLD_CONFERENCE = "hold_conference"
    START_PROTECTION = "start_protection"
    HOLD_REVIEW = "hold_review"
    CHANGE_CATEGORY = "change_category"
    AUTHORISE_ASSESSMENT = "authorise_assessment"
    START_PLAN = "start_plan"


_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done in the work with a child; `since` is when the thing that it ends began."""

    kind: Kind
    on: date
    record: Placed
    since: date
    outcome: str = ""
    factors: tuple[AssessmentFactor, ...] = ()
    category: CategoryOfAbuse | None = None
    previous_plans: int | None = None
    leads_to_plan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeStory:
    """A referral with what was decided, every step of the work that followed, and its closure."""

    record: Episode
    referred_on: date
    source: ReferralSource
    primary_need: PrimaryNeed
    further_action: bool
    moved_in: bool  # on a plan of another authority before
    steps: tuple[Step, ...]
    closed_on: date | None
    closure_reason: ClosureReason | None


def stories_of(child: Child, period: Period) -> tuple[EpisodeStory, ...]:
    """Return the episodes of a child that the rules let in, the earliest first."""
    return tuple(sorted((_story(episode, period) for episode in child.episodes), key=attrgetter("referred_on")))


def _story(episode: Episode, period: Period) -> EpisodeStory:
    closed_on = episode.closure_date.day
    last = min(closed_on or period.last, period.last)
    return EpisodeStory(
        record=episode,
        referred_on=_known(episode.referral_date.day),
        # Source: children in need census, rule 8866: the source was not collected before April 2013.
        source=ReferralSource(episode.source.text or ReferralSource.UNKNOWN),
        primary_need=PrimaryNeed(episode.primary_need.text or PrimaryNeed.N0),
        further_action=episode.no_further_action.flag is False,
        moved_in=episode.conference.given,
        steps=_in_order(_steps(episode, closed_on=closed_on, last=last)),
        closed_on=closed_on,
        closure_reason=ClosureReason(episode.closure_reason.text) if closed_on else None,
    )


def _steps(episode: Episode, *, closed_on: date | None, last: date) -> Iterator[Step]:
    for assessment in episode.assessments:
        yield from _of_assessment(assessment, episode)
    for plan in episode.cin_plans:
        yield from _of_cin_plan(plan, closed_on=closed_on)
    for enquiry in episode.enquiries:
        yield from _of_enquiry(enquiry, episode, last=last)
    for protection in episode.protection_plans:
        yield from _of_protection(protection, closed_on=closed_on)
    moved_in_on = episode.conference.day
    if moved_in_on is not None and not any(plan.start.day == moved_in_on for plan in episode.protection_plans):
        yield Step(kind=Kind.HOLD_CONFERENCE, on=moved_in_on, since=moved_in_on, record=episode.conference)


def _of_assessment(one: Assessment, episode: Episode) -> Iterator[Step]:
    started = _known(one.started.day)
    yield Step(kind=Kind.START_ASSESSMENT, on=started, since=started, record=one)
    if one.authorised.day is not None:
        factors = tuple(AssessmentFactor(field.text) for field in one.factors)
        yield Step(
            kind=Kind.AUTHORISE_ASSESSMENT,
            on=one.authorised.day,
            since=started,
            record=one,
            factors=factors,
            outcome=_outcome(factors, episode),
        )


def _outcome(factors: tuple[AssessmentFactor, ...], episode: Episode) -> AssessmentOutcome:
    # Source: children in need census, factors at the end of assessment: factor 21 goes only with no further action.
    if factors == (AssessmentFactor.NONE_FOUND,) or episode.closure_reason.text == ClosureReason.RC8:
        return AssessmentOutcome.NFA
    if episode.closure_reason.text == ClosureReason.RC9:
        return AssessmentOutcome.OTHER_AGENCY
    return AssessmentOutcome.SERVICES if episode.cin_plans or episode.protection_plans else AssessmentOutcome.OTHER


def _of_cin_plan(plan: CinPlan, *, closed_on: date | None) -> Iterator[Step]:
    start = _known(plan.start.day)
    yield Step(kind=Kind.START_PLAN, on=start, since=start, record=plan)
    end = plan.end.day or closed_on
    if end is not None:
        yield Step(kind=Kind.END_PLAN, on=end, since=start, record=plan)


def _of_enquiry(one: Enquiry, episode: Episode, *, last: date) -> Iterator[Step]:
    started = _known(one.started.day)
    yield Step(kind=Kind.START_ENQUIRY, on=started, since=started, record=one)
    held = one.conference.day
    if one.not_required.flag is True:
        end = max(started, min(add_working_days(started, _CONFERENCE_WORKING_DAYS), last))
        services = Section47Outcome.SERVICES if episode.cin_plans else Section47Outcome.OTHER
        yield Step(kind=Kind.END_ENQUIRY, on=end, since=started, record=one, outcome=services)
    elif held is not None and not any(plan.start.day == held for plan in episode.protection_plans):
        yield Step(kind=Kind.HOLD_CONFERENCE, on=held, since=started, record=one)


def _of_protection(plan: ProtectionPlan, *, closed_on: date | None) -> Iterator[Step]:
    start = _known(plan.start.day)
    first = CategoryOfAbuse(plan.initial_category.text)
    latest = CategoryOfAbuse(plan.latest_category.text)
    yield Step(
        kind=Kind.START_PROTECTION,
        on=start,
        since=start,
        record=plan,
        category=first,
        previous_plans=plan.previous.count,
        leads_to_plan=True,
    )
    end = plan.end.day or closed_on
    reviews = {review.day: review for review in plan.reviews if review.day is not None}
    for day, review in reviews.items():
        goes_on = end is None or day < end
        yield Step(kind=Kind.HOLD_REVIEW, on=day, since=start, record=review, leads_to_plan=goes_on)
    if latest is not first:
        # The day of the change is not told: the last review of the running plan was the last chance for it.
        changed = max((day for day in reviews if end is None or day < end), default=start)
        yield Step(kind=Kind.CHANGE_CATEGORY, on=changed, since=start, record=plan.latest_category, category=latest)
    if end is not None:
        yield Step(kind=Kind.END_PROTECTION, on=end, since=start, record=plan)


def _in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Sort steps by day; an assessment that overlaps the next one is brought to its end first."""
    ordered: list[Step] = sorted(steps, key=_place_of)
    settled: list[Step] = []
    for step in ordered:
        if step in settled:
            continue
        if step.kind is Kind.START_ASSESSMENT:
            running = {one.since for one in settled if one.kind is Kind.START_ASSESSMENT}
            ended = {one.since for one in settled if one.kind is Kind.AUTHORISE_ASSESSMENT}
            settled += [
                one for one in ordered if one.kind is Kind.AUTHORISE_ASSESSMENT and one.since in running - ended
            ]
        settled.append(step)
    return tuple(settled)


def _place_of(step: Step) -> tuple[date, int, date]:
    # Something ends before the next thing starts on the same day, unless it began that day itself.
    ends_at_once = step.kind in {Kind.END_PLAN, Kind.END_PROTECTION} and step.since == step.on
    return step.on, len(Kind) if ends_at_once else _ORDER[step.kind], step.since


def _known(day: date | None) -> date:
    if day is None:
        raise AssertionError("the rules let no record in without its start")
    return day
