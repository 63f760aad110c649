"""Assessments, enquiries and conferences, with the rules of the census."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.codes import AssessmentFactor, AssessmentOutcome, CategoryOfAbuse, Section47Outcome
from libs.kernel.transitions import NotInThatState
from services.workbook.domain import assessments, conferences, enquiries
from services.workbook.domain.assessments import (
    AnotherAssessmentOpen,
    Assessment,
    FactorsImpossible,
    NoSignedChapter,
)
from services.workbook.domain.chapters import Chapter, ChapterRole, Section, SectionKey
from services.workbook.domain.chapters import State as ChapterState
from services.workbook.domain.conferences import ChildDecision, Conference, ConferenceImpossible, Kind
from services.workbook.domain.enquiries import AnotherEnquiryOpen, Enquiry
from services.workbook.domain.moments import ImplausibleDate

CHILD, SIBLING, MANAGER = UUID(int=1), UUID(int=2), UUID(int=3)
REFERRED = date(2025, 4, 10)
NOW = datetime(2025, 5, 1, 10, tzinfo=UTC)


def assessment(**more: object) -> Assessment:
    made = Assessment(
        id=UUID(int=9),
        state=assessments.State.STARTED,
        children=(CHILD,),
        referred_on=REFERRED,
        started_on=date(2025, 4, 14),
    )
    return replace(made, **more)


def test_both_ways_of_counting_45_working_days_are_given() -> None:
    done = assessments.authorise(
        assessment(), by=MANAGER, on=date(2025, 6, 18), factors=[AssessmentFactor("3B")],
        outcome=AssessmentOutcome.SERVICES,
    )  # fmt: skip

    counted = assessments.durations(done)

    assert (counted.from_referral, counted.due_on, counted.in_time) == (45, date(2025, 6, 18), True)
    assert counted.from_start == 43


def test_a_day_later_is_late_by_the_limit_of_guidance() -> None:
    done = replace(assessment(), authorised_on=date(2025, 6, 19))

    assert assessments.durations(done).in_time is False
    assert assessments.durations(assessment()).from_referral is None


def test_an_assessment_never_starts_before_the_referral() -> None:
    with pytest.raises(ImplausibleDate) as refused:
        assessments.start(assessment(started_on=date(2025, 4, 9)), others=[])

    assert refused.value.facts["rule"] == "1103"


def test_one_assessment_of_a_child_is_open_at_a_time() -> None:
    with pytest.raises(AnotherAssessmentOpen):
        assessments.start(assessment(children=(SIBLING, CHILD)), others=[assessment(id=UUID(int=8))])
    started = assessments.start(assessment(children=(SIBLING,)), others=[assessment(id=UUID(int=8))])
    assert started.state is assessments.State.STARTED


@pytest.mark.parametrize(("codes", "rule"), [((), "8897Q"), (("3B", "3B"), "8898"), (("21", "3B"), "8869")])
def test_factors_that_cannot_be_so_are_refused(codes: tuple[str, ...], rule: str) -> None:
    with pytest.raises(FactorsImpossible) as refused:
        assessments.check_factors([AssessmentFactor(code) for code in codes])

    assert refused.value.facts["rule"] == rule


def test_factor_21_goes_only_with_no_further_action() -> None:
    none = [AssessmentFactor.NONE_FOUND]

    with pytest.raises(FactorsImpossible):
        assessments.authorise(
            assessment(), by=MANAGER, on=date(2025, 5, 1), factors=none, outcome=AssessmentOutcome.SERVICES
        )
    done = assessments.authorise(
        assessment(), by=MANAGER, on=date(2025, 5, 1), factors=none, outcome=AssessmentOutcome.NFA
    )
    assert done.factors == (AssessmentFactor.NONE_FOUND,)


def test_it_is_authorised_once_and_not_before_it_started() -> None:
    with pytest.raises(ImplausibleDate):
        assessments.authorise(
            assessment(), by=MANAGER, on=date(2025, 4, 13), factors=[AssessmentFactor("3B")],
            outcome=AssessmentOutcome.NFA,
        )  # fmt: skip
    with pytest.raises(NotInThatState):
        assessments.authorise(
            assessment(state=assessments.State.AUTHORISED), by=MANAGER, on=date(2025, 5, 1),
            factors=[AssessmentFactor("3B")], outcome=AssessmentOutcome.NFA,
        )  # fmt: skip


def test_it_is_composed_from_signed_chapters_in_versions() -> None:
    section = Section(key=SectionKey.ANALYSIS, text="What we think.", revision=2, by=UUID(int=9), at=NOW)
    signed = Chapter(
        id=UUID(int=20), cycle_id=UUID(int=30), role=ChapterRole.SOCIAL_WORKER, author_id=UUID(int=9),
        state=ChapterState.SIGNED, sections=(section,), signed_at=NOW, revision=4,
    )  # fmt: skip

    first = assessments.compose(assessment(), chapters=[signed])
    second = assessments.compose(first, chapters=[signed, replace(signed, id=UUID(int=21))])

    assert (first.version, second.version, len(second.sections)) == (1, 2, 2)
    with pytest.raises(NoSignedChapter):
        assessments.compose(assessment(), chapters=[replace(signed, signed_at=None)])


def enquiry(started_on: date = date(2025, 4, 10), **more: object) -> Enquiry:
    made = Enquiry(
        id=UUID(int=30),
        child_id=CHILD,
        state=enquiries.State.STARTED,
        started_on=started_on,
        conference_due_on=enquiries.conference_target(started_on),
    )
    return replace(made, **more)


def test_the_conference_is_due_15_working_days_after_the_strategy_discussion() -> None:
    assert enquiry().conference_due_on == date(2025, 5, 6)


def test_an_enquiry_never_starts_before_the_referral_nor_beside_another() -> None:
    with pytest.raises(ImplausibleDate):
        enquiries.start(enquiry(date(2025, 4, 9)), others=[], referred_on=REFERRED)
    with pytest.raises(AnotherEnquiryOpen) as open_one:
        enquiries.start(enquiry(), others=[enquiry()], referred_on=REFERRED)
    ended = enquiries.end(enquiry(), on=date(2025, 4, 30), outcome=Section47Outcome.SERVICES)
    with pytest.raises(AnotherEnquiryOpen) as overlap:
        enquiries.start(enquiry(date(2025, 4, 29)), others=[ended], referred_on=REFERRED)

    assert (open_one.value.facts["rule"], overlap.value.facts["rule"]) == ("8839", "8890")
    assert enquiries.start(enquiry(date(2025, 4, 30)), others=[ended], referred_on=REFERRED)
    assert enquiries.start(replace(enquiry(), child_id=SIBLING), others=[enquiry()], referred_on=REFERRED)


def test_an_enquiry_never_reaches_into_one_that_was_recorded_before_and_began_after_it() -> None:
    held = enquiries.end(enquiry(date(2025, 5, 5)), on=date(2025, 5, 14), outcome=Section47Outcome.SERVICES)

    with pytest.raises(AnotherEnquiryOpen):
        enquiries.start(enquiry(date(2025, 5, 1)), others=[held], referred_on=REFERRED)


def test_an_enquiry_ends_with_a_conference_or_without() -> None:
    with_one = enquiries.conference(enquiry(), on=date(2025, 5, 6))
    without = enquiries.end(enquiry(), on=date(2025, 4, 20), outcome=Section47Outcome.NFA)

    assert (with_one.outcome, with_one.conference_on) == (Section47Outcome.CP_CONFERENCE, date(2025, 5, 6))
    assert (without.state, without.conference_on) == (enquiries.State.ENDED, None)
    with pytest.raises(ImplausibleDate):
        enquiries.end(enquiry(), on=date(2025, 4, 9), outcome=Section47Outcome.NFA)


def conference(held_on: date = date(2025, 5, 6), kind: Kind = Kind.INITIAL, *decisions: ChildDecision) -> Conference:
    said = decisions or (ChildDecision(CHILD, plan=True, category=CategoryOfAbuse.EMO),)
    return Conference(id=UUID(int=40), kind=kind, held_on=held_on, decisions=said, agencies=2)


def record(meeting: Conference) -> Conference:
    return conferences.record(meeting, referred_on=REFERRED, today=date(2025, 9, 1))


def test_a_conference_names_the_children_who_get_a_plan() -> None:
    held = record(
        conference(
            date(2025, 5, 6), Kind.INITIAL,
            ChildDecision(CHILD, plan=True, category=CategoryOfAbuse.EMO), ChildDecision(SIBLING, plan=False),
        )
    )  # fmt: skip

    assert [decision.child_id for decision in held.planned] == [CHILD]
    assert held.quorate is True


def test_too_few_agencies_are_not_a_quorum() -> None:
    assert replace(conference(), agencies=1).quorate is False
    assert replace(conference(), agencies=None).quorate is None


@pytest.mark.parametrize(
    ("day", "rule"), [(date(2025, 5, 10), "8875"), (date(2025, 4, 9), "1104"), (date(2025, 9, 2), None)]
)
def test_a_conference_is_on_a_weekday_after_the_referral_and_not_in_the_future(day: date, rule: str | None) -> None:
    with pytest.raises(ImplausibleDate) as refused:
        record(conference(day))

    assert refused.value.facts.get("rule") == rule


def test_a_core_group_may_be_at_a_weekend_but_gives_no_category() -> None:
    assert record(conference(date(2025, 5, 10), Kind.CORE_GROUP, ChildDecision(CHILD, plan=True)))
    with pytest.raises(ConferenceImpossible):
        record(
            conference(date(2025, 5, 9), Kind.CORE_GROUP, ChildDecision(CHILD, plan=True, category=CategoryOfAbuse.EMO))
        )


@pytest.mark.parametrize(
    "decisions",
    [(ChildDecision(CHILD, plan=True),), (ChildDecision(CHILD, plan=False), ChildDecision(CHILD, plan=False))],
)
def test_a_plan_has_a_category_and_a_child_stands_once(decisions: tuple[ChildDecision, ...]) -> None:
    with pytest.raises(ConferenceImpossible):
        record(conference(date(2025, 5, 6), Kind.INITIAL, *decisions))
