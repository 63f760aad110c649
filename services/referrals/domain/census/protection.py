"""Rules on child protection plans, which start on the day of their conference."""

from collections.abc import Iterator

from libs.kernel.codes import CategoryOfAbuse
from services.referrals.domain.census.findings import (
    Fault,
    Level,
    Period,
    Rule,
    Span,
    each,
    is_before,
    not_a_code,
    outside,
    overlapping,
    wrong_of,
)
from services.referrals.domain.census.records import Child, Episode, ProtectionPlan


def _of(episode: Episode) -> tuple[ProtectionPlan, ...]:
    return episode.protection_plans


def _before_referral(plan: ProtectionPlan, episode: Episode, _: Period) -> Iterator[Fault]:
    if is_before(plan.start, episode.referral_date):
        yield Fault(plan.start, plan)


def _not_on_its_conference(plan: ProtectionPlan, episode: Episode, period: Period) -> Iterator[Fault]:
    # The conference of a plan from before the census year stands in the file of that year.
    if plan.start.day is None or not period.covers(plan.start.day):
        return
    if plan.start.day not in {held.day for held in episode.conferences}:
        yield Fault(plan.start, plan)


def _start(plan: ProtectionPlan, _: Episode, period: Period) -> Iterator[Fault]:
    if plan.start.day is None or plan.start.day > period.last:
        yield Fault(plan.start, plan)


def _ends_before_start(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    if is_before(plan.end, plan.start):
        yield Fault(plan.end, plan)


def _of_no_length(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    if plan.start.day is not None and plan.start.day == plan.end.day:
        yield Fault(plan.end, plan)


def _ends_outside(plan: ProtectionPlan, _: Episode, period: Period) -> Iterator[Fault]:
    yield from outside(plan.end, period, of=plan)


def _initial_category(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    yield from not_a_code(plan.initial_category, CategoryOfAbuse, of=plan)


def _latest_category(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    yield from not_a_code(plan.latest_category, CategoryOfAbuse, of=plan)


def _previous_plans(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    if plan.previous.count is None:
        yield Fault(plan.previous, plan)


def _review_not_after_start(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    for review in plan.reviews:
        if review.day is not None and plan.start.day is not None and review.day <= plan.start.day:
            yield Fault(review, review)


def _review_without_date(plan: ProtectionPlan, _: Episode, __: Period) -> Iterator[Fault]:
    yield from (Fault(review, review) for review in plan.reviews if not review.given)


def _open_twice(child: Child, _: Period) -> Iterator[Fault]:
    running = [plan for plan in _all(child) if not plan.end.given]
    latest = max(running, key=lambda plan: plan.start.text, default=None)
    yield from (Fault(plan.end, plan) for plan in running if plan is not latest)


def _overlap(child: Child, _: Period) -> Iterator[Fault]:
    spans = (Span(plan, plan.start, plan.end.day) for plan in _all(child))
    for earlier, later in overlapping(spans, touching=True):
        yield Fault(later.start, wrong_of(earlier, later).record)


def _starts_after_death(child: Child, _: Period) -> Iterator[Fault]:
    for plan in _all(child):
        if is_before(child.death_date, plan.start):
            yield Fault(plan.start, plan)


def _ends_after_death(child: Child, _: Period) -> Iterator[Fault]:
    for plan in _all(child):
        if is_before(child.death_date, plan.end):
            yield Fault(plan.end, plan)


def _all(child: Child) -> tuple[ProtectionPlan, ...]:
    return tuple(plan for episode in child.episodes for plan in episode.protection_plans)


RULES = (
    Rule(
        "1105", "A child protection plan does not start before its referral.", Level.ERROR, each(_of, _before_referral)
    ),
    Rule(
        "2885",
        "A child protection plan starts on the day of its conference.",
        Level.ERROR,
        each(_of, _not_on_its_conference),
    ),
    Rule("8720", "A child protection plan has a start, not after the census year.", Level.ERROR, each(_of, _start)),
    Rule("8925", "A child protection plan does not end before its start.", Level.ERROR, each(_of, _ends_before_start)),
    Rule("8840", "A child protection plan lasts longer than a day.", Level.ERROR, each(_of, _of_no_length)),
    Rule("8930", "A child protection plan ends in the census year.", Level.ERROR, each(_of, _ends_outside)),
    Rule("8905", "The initial category of abuse is one of its codes.", Level.ERROR, each(_of, _initial_category)),
    Rule("8910", "The latest category of abuse is one of its codes.", Level.ERROR, each(_of, _latest_category)),
    Rule("8730", "The number of previous plans is given, 0 or more.", Level.ERROR, each(_of, _previous_plans)),
    Rule("8841", "A review is after the start of its plan.", Level.ERROR, each(_of, _review_not_after_start)),
    Rule("8842Q", "A review has a date.", Level.QUERY, each(_of, _review_without_date)),
    Rule("8935", "A child has at most one open child protection plan.", Level.ERROR, _open_twice, between=True),
    Rule("8940", "Child protection plans of a child do not overlap.", Level.ERROR, _overlap, between=True),
    Rule("8915", "A child protection plan does not start after the child's death.", Level.ERROR, _starts_after_death),
    Rule("8920", "A child protection plan does not end after the child's death.", Level.ERROR, _ends_after_death),
)
