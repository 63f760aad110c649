"""Rules on child in need plans, which never run beside a child protection plan."""

from collections.abc import Iterator

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
from services.referrals.domain.census.records import Child, CinPlan, Episode, Field, ProtectionPlan


def _of(episode: Episode) -> tuple[CinPlan, ...]:
    return episode.cin_plans


def _before_referral(plan: CinPlan, episode: Episode, _: Period) -> Iterator[Fault]:
    if is_before(plan.start, episode.referral_date):
        yield Fault(plan.start, plan)


def _start(plan: CinPlan, _: Episode, period: Period) -> Iterator[Fault]:
    if plan.start.day is None or plan.start.day > period.last:
        yield Fault(plan.start, plan)


def _ends_before_start(plan: CinPlan, _: Episode, __: Period) -> Iterator[Fault]:
    if is_before(plan.end, plan.start):
        yield Fault(plan.end, plan)


def _of_one_day(plan: CinPlan, _: Episode, __: Period) -> Iterator[Fault]:
    if plan.start.day is not None and plan.start.day == plan.end.day:
        yield Fault(plan.end)


def _ends_outside(plan: CinPlan, _: Episode, period: Period) -> Iterator[Fault]:
    yield from outside(plan.end, period, of=plan)


def _open_twice(episode: Episode, _: Period) -> Iterator[Fault]:
    running = [plan for plan in episode.cin_plans if not plan.end.given]
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
            yield Fault(plan.end)


# Where the two kinds of plan collide, the child protection plan is kept: it is the one that must not get lost.
def _both_open(episode: Episode, _: Period) -> Iterator[Fault]:
    if any(not plan.end.given for plan in episode.protection_plans):
        for plan in episode.cin_plans:
            if plan.start.given and not plan.end.given:
                yield Fault(plan.end, plan)


def _review_during(child: Child, _: Period) -> Iterator[Fault]:
    for plan in _all(child):
        for protection in _protection(child):
            for review in protection.reviews:
                if review.text != protection.end.text and _runs_on(plan, review):
                    within = not is_before(review, protection.start) and not is_before(protection.end, review)
                    yield Fault(review, plan if within else review)


def _starts_during_protection(child: Child, _: Period) -> Iterator[Fault]:
    for plan in _all(child):
        if any(_runs_on(protection, plan.start) for protection in _protection(child)):
            yield Fault(plan.start, plan)


def _protection_starts_during(child: Child, _: Period) -> Iterator[Fault]:
    for plan in _all(child):
        if any(_runs_on(plan, protection.start) for protection in _protection(child)):
            yield Fault(plan.end, plan)


def _all(child: Child) -> tuple[CinPlan, ...]:
    return tuple(plan for episode in child.episodes for plan in episode.cin_plans)


def _protection(child: Child) -> tuple[ProtectionPlan, ...]:
    return tuple(plan for episode in child.episodes for plan in episode.protection_plans)


def _runs_on(plan: CinPlan | ProtectionPlan, field: Field) -> bool:
    if plan.start.day is None or field.day is None or field.day < plan.start.day:
        return False
    return plan.end.day is None or field.day < plan.end.day


RULES = (
    Rule("4015", "A CIN plan does not start before its referral.", Level.ERROR, each(_of, _before_referral)),
    Rule("4010", "A CIN plan has a start, not after the census year.", Level.ERROR, each(_of, _start)),
    Rule("4011", "A CIN plan does not end before its start.", Level.ERROR, each(_of, _ends_before_start)),
    Rule("4012Q", "A CIN plan lasts longer than a day.", Level.QUERY, each(_of, _of_one_day)),
    Rule("4013", "A CIN plan ends in the census year.", Level.ERROR, each(_of, _ends_outside)),
    Rule("4004", "An episode has at most one open CIN plan.", Level.ERROR, each_episode(_open_twice), between=True),
    Rule("4014", "CIN plans of a child do not overlap.", Level.ERROR, _overlap, between=True),
    Rule("4008", "A CIN plan does not start after the child's death.", Level.ERROR, _starts_after_death),
    Rule("4009Q", "A CIN plan does not end after the child's death.", Level.QUERY, _ends_after_death),
    Rule(
        "4001",
        "A CIN plan and a child protection plan are not both open.",
        Level.ERROR,
        each_episode(_both_open),
        between=True,
    ),
    Rule("4003", "No child protection plan is reviewed during a CIN plan.", Level.ERROR, _review_during, between=True),
    Rule(
        "4016",
        "No CIN plan starts during a child protection plan.",
        Level.ERROR,
        _starts_during_protection,
        between=True,
    ),
    Rule(
        "4017",
        "No child protection plan starts during a CIN plan.",
        Level.ERROR,
        _protection_starts_during,
        between=True,
    ),
)
