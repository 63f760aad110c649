"""The whole-family plan, group supervision, network meetings and requests for practitioners."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.transitions import NotInThatState
from services.workbook.domain import family_plan, network_meetings, practitioner_requests, supervision
from services.workbook.domain.entries import Stage, Topic
from services.workbook.domain.family_plan import (
    Agreement,
    Answer,
    FieldTaken,
    Goal,
    GoalState,
    Need,
    NotAMember,
    NoteNeeded,
    NothingToAgree,
    Plan,
    PlanField,
    PlanState,
    Step,
    StepState,
    UnknownBase,
    UnknownField,
)
from services.workbook.domain.moments import ImplausibleDate
from services.workbook.domain.practitioner_requests import (
    AlreadyAsked,
    NeedNotRecorded,
    NotAnAdult,
    PractitionerRequest,
    Specialism,
    State,
    Urgency,
)
from services.workbook.domain.supervision import Decision, GoalProgress, GoalReview, Record, RecordIncomplete

MOTHER, FATHER, CHILD, WORKER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
MEMBERS = (MOTHER, FATHER)
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
TODAY = NOW.date()


def goal(state: GoalState = GoalState.ACTIVE, need: Need = Need.SUBSTANCE_MISUSE) -> Goal:
    return Goal(id=UUID(int=10), title="Sober evenings", state=state, need=need)


def answer(person: UUID, said: Answer, version: int = 1) -> Agreement:
    return Agreement(
        person_id=person,
        version=version,
        answer=said,
        on=TODAY,
        words="I want this.",
        recorded_by=WORKER,
        recorded_at=NOW,
    )


def plan(*agreements: Agreement, version: int = 1) -> Plan:
    return Plan(id=UUID(int=11), agreements=agreements, version=version)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([], PlanState.DRAFT),
        ([(MOTHER, Answer.AGREED)], PlanState.PARTLY_AGREED),
        ([(MOTHER, Answer.AGREED), (FATHER, Answer.AGREED)], PlanState.AGREED),
        ([(MOTHER, Answer.AGREED), (FATHER, Answer.NOT_AGREED)], PlanState.PARTLY_AGREED),
        ([(MOTHER, Answer.AGREED), (FATHER, Answer.COULD_NOT_ASK)], PlanState.PARTLY_AGREED),
        ([(MOTHER, Answer.NOT_AGREED), (FATHER, Answer.COULD_NOT_ASK)], PlanState.NOT_AGREED),
        ([(MOTHER, Answer.COULD_NOT_ASK)], PlanState.COULD_NOT_ASK),
        ([(MOTHER, Answer.NOT_AGREED), (MOTHER, Answer.AGREED), (FATHER, Answer.AGREED)], PlanState.AGREED),
    ],
)
def test_the_state_follows_from_the_members_answers(answers: list[tuple[UUID, Answer]], state: PlanState) -> None:
    made = plan(*[answer(person, said) for person, said in answers])

    assert family_plan.state_of(made, members=MEMBERS) is state


def test_a_change_to_an_answered_plan_waits_for_new_answers() -> None:
    agreed = plan(answer(MOTHER, Answer.AGREED), answer(FATHER, Answer.AGREED))

    changed = family_plan.merge(agreed, changes={"worries": "Nights."}, base_revision=1, by=WORKER)

    assert (changed.version, family_plan.state_of(changed, members=MEMBERS)) == (2, PlanState.UPDATED)
    again = family_plan.agree(
        changed, answer(MOTHER, Answer.AGREED), revision=changed.revision, members=MEMBERS, goals=[goal()]
    )
    assert family_plan.state_of(again, members=MEMBERS) is PlanState.PARTLY_AGREED


def test_a_change_to_a_draft_stays_the_same_version() -> None:
    changed = family_plan.merge(plan(), changes={"worries": "Nights."}, base_revision=1, by=WORKER)

    assert (changed.version, changed.revision) == (1, 2)


def test_a_superseded_plan_says_so() -> None:
    assert family_plan.state_of(replace(plan(), superseded=True), members=MEMBERS) is PlanState.SUPERSEDED


def test_changes_of_different_fields_merge() -> None:
    first = family_plan.merge(plan(), changes={"worries": "Nights."}, base_revision=1, by=WORKER)

    second = family_plan.merge(first, changes={"strengths": "Grandmother."}, base_revision=1, by=MOTHER)

    assert {key: held.value for key, held in second.fields.items()} == {
        PlanField.WORRIES: "Nights.",
        PlanField.STRENGTHS: "Grandmother.",
    }


def test_changes_of_the_same_field_are_refused_with_both_values() -> None:
    first = family_plan.merge(plan(), changes={"worries": "Nights."}, base_revision=1, by=WORKER)

    with pytest.raises(FieldTaken) as refused:
        family_plan.merge(first, changes={"worries": "Mornings.", "strengths": "x"}, base_revision=1, by=MOTHER)

    assert refused.value.facts["conflicts"] == [
        {"field": "worries", "theirs": "Nights.", "yours": "Mornings.", "by": str(WORKER)}
    ]
    assert "Nights" not in refused.value.detail


def test_a_field_or_a_base_from_nowhere_is_refused() -> None:
    with pytest.raises(UnknownField):
        family_plan.merge(plan(), changes={"state": "agreed"}, base_revision=1, by=WORKER)
    for base in (0, 2):
        with pytest.raises(UnknownBase):
            family_plan.merge(plan(), changes={}, base_revision=base, by=WORKER)


edits = st.lists(
    st.tuples(st.sampled_from(PlanField), st.text(max_size=3), st.integers(0, 3), st.booleans()), max_size=12
)


@given(edits)
def test_no_edit_is_ever_lost_silently(said: list[tuple[PlanField, str, int, bool]]) -> None:
    made = plan()
    expected: dict[PlanField, str] = {}
    for key, value, behind, answered in said:
        if answered:
            made = family_plan.agree(
                made, answer(MOTHER, Answer.AGREED), revision=made.revision, members=MEMBERS, goals=[goal()]
            )
        base = max(1, made.revision - behind)
        held = made.fields.get(key)
        try:
            made = family_plan.merge(made, changes={key: value}, base_revision=base, by=WORKER)
        except FieldTaken:
            assert held is not None
            assert held.revision > base
            assert held.value != value
        else:
            expected[key] = value

    assert {key: held.value for key, held in made.fields.items()} == expected


def test_only_members_agree_and_only_to_a_plan_with_a_goal() -> None:
    with pytest.raises(NotAMember):
        family_plan.agree(plan(), answer(WORKER, Answer.AGREED), revision=1, members=MEMBERS, goals=[goal()])
    with pytest.raises(NothingToAgree):
        family_plan.agree(
            plan(), answer(MOTHER, Answer.AGREED), revision=1, members=MEMBERS, goals=[goal(GoalState.REMOVED)]
        )


def test_a_goal_is_achieved_removed_with_a_note_and_may_return() -> None:
    achieved = family_plan.say_to_goal(goal(), "achieve", on=TODAY)
    with pytest.raises(NoteNeeded):
        family_plan.say_to_goal(goal(), "remove", on=TODAY)
    removed = family_plan.say_to_goal(goal(), "remove", on=TODAY, note="Not what we want.")

    assert (achieved.state, achieved.achieved_on) == (GoalState.ACHIEVED, TODAY)
    assert family_plan.say_to_goal(removed, "restore", on=TODAY).state is GoalState.ACTIVE
    assert family_plan.say_to_goal(achieved, "restore", on=TODAY).achieved_on is None


def test_a_step_that_cannot_be_done_yet_says_why() -> None:
    step = Step(id=UUID(int=12), goal_id=UUID(int=10), what="Call the clinic", owner_id=MOTHER)

    with pytest.raises(NoteNeeded):
        family_plan.say_to_step(step, "block")
    blocked = family_plan.say_to_step(step, "block", note="No telephone.")
    assert family_plan.say_to_step(blocked, "start").state is StepState.IN_PROGRESS
    assert family_plan.say_to_step(step, "complete").state is StepState.COMPLETED


def test_the_needs_of_a_plan_are_those_of_its_present_goals() -> None:
    removed = replace(goal(GoalState.REMOVED), need=Need.HOUSING)

    assert family_plan.needs_in([goal(), removed]) == {Need.SUBSTANCE_MISUSE}


def said(**more: Any) -> Record:
    made = Record(
        held_on=date(2025, 6, 2),
        chair_id=WORKER,
        attendees=(supervision.Attendee(WORKER, "team_manager", "council"),),
        goals=(GoalReview(UUID(int=10), GoalProgress.BETTER),),
        stages=(supervision.AdultStage(MOTHER, Topic.ALCOHOL, Stage.ACTION),),
        risk_statement="Evenings are calmer; the father's drinking is not known.",
        actions=(supervision.Action(UUID(int=13), "Ask the GP", WORKER, date(2025, 6, 9)),),
        decision=Decision.CONTINUE,
        next_on=date(2025, 7, 1),
    )
    return replace(made, **more)


def planned(state: supervision.State = supervision.State.SCHEDULED) -> supervision.Supervision:
    return supervision.Supervision(id=UUID(int=14), cycle_id=UUID(int=15), state=state, planned_on=date(2025, 6, 2))


def record(made: Record) -> supervision.Supervision:
    return supervision.record(
        planned(), made, cycle_opened_on=date(2025, 5, 2), today=TODAY, goals=frozenset({UUID(int=10)})
    )


def test_a_group_supervision_is_recorded_with_all_that_was_said() -> None:
    done = record(said())

    assert done.state is supervision.State.RECORDED
    assert done.record == said()


@pytest.mark.parametrize(
    "lack",
    [
        {"attendees": ()},
        {"goals": ()},
        {"goals": (GoalReview(UUID(int=10), GoalProgress.SAME), GoalReview(UUID(int=99), GoalProgress.SAME))},
        {"next_on": None},
    ],
)
def test_a_record_that_lacks_something_is_refused(lack: dict[str, Any]) -> None:
    with pytest.raises(RecordIncomplete):
        record(said(**lack))


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_on": date(2025, 6, 3)},
        {"held_on": date(2025, 5, 1)},
        {"next_on": date(2025, 6, 2)},
        {"actions": (supervision.Action(UUID(int=13), "x", WORKER, date(2025, 6, 1)),)},
    ],
)
def test_a_record_with_dates_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImplausibleDate):
        record(said(**wrong))


def test_the_last_supervision_needs_no_next_date() -> None:
    assert record(said(decision=Decision.CLOSE, next_on=None)).state is supervision.State.RECORDED


def test_a_supervision_is_held_then_recorded_or_missed() -> None:
    assert supervision.hold(planned()).state is supervision.State.HELD
    missed = supervision.miss(planned(), reason="no_chair")
    assert (missed.state, missed.missed_reason) == (supervision.State.MISSED, "no_chair")
    with pytest.raises(NotInThatState):
        supervision.miss(planned(supervision.State.HELD), reason="no_chair")


def test_a_network_meeting_runs_from_offer_to_review() -> None:
    offered = network_meetings.Meeting(
        id=UUID(int=16), state=network_meetings.State.OFFERED, offered_on=date(2025, 6, 2)
    )

    accepted = network_meetings.accept(offered, on=date(2025, 6, 4), by=(MOTHER,))
    dated = network_meetings.plan(accepted, for_date=date(2025, 6, 20))
    held = network_meetings.hold(dated, on=date(2025, 6, 20), attendees=9)
    made = network_meetings.make_plan(held, family_plan="Grandmother comes each day.")
    reviewed = network_meetings.review(made, on=date(2025, 7, 20))

    assert [m.state for m in (accepted, dated, held, made, reviewed)] == [
        "accepted", "planned", "held", "plan_made", "reviewed",
    ]  # fmt: skip
    assert (reviewed.offered_on, reviewed.accepted_by) == (date(2025, 6, 2), (MOTHER,))
    with pytest.raises(network_meetings.ProposalNeeded):
        network_meetings.make_plan(held, family_plan=None)


def test_a_declined_meeting_may_still_be_accepted_and_never_before_its_offer() -> None:
    offered = network_meetings.Meeting(
        id=UUID(int=16), state=network_meetings.State.OFFERED, offered_on=date(2025, 6, 2)
    )
    declined = network_meetings.decline(offered, on=date(2025, 6, 3))

    assert network_meetings.accept(declined, on=date(2025, 6, 9), by=(MOTHER,)).state == "accepted"
    with pytest.raises(ImplausibleDate):
        network_meetings.accept(offered, on=date(2025, 6, 1), by=(MOTHER,))


def request(state: State = State.ASKED, specialism: Specialism = Specialism.SUBSTANCE_MISUSE) -> PractitionerRequest:
    return PractitionerRequest(
        id=UUID(int=17), adult_id=MOTHER, specialism=specialism, urgency=Urgency.ROUTINE, state=state,
        reason="Drinks in the evenings.", asked_by=WORKER, asked_at=NOW,
    )  # fmt: skip


def ask(made: PractitionerRequest, *others: PractitionerRequest, needs: set[Need]) -> PractitionerRequest:
    return practitioner_requests.ask(made, adults=frozenset({MOTHER, FATHER}), needs=frozenset(needs), others=others)


def test_a_practitioner_is_asked_for_a_need_that_is_recorded() -> None:
    assert ask(request(), needs={Need.SUBSTANCE_MISUSE}).state is State.ASKED
    with pytest.raises(NeedNotRecorded, match="the need substance_misuse"):
        ask(request(), needs={Need.MENTAL_HEALTH})
    with pytest.raises(NotAnAdult):
        ask(replace(request(), adult_id=CHILD), needs={Need.SUBSTANCE_MISUSE})


@pytest.mark.parametrize("specialism", [Specialism.DOMESTIC_ABUSE_VICTIM, Specialism.DOMESTIC_ABUSE_PERPETRATOR])
def test_one_need_lets_both_kinds_of_domestic_abuse_practitioner_be_asked(specialism: Specialism) -> None:
    assert ask(request(specialism=specialism), needs={Need.DOMESTIC_ABUSE})


@pytest.mark.parametrize("state", list(State))
def test_an_adult_has_one_open_request_of_a_kind(state: State) -> None:
    other = replace(request(state), id=UUID(int=18))

    if state in practitioner_requests.OPEN:
        with pytest.raises(AlreadyAsked):
            ask(request(), other, needs={Need.SUBSTANCE_MISUSE})
    else:
        assert ask(request(), other, needs={Need.SUBSTANCE_MISUSE})


def test_factors_of_the_assessment_stand_for_needs() -> None:
    assert practitioner_requests.needs_of(["1B", "2C", "3A", "4B", "20", "7A"]) == {
        Need.SUBSTANCE_MISUSE, Need.DOMESTIC_ABUSE, Need.MENTAL_HEALTH,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        (["waitlisted", "accepted", "engaged", "held", "resumed", "completed"], State.COMPLETED),
        (["declined"], State.DECLINED),
        (["accepted", "ended_early"], State.ENDED_EARLY),
        (["accepted", "cancelled"], State.CANCELLED),
        (["accepted", "engaged", "accepted"], State.ENGAGED),
    ],
)
def test_the_request_mirrors_what_the_agency_does(happened: list[str], state: State) -> None:
    mirrored = request()
    for event in happened:
        mirrored = practitioner_requests.mirror(
            mirrored, event, partner_request_id=UUID(int=19), practitioner_id=UUID(int=20)
        )

    assert (mirrored.state, mirrored.practitioner_id) == (state, UUID(int=20))


def test_the_next_agency_is_asked_when_one_declines_and_the_first_has_no_say_any_more() -> None:
    first, second = UUID(int=19), UUID(int=21)
    declined = practitioner_requests.mirror(request(), "declined", partner_request_id=first)
    asked = practitioner_requests.mirror(declined, "opened", partner_request_id=second, agency_id=UUID(int=22))

    late = practitioner_requests.mirror(asked, "declined", partner_request_id=first)

    assert (asked.state, asked.partner_request_id, asked.agency_id) == (State.ASKED, second, UUID(int=22))
    assert late == asked


def test_another_practitioner_takes_over() -> None:
    engaged = replace(request(State.ENGAGED), partner_request_id=UUID(int=19), practitioner_id=UUID(int=20))

    after = practitioner_requests.mirror(
        engaged, "reassigned", partner_request_id=UUID(int=19), practitioner_id=UUID(int=23)
    )

    assert (after.state, after.practitioner_id) == (State.ENGAGED, UUID(int=23))


def test_what_was_withdrawn_stays_withdrawn_whatever_crosses_on_the_way() -> None:
    withdrawn = practitioner_requests.withdraw(request())

    crossed = practitioner_requests.mirror(withdrawn, "accepted", partner_request_id=UUID(int=19))

    assert crossed.state is State.CANCELLED
    with pytest.raises(NotInThatState):
        practitioner_requests.withdraw(request(State.ENGAGED))
