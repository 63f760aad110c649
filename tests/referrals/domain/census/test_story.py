"""An episode of the census told as steps, in the order in which they happened."""

import io
import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.codes import (
    AssessmentFactor,
    AssessmentOutcome,
    CategoryOfAbuse,
    ClosureReason,
    ReferralSource,
    Section47Outcome,
)
from services.referrals import census_file
from services.referrals.domain.census.findings import period_of
from services.referrals.domain.census.judgement import judge
from services.referrals.domain.census.story import EpisodeStory, Kind, Step, stories_of
from tests.referrals.census.builders import (
    FACTOR,
    REVIEW,
    A,
    Changes,
    E,
    Invented,
    N,
    P,
    S,
    child_xml,
    file_of,
    invented_file,
)

_CLOSED: Changes = {E + "CINclosureDate": "2026-01-05", E + "ReasonForClosure": "RC7"}


def stories(*changes: Changes) -> tuple[EpisodeStory, ...]:
    header, children = census_file.read(io.BytesIO(file_of(child_xml(*changes))))
    admitted = judge(next(children), period_of(header)).admitted
    assert admitted is not None
    return stories_of(admitted, period_of(header))


def story(*changes: Changes) -> EpisodeStory:
    (only,) = stories(*changes)
    return only


def told(*changes: Changes) -> list[tuple[Kind, str]]:
    return [(step.kind, step.on.isoformat()) for step in story(*changes).steps]


def step(kind: Kind, *changes: Changes) -> Step:
    return next(one for one in story(*changes).steps if one.kind is kind)


def test_the_steps_stand_in_the_order_in_which_they_happened() -> None:
    assert told(_CLOSED) == [
        (Kind.START_ASSESSMENT, "2025-05-06"),
        (Kind.START_ENQUIRY, "2025-05-08"),
        (Kind.START_PLAN, "2025-05-08"),
        (Kind.END_PLAN, "2025-05-29"),
        (Kind.START_PROTECTION, "2025-05-29"),
        (Kind.AUTHORISE_ASSESSMENT, "2025-06-20"),
        (Kind.HOLD_REVIEW, "2025-08-20"),
        (Kind.CHANGE_CATEGORY, "2025-08-20"),
        (Kind.END_PROTECTION, "2026-01-05"),
    ]


def test_the_referral_and_its_closure_are_told() -> None:
    one = story(_CLOSED)

    assert (one.referred_on, one.source, one.further_action) == (
        date(2025, 5, 1),
        ReferralSource.SCHOOL,
        True,
    )
    assert (one.closed_on, one.closure_reason) == (date(2026, 1, 5), ClosureReason.RC7)


def test_a_referral_without_action_has_no_steps() -> None:
    one = story({E + "ReferralNFA": "true", A[:-1]: None, N[:-1]: None, S[:-1]: None, P[:-1]: None})

    assert (one.further_action, one.steps) == (False, ())


def test_a_source_that_was_not_collected_yet_is_unknown() -> None:
    old: Changes = {
        E + "CINreferralDate": "2012-06-01",
        E + "ReferralSource": None,
        "ChildIdentifiers/PersonBirthDate": "2010-01-15",
    }

    assert story(old).source is ReferralSource.UNKNOWN


def test_an_open_plan_ends_with_its_closed_episode() -> None:
    ending = step(Kind.END_PLAN, _CLOSED, {N + "CINPlanEndDate": None, P[:-1]: None})

    assert ending.on == date(2026, 1, 5)


def test_an_enquiry_without_a_conference_ends_on_the_last_day_for_one() -> None:
    without: Changes = {S + "DateOfInitialCPC": None, S + "ICPCnotRequired": "1", P[:-1]: None}

    ended = step(Kind.END_ENQUIRY, without)
    assert (ended.on, ended.outcome) == (date(2025, 5, 30), Section47Outcome.SERVICES)
    soon = {E + "CINclosureDate": "2025-06-20", E + "ReasonForClosure": "RC7", S + "S47ActualStartDate": "2025-06-16"}
    assert step(Kind.END_ENQUIRY, without, soon).on == date(2025, 6, 20)


def test_a_conference_that_led_to_no_plan_is_told_by_itself() -> None:
    assert (Kind.HOLD_CONFERENCE, "2025-05-29") in told({P[:-1]: None})
    assert (Kind.HOLD_CONFERENCE, "2025-05-29") not in told()


def test_a_child_who_moved_in_on_a_plan_has_the_conference_of_that_plan() -> None:
    moved: Changes = {S[:-1]: None, E + "DateOfInitialCPC": "2025-05-29"}

    assert story(moved).moved_in
    assert [kind for kind, _ in told(moved)].count(Kind.START_PROTECTION) == 1
    assert Kind.HOLD_CONFERENCE not in {kind for kind, _ in told(moved)}


def test_the_latest_category_comes_with_the_last_review_of_the_running_plan() -> None:
    two: Changes = {P + "Reviews/CPPreviewDate[2]": "2026-01-20"}

    changed = step(Kind.CHANGE_CATEGORY, two)

    assert step(Kind.START_PROTECTION, two).category is CategoryOfAbuse.EMO
    assert (changed.category, changed.on, changed.since) == (CategoryOfAbuse.NEG, date(2026, 1, 20), date(2025, 5, 29))
    ended = step(Kind.CHANGE_CATEGORY, two, {P + "CPPendDate": "2026-01-20"})
    assert ended.on == date(2025, 8, 20)
    assert step(Kind.CHANGE_CATEGORY, {P + "Reviews": None}).on == date(2025, 5, 29)


def test_a_category_that_stayed_is_not_changed() -> None:
    same = {P + "LatestCategoryOfAbuse": "EMO"}

    assert Kind.CHANGE_CATEGORY not in {one.kind for one in story(same).steps}


def test_the_review_that_ended_a_plan_leads_to_no_plan() -> None:
    assert not step(Kind.HOLD_REVIEW, {P + "CPPendDate": "2025-08-20"}).leads_to_plan
    assert step(Kind.HOLD_REVIEW).leads_to_plan


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, AssessmentOutcome.SERVICES),
        ({N[:-1]: None, P[:-1]: None}, AssessmentOutcome.OTHER),
        ({A + FACTOR: "21", A + FACTOR + "[2]": None}, AssessmentOutcome.NFA),
        ({E + "CINclosureDate": "2025-07-01", E + "ReasonForClosure": "RC8", N[:-1]: None, S[:-1]: None, P[:-1]: None}, AssessmentOutcome.NFA),
        (
            {E + "CINclosureDate": "2025-07-01", E + "ReasonForClosure": "RC9", N[:-1]: None, S[:-1]: None, P[:-1]: None},
            AssessmentOutcome.OTHER_AGENCY,
        ),
    ],
)  # fmt: skip
def test_what_an_assessment_led_to_is_read_from_what_followed(changes: Changes, outcome: AssessmentOutcome) -> None:
    assert step(Kind.AUTHORISE_ASSESSMENT, changes).outcome == outcome


def test_an_assessment_is_finished_before_one_that_overlaps_it_starts() -> None:
    second = E + "Assessments[2]/"
    overlapping: Changes = {
        second + "AssessmentActualStartDate": "2025-06-10",
        second + "AssessmentAuthorisationDate": "2025-07-01",
        second + FACTOR: "3A",
        N[:-1]: None,
        S[:-1]: None,
        P[:-1]: None,
    }

    assert told(overlapping) == [
        (Kind.START_ASSESSMENT, "2025-05-06"),
        (Kind.AUTHORISE_ASSESSMENT, "2025-06-20"),
        (Kind.START_ASSESSMENT, "2025-06-10"),
        (Kind.AUTHORISE_ASSESSMENT, "2025-07-01"),
    ]


def test_a_plan_of_one_day_starts_before_it_ends() -> None:
    plan = [kind for kind, _ in told({N + "CINPlanEndDate": "2025-05-08"}) if kind in {Kind.START_PLAN, Kind.END_PLAN}]

    assert plan == [Kind.START_PLAN, Kind.END_PLAN]


def test_factors_are_told_with_the_authorisation() -> None:
    assert step(Kind.AUTHORISE_ASSESSMENT).factors == (
        AssessmentFactor.DOMESTIC_ABUSE_PARENT,
        AssessmentFactor.MENTAL_HEALTH_PARENT,
    )


def test_episodes_are_told_from_the_earliest() -> None:
    earlier = "CINdetails[2]/"
    before: Changes = {
        earlier + "CINreferralDate": "2025-04-10",
        earlier + "ReferralSource": "6",
        earlier + "ReferralNFA": "1",
    }

    assert [one.referred_on for one in stories(before)] == [date(2025, 4, 10), date(2025, 5, 1)]


@given(st.integers(0, 2**32))
def test_nothing_ends_before_it_began_and_everything_is_told_once(seed: int) -> None:
    header, children = census_file.read(io.BytesIO(invented_file([Invented(1, random.Random(seed).randint).xml])))
    (child,) = children

    for one in stories_of(child, period_of(header)):
        began = {(one.kind, one.on) for one in one.steps if one.on == one.since}
        assert len(set(one.steps)) == len(one.steps)
        assert all(step.since <= step.on for step in one.steps)
        assert all(one.referred_on <= step.on for step in one.steps)
        assert one.closed_on is None or all(step.on <= one.closed_on for step in one.steps)
        for ends, starts in (
            (Kind.END_PLAN, Kind.START_PLAN),
            (Kind.END_PROTECTION, Kind.START_PROTECTION),
            (Kind.AUTHORISE_ASSESSMENT, Kind.START_ASSESSMENT),
        ):
            assert all((starts, step.since) in began for step in one.steps if step.kind is ends)


def test_reviews_of_a_plan_follow_its_start() -> None:
    assert all(
        one.since == date(2025, 5, 29)
        for one in story({P + REVIEW: "2025-11-20"}).steps
        if one.kind is Kind.HOLD_REVIEW
    )
