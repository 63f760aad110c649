"""Rules on child and family assessments and the factors that they found."""

from collections.abc import Iterable, Iterator

from libs.kernel.codes import RETIRED_FACTORS, AssessmentFactor, ClosureReason
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
)
from services.referrals.domain.census.identity import repeated
from services.referrals.domain.census.records import Assessment, Episode

# Source: Working Together to Safeguard Children (C5): an assessment takes at most 45 working days.
_LONGEST = 45
_AFTER_ASSESSMENT = frozenset({ClosureReason.RC8, ClosureReason.RC9})


def _of(episode: Episode) -> tuple[Assessment, ...]:
    return episode.assessments


def _before_referral(one: Assessment, episode: Episode, _: Period) -> Iterator[Fault]:
    if is_before(one.started, episode.referral_date):
        yield Fault(one.started, one)


def _ends_before_start(one: Assessment, _: Episode, __: Period) -> Iterator[Fault]:
    if one.authorised.given and one.started.day is None:
        yield Fault(one.started, one)
    if is_before(one.authorised, one.started):
        yield Fault(one.authorised, one)


def _ends_outside(one: Assessment, _: Episode, period: Period) -> Iterator[Fault]:
    yield from outside(one.authorised, period, of=one)


def _open_from_outside(one: Assessment, _: Episode, period: Period) -> Iterator[Fault]:
    if not one.authorised.given:
        if one.started.day is None:
            yield Fault(one.started, one)
        yield from outside(one.started, period, of=one)


def _open_for_long(one: Assessment, _: Episode, period: Period) -> Iterator[Fault]:
    day = one.started.day
    if one.authorised.given or day is None or not (day >= FIRST_DAY and day <= period.last <= LAST_DAY):
        return
    if working_days_between(day, period.last) > _LONGEST:
        yield Fault(one.started)


def _open_twice(episode: Episode, _: Period) -> Iterator[Fault]:
    running = [one for one in episode.assessments if not one.authorised.given and one.started.day is not None]
    latest = max(running, key=lambda one: one.started.text, default=None)
    yield from (Fault(one.authorised, one) for one in running if one is not latest)


def _overlap(episode: Episode, __: Period) -> Iterator[Fault]:
    # Two children of a family may be written up in one assessment: the same dates twice are no overlap.
    spans = {(one.started.text, one.authorised.text): one for one in reversed(episode.assessments)}
    found = overlapping((Span(one, one.started, one.authorised.day) for one in spans.values()), touching=True)
    yield from (Fault(later.start) for _, later in found)


def _factors_too_early(one: Assessment, _: Episode, __: Period) -> Iterator[Fault]:
    if not one.authorised.given:
        yield from (Fault(field, field) for field in one.factors)


def _factors_missing(one: Assessment, _: Episode, __: Period) -> Iterator[Fault]:
    # No manager authorises an assessment that says nothing of what it found.
    if one.authorised.day is not None and not one.factors:
        yield Fault(one, one)
    known = set(AssessmentFactor) | RETIRED_FACTORS
    yield from (Fault(field, field) for field in one.factors if field.text not in known)


def _none_found_with_others(one: Assessment, _: Episode, __: Period) -> Iterator[Fault]:
    if any(field.text != AssessmentFactor.NONE_FOUND for field in one.factors):
        yield from (Fault(field, field) for field in one.factors if field.text == AssessmentFactor.NONE_FOUND)


def _none_found_but_kept(episode: Episode, _: Period) -> Iterator[Fault]:
    if len(episode.assessments) != 1 or episode.closure_reason.text in _AFTER_ASSESSMENT:
        return
    (one,) = episode.assessments
    if one.authorised.given and any(field.text == AssessmentFactor.NONE_FOUND for field in one.factors):
        yield Fault(episode.closure_reason)


def _factor_twice(one: Assessment, _: Episode, __: Period) -> Iterable[Fault]:
    return repeated(one.factors)


def _physical_abuse_by_whom(one: Assessment, _: Episode, __: Period) -> Iterator[Fault]:
    yield from (Fault(field, field) for field in one.factors if field.text.upper() == "18A")


def _sexual_abuse_by_whom(one: Assessment, _: Episode, __: Period) -> Iterator[Fault]:
    yield from (Fault(field, field) for field in one.factors if field.text.upper() == "19A")


RULES = (
    Rule("1103", "An assessment does not start before its referral.", Level.ERROR, each(_of, _before_referral)),
    Rule("8608", "An assessment has a start, and does not end before it.", Level.ERROR, each(_of, _ends_before_start)),
    Rule("8696", "An assessment ends in the census year.", Level.ERROR, each(_of, _ends_outside)),
    Rule("8736", "An open assessment started in the census year.", Level.ERROR, each(_of, _open_from_outside)),
    Rule(
        "8670Q",
        "An assessment is not open for more than 45 working days.",
        Level.QUERY,
        each(_of, _open_for_long),
    ),
    Rule("8896", "An episode has at most one open assessment.", Level.ERROR, each_episode(_open_twice), between=True),
    Rule("8863Q", "No assessment starts while another goes on.", Level.QUERY, each_episode(_overlap)),
    Rule("8614", "Only a completed assessment has factors.", Level.ERROR, each(_of, _factors_too_early)),
    Rule("8897Q", "A completed assessment has factors, each with its code.", Level.QUERY, each(_of, _factors_missing)),
    Rule("8869", "Factor 21, none found, stands alone.", Level.ERROR, each(_of, _none_found_with_others)),
    Rule(
        "8873Q",
        "A case whose one assessment found no factor is closed with RC8 or RC9.",
        Level.QUERY,
        each_episode(_none_found_but_kept),
    ),
    Rule("8898", "An assessment has no factor twice.", Level.ERROR, each(_of, _factor_twice)),
    Rule("8945Q", "Factor 18A is retired: 18B or 18C.", Level.QUERY, each(_of, _physical_abuse_by_whom)),
    Rule("8950Q", "Factor 19A is retired: 19B or 19C.", Level.QUERY, each(_of, _sexual_abuse_by_whom)),
)
