"""Rules on episodes: the referral, its closure, and what fits between the two."""

from collections.abc import Iterator
from datetime import date, timedelta

from libs.kernel.codes import ClosureReason, PrimaryNeed, ReferralSource
from libs.kernel.working_days import FIRST_DAY, LAST_DAY, add_working_days
from services.referrals.domain.census.findings import (
    Fault,
    Level,
    Period,
    Placed,
    Rule,
    Span,
    each_episode,
    is_before,
    not_a_code,
    outside,
    overlapping,
    wrong_of,
)
from services.referrals.domain.census.records import Child, Episode, Field

# Source: children in need census, rule 8606: forty weeks.
_LONGEST_BEFORE_BIRTH = timedelta(days=280)
# Source: children in need census, rule 8866: collected since the year that began on this day.
_SOURCES_SINCE = date(2013, 4, 1)
_AFTER_ASSESSMENT = frozenset({ClosureReason.RC8, ClosureReason.RC9})


def _referral_date(episode: Episode, period: Period) -> Iterator[Fault]:
    day = episode.referral_date.day
    if day is None or day > period.last:
        yield Fault(episode.referral_date, episode)


def _long_before_birth(child: Child, _: Period) -> Iterator[Fault]:
    births = [field.day for field in (child.birth_date, child.expected_date) if field.day is not None]
    for episode in child.episodes:
        day = episode.referral_date.day
        if day is not None and any(birth - day > _LONGEST_BEFORE_BIRTH for birth in births):
            yield Fault(episode.referral_date, episode)


def _after_death(child: Child, _: Period) -> Iterator[Fault]:
    for episode in child.episodes:
        if is_before(child.death_date, episode.referral_date):
            yield Fault(episode.referral_date, episode)


def _flag(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.no_further_action.flag is None:
        yield Fault(episode.no_further_action, episode)


def _old_without_action(episode: Episode, period: Period) -> Iterator[Fault]:
    day = episode.referral_date.day
    if day is None or episode.no_further_action.flag is not True or not FIRST_DAY < period.first <= LAST_DAY:
        return
    if day < add_working_days(period.first, -1):
        yield Fault(episode.no_further_action)


def _need_missing(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.no_further_action.flag is False and not episode.primary_need.given:
        yield Fault(episode.primary_need, episode)


def _need_code(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.primary_need.given:
        yield from not_a_code(episode.primary_need, PrimaryNeed, of=episode)


def _source_code(episode: Episode, _: Period) -> Iterator[Fault]:
    day = episode.referral_date.day
    if episode.source.given or (day is not None and day >= _SOURCES_SINCE):
        yield from not_a_code(episode.source, ReferralSource, of=episode)


# A case whose closure is in doubt is not put in as open: it would stand on somebody's work list.
def _closed_without_reason(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.closure_date.given and not episode.closure_reason.given:
        yield Fault(episode.closure_reason, episode)


def _reason_without_closure(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.closure_reason.given and not episode.closure_date.given:
        yield Fault(episode.closure_date, episode)


def _reason_code(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.closure_reason.given:
        yield from not_a_code(episode.closure_reason, ClosureReason, of=episode)


def _closed_outside(episode: Episode, period: Period) -> Iterator[Fault]:
    yield from outside(episode.closure_date, period, of=episode)


def _closed_before_referral(episode: Episode, _: Period) -> Iterator[Fault]:
    if is_before(episode.closure_date, episode.referral_date):
        yield Fault(episode.closure_date, episode)


def _open_twice(child: Child, _: Period) -> Iterator[Fault]:
    running = [episode for episode in child.episodes if episode.is_open]
    latest = max(running, key=_begun, default=None)
    yield from (Fault(one.closure_date, one) for one in running if one is not latest)


def _open_and_not_latest(child: Child, _: Period) -> Iterator[Fault]:
    for episode in (one for one in child.episodes if one.is_open):
        later = [one for one in child.episodes if _begun(one) > _begun(episode)]
        if any(one.no_further_action.flag is not True for one in later):
            yield Fault(episode.closure_date, episode)
        else:
            # A mere contact during open work belongs to that work.
            yield from (Fault(one.referral_date, one) for one in later)


def _begun(episode: Episode) -> date:
    return episode.referral_date.day or date.min


def _episodes_overlap(child: Child, _: Period) -> Iterator[Fault]:
    # A referral without further action takes no time.
    contacts = {one.path for one in child.episodes if one.no_further_action.flag is True}
    spans = [
        Span(one, one.referral_date, None if one.is_open else one.closure_date.day or one.referral_date.day)
        for one in child.episodes
    ]
    for earlier, later in overlapping(spans, touching=False):
        wrong = later if later.record.path in contacts else wrong_of(earlier, later)
        yield Fault(later.start, wrong.record)


def _activity_of(episode: Episode) -> Iterator[Placed]:
    yield from episode.cin_plans
    yield from episode.enquiries
    yield from episode.protection_plans
    if episode.conference.given:
        yield episode.conference


def _closed_after_assessment_only(episode: Episode, _: Period) -> Iterator[Fault]:
    # Either the reason or the activity is wrong, and the file does not say which.
    if episode.closure_reason.text in _AFTER_ASSESSMENT and any(_activity_of(episode)):
        yield Fault(episode.closure_reason, episode)


def _closed_after_no_assessment(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.closure_reason.text in _AFTER_ASSESSMENT and not episode.assessments:
        yield Fault(episode.closure_reason)


def _enquiry_without_assessment(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.enquiries and not episode.assessments:
        yield Fault(episode.enquiries[0])


def _open_assessment(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.closure_date.given:
        for one in episode.assessments:
            if not one.authorised.given:
                yield Fault(one.authorised, one)


def _open_enquiry(episode: Episode, _: Period) -> Iterator[Fault]:
    if not episode.closure_date.given:
        return
    for one in episode.enquiries:
        if one.conference.given == (one.not_required.flag is True):
            yield Fault(one.conference, one)


def _dates_of(episode: Episode) -> Iterator[tuple[Field, Placed]]:
    yield episode.conference, episode.conference
    for assessment in episode.assessments:
        yield assessment.started, assessment
        yield assessment.authorised, assessment
    for enquiry in episode.enquiries:
        yield enquiry.started, enquiry
        yield enquiry.conference, enquiry
    for cin_plan in episode.cin_plans:
        yield cin_plan.start, cin_plan
        yield cin_plan.end, cin_plan
    for plan in episode.protection_plans:
        yield plan.start, plan
        yield plan.end, plan


def _after_closure(episode: Episode, _: Period) -> Iterator[Fault]:
    for field, record in _dates_of(episode):
        if is_before(episode.closure_date, field):
            yield Fault(field, record)


def _plan_without_action(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.no_further_action.flag is True:
        yield from (Fault(plan, plan) for plan in episode.cin_plans)


def _activity_without_action(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.no_further_action.flag is True:
        yield from (Fault(one, one) for one in episode.assessments)
        yield from (Fault(one, one) for one in episode.enquiries)
        if episode.conference.given:
            yield Fault(episode.conference, episode.conference)


def _protection_without_action(episode: Episode, _: Period) -> Iterator[Fault]:
    if episode.no_further_action.flag is True:
        yield from (Fault(plan, plan) for plan in episode.protection_plans)


RULES = (
    Rule(
        "8600", "An episode has a referral date, not after the census year.", Level.ERROR, each_episode(_referral_date)
    ),
    Rule("8606", "A referral is at most 40 weeks before the birth.", Level.ERROR, _long_before_birth),
    Rule("8555Q", "A referral is not after the child's death.", Level.QUERY, _after_death),
    Rule("8568", "An episode says whether there was further action.", Level.ERROR, each_episode(_flag)),
    Rule("8569Q", "A referral without action is of the census year.", Level.QUERY, each_episode(_old_without_action)),
    Rule("8610", "A referral with further action has a primary need.", Level.ERROR, each_episode(_need_missing)),
    Rule("8650", "The primary need is one of its codes.", Level.ERROR, each_episode(_need_code)),
    Rule("8866", "The source is one of its codes.", Level.ERROR, each_episode(_source_code)),
    Rule("8805", "A closed episode has a reason.", Level.ERROR, each_episode(_closed_without_reason)),
    Rule("8810", "A reason for closure comes with a date.", Level.ERROR, each_episode(_reason_without_closure)),
    Rule("8640", "The reason for closure is one of its codes.", Level.ERROR, each_episode(_reason_code)),
    Rule("8620", "A closure lies in the census year.", Level.ERROR, each_episode(_closed_outside)),
    Rule("8630", "A closure is not before its referral.", Level.ERROR, each_episode(_closed_before_referral)),
    Rule("8815", "A child has at most one open episode.", Level.ERROR, _open_twice, between=True),
    Rule("8816", "The open episode is the latest.", Level.ERROR, _open_and_not_latest, between=True),
    Rule("8820", "Episodes of a child do not overlap.", Level.ERROR, _episodes_overlap, between=True),
    Rule(
        "2990",
        "A case closed after assessment (RC8, RC9) has no other activity.",
        Level.ERROR,
        each_episode(_closed_after_assessment_only),
        between=True,
    ),
    Rule(
        "8825Q",
        "A case closed after assessment (RC8, RC9) has an assessment.",
        Level.QUERY,
        each_episode(_closed_after_no_assessment),
    ),
    Rule(
        "2991Q",
        "An episode with an enquiry has an assessment.",
        Level.QUERY,
        each_episode(_enquiry_without_assessment),
    ),
    Rule("8867", "A closed episode has no open assessment.", Level.ERROR, each_episode(_open_assessment)),
    Rule(
        "8868",
        "In a closed episode an enquiry ended with a conference or with none needed.",
        Level.ERROR,
        each_episode(_open_enquiry),
    ),
    Rule("8565", "Nothing happens after an episode was closed.", Level.ERROR, each_episode(_after_closure)),
    Rule("4000", "Without further action there is no CIN plan.", Level.ERROR, each_episode(_plan_without_action)),
    Rule(
        "8831",
        "Without further action there is no assessment, enquiry or conference.",
        Level.ERROR,
        each_episode(_activity_without_action),
    ),
    Rule(
        "8832",
        "Without further action there is no child protection plan.",
        Level.ERROR,
        each_episode(_protection_without_action),
    ),
)
