"""Rules on section 47 enquiries and their conferences."""

from collections.abc import Iterator

from libs.kernel.working_days import FIRST_DAY, LAST_DAY, working_days_between
from services.referrals.domain.census.findings import (
    Fault,
    Level,
    Period,
    Rule,
    Span,
    each,
    each_episode,
    is_before,
    outside,
    overlapping,
    wrong_of,
)
from services.referrals.domain.census.records import Child, Enquiry, Episode, Field

# Source: Working Together to Safeguard Children (C8): the conference is within 15 working days of the strategy discussion.
_LONGEST = 15
_SATURDAY = 5


def _of(episode: Episode) -> tuple[Enquiry, ...]:
    return episode.enquiries


def _before_referral(one: Enquiry, episode: Episode, _: Period) -> Iterator[Fault]:
    if is_before(one.started, episode.referral_date):
        yield Fault(one.started, one)


def _conference_before_referral(episode: Episode, _: Period) -> Iterator[Fault]:
    for one in episode.enquiries:
        if is_before(one.conference, episode.referral_date):
            yield Fault(one.conference, one)
    if is_before(episode.conference, episode.referral_date):
        yield Fault(episode.conference, episode.conference)


def _start(one: Enquiry, _: Episode, __: Period) -> Iterator[Fault]:
    if not one.started.given or is_before(one.conference, one.started):
        yield Fault(one.started, one)


def _open_for_long(one: Enquiry, _: Episode, period: Period) -> Iterator[Fault]:
    day = one.started.day
    if day is None or one.conference.given or one.not_required.flag is not False:
        return
    if FIRST_DAY <= day <= period.last <= LAST_DAY and working_days_between(day, period.last) > _LONGEST:
        yield Fault(one.started)


def _overlap(episode: Episode, _: Period) -> Iterator[Fault]:
    # The same enquiry said twice is no overlap; one that needed no conference ended on a day we are not told.
    spans = {(one.started.text, one.conference.text): one for one in reversed(episode.enquiries)}
    running = (
        Span(one, one.started, None if one.is_open else one.conference.day)
        for one in spans.values()
        if one.is_open or one.conference.day is not None
    )
    ended = [one for one in spans.values() if not one.is_open and one.conference.day is None]
    of_a_day = (Span(one, one.started, one.started.day) for one in ended)
    without_end = {one.path for one in ended}
    for earlier, later in overlapping((*running, *of_a_day), touching=True):
        if earlier.record.path not in without_end:
            yield Fault(later.start, wrong_of(earlier, later).record)


def _open_twice(episode: Episode, _: Period) -> Iterator[Fault]:
    running = [one for one in episode.enquiries if one.is_open]
    latest = max(running, key=lambda one: one.started.text, default=None)
    yield from (Fault(one.conference, one) for one in running if one is not latest)


def _open_from_outside(one: Enquiry, _: Episode, period: Period) -> Iterator[Fault]:
    if not one.conference.given and one.not_required.flag is not True:
        yield from outside(one.started, period, of=one)


def _target_at_a_weekend(one: Enquiry, _: Episode, __: Period) -> Iterator[Fault]:
    if _at_a_weekend(one.target):
        yield Fault(one.target)


def _conference_at_a_weekend(episode: Episode, _: Period) -> Iterator[Fault]:
    for one in episode.enquiries:
        if _at_a_weekend(one.conference):
            yield Fault(one.conference, one)
    if _at_a_weekend(episode.conference):
        yield Fault(episode.conference, episode.conference)


def _at_a_weekend(field: Field) -> bool:
    return field.day is not None and field.day.weekday() >= _SATURDAY


def _conference_outside(one: Enquiry, _: Episode, period: Period) -> Iterator[Fault]:
    yield from outside(one.conference, period, of=one)


def _conference_at_two_levels(child: Child, _: Period) -> Iterator[Fault]:
    held = {one.conference.day for episode in child.episodes for one in episode.enquiries}
    for episode in child.episodes:
        if episode.conference.day is not None and episode.conference.day in held:
            yield Fault(episode.conference, episode.conference)


RULES = (
    Rule("2889", "An enquiry does not start before its referral.", Level.ERROR, each(_of, _before_referral)),
    Rule("1104", "No conference is before its referral.", Level.ERROR, each_episode(_conference_before_referral)),
    Rule("8615", "An enquiry has a start, not later than its conference.", Level.ERROR, each(_of, _start)),
    Rule(
        "8675Q",
        "An enquiry does not wait more than 15 working days for its conference.",
        Level.QUERY,
        each(_of, _open_for_long),
    ),
    Rule("8890", "No enquiry starts while another goes on.", Level.ERROR, each_episode(_overlap), between=True),
    Rule("8839", "An episode has at most one open enquiry.", Level.ERROR, each_episode(_open_twice), between=True),
    Rule(
        "8740",
        "An enquiry without a conference started in the census year.",
        Level.ERROR,
        each(_of, _open_from_outside),
    ),
    Rule("8870Q", "The target date of a conference is not at a weekend.", Level.QUERY, each(_of, _target_at_a_weekend)),
    Rule("8875", "No conference is at a weekend.", Level.ERROR, each_episode(_conference_at_a_weekend)),
    Rule("8715", "A conference lies in the census year.", Level.ERROR, each(_of, _conference_outside)),
    Rule(
        "2884",
        "A conference is recorded with its enquiry or with the episode, not with both.",
        Level.ERROR,
        _conference_at_two_levels,
    ),
)
