"""The family's one workbook: levels, step-down, the close guard and coming back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.codes import ClosureReason
from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.workbook.domain import workbook
from services.workbook.domain.levels import (
    Direction,
    Level,
    NotAStepUp,
    SpellKind,
    direction,
    level_after,
    level_of_merged,
    step_up,
)
from services.workbook.domain.moments import ImplausibleDate, plausible_date, plausible_moment
from services.workbook.domain.workbook import (
    ClosureReasonNotPossible,
    LooseEnds,
    State,
    StatutoryPlanOpen,
    StillOpen,
    WithEarlyHelp,
    Workbook,
)

CYCLE = UUID(int=7)
NOTHING_LEFT = LooseEnds(cycle_id=CYCLE, supervised=True)
MANAGER = frozenset({Role.TEAM_MANAGER})


def opened(state: State = State.ACTIVE, level: Level = Level.CIN, *, imported: bool = False) -> Workbook:
    return Workbook(
        id=UUID(int=1), family_id=UUID(int=2), state=state, level=level, referral_id=UUID(int=3),
        referred_on=date(2025, 3, 3), opened_on=date(2025, 3, 4), children=(UUID(int=4),), adults=(UUID(int=5),),
        team_id=None, lead_worker_id=None, imported=imported,
    )  # fmt: skip


def test_the_guard_lists_everything_that_is_still_open() -> None:
    ends = LooseEnds(
        cycle_id=CYCLE,
        requests=(UUID(int=11),),
        spells=(UUID(int=12), UUID(int=13)),
        unsigned_chapters=(UUID(int=14),),
        assessments=(UUID(int=15),),
        enquiries=(UUID(int=16),),
    )

    with pytest.raises(StillOpen) as refused:
        workbook.close(opened(), ends=ends, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=MANAGER)

    assert refused.value.facts["open"] == [
        {"kind": "practitioner_request", "id": str(UUID(int=11))},
        {"kind": "plan_spell", "id": str(UUID(int=12))},
        {"kind": "plan_spell", "id": str(UUID(int=13))},
        {"kind": "chapter_unsigned", "id": str(UUID(int=14))},
        {"kind": "assessment", "id": str(UUID(int=15))},
        {"kind": "enquiry", "id": str(UUID(int=16))},
        {"kind": "cycle_without_supervision", "id": str(CYCLE)},
    ]


@pytest.mark.parametrize("left", ["requests", "spells", "unsigned_chapters", "assessments", "enquiries"])
def test_one_open_thing_is_enough_to_keep_it_open(left: str) -> None:
    ends = replace(NOTHING_LEFT, **{left: (UUID(int=11),)})

    with pytest.raises(StillOpen):
        workbook.close(opened(), ends=ends, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=MANAGER)


def test_with_nothing_left_it_closes() -> None:
    closed = workbook.close(opened(), ends=NOTHING_LEFT, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=MANAGER)

    assert (closed.state, closed.closed_on, closed.closure_reason) == (
        State.CLOSED, date(2025, 9, 1), ClosureReason.RC7,
    )  # fmt: skip


def test_an_imported_workbook_was_supervised_elsewhere() -> None:
    closed = workbook.close(
        opened(imported=True), ends=LooseEnds(cycle_id=CYCLE), reason=ClosureReason.RC7, on=date(2025, 9, 1),
        by={Role.CASE_SYSTEM},
    )  # fmt: skip

    assert closed.state is State.CLOSED


@pytest.mark.parametrize("reason", [ClosureReason.RC8, ClosureReason.RC9])
def test_closing_after_assessment_needs_an_assessment_and_nothing_else(reason: ClosureReason) -> None:
    assessed = replace(NOTHING_LEFT, authorised_assessment=True)

    closed = workbook.close(opened(), ends=assessed, reason=reason, on=date(2025, 9, 1), by=MANAGER)

    assert closed.closure_reason is reason
    for ends in (NOTHING_LEFT, replace(assessed, other_activity=True)):
        with pytest.raises(ClosureReasonNotPossible):
            workbook.close(opened(), ends=ends, reason=reason, on=date(2025, 9, 1), by=MANAGER)


def test_nothing_happens_after_closure() -> None:
    ends = replace(NOTHING_LEFT, last_on=date(2025, 9, 2))

    with pytest.raises(ImplausibleDate) as refused:
        workbook.close(opened(), ends=ends, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=MANAGER)

    assert refused.value.facts["rule"] == "8565"


def test_early_help_closes_only_what_it_holds() -> None:
    held = opened(level=Level.EARLY_HELP)
    lead = {Role.EARLY_HELP_LEAD}

    assert workbook.close(
        held, ends=NOTHING_LEFT, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=lead
    ).closed_on == date(2025, 9, 1)
    with pytest.raises(WithEarlyHelp):
        workbook.close(opened(), ends=NOTHING_LEFT, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=lead)


def test_a_family_that_comes_back_goes_on_in_the_same_workbook() -> None:
    closed = replace(opened(State.CLOSED), closed_on=date(2025, 9, 1), closure_reason=ClosureReason.RC7)

    again = workbook.reopen(closed, on=date(2026, 1, 5), referral_id=UUID(int=33), referred_on=date(2026, 1, 2))

    assert (again.id, again.state, again.level) == (closed.id, State.OPEN, Level.ASSESSMENT)
    assert (again.referral_id, again.referred_on, again.closed_on) == (UUID(int=33), date(2026, 1, 2), None)


def test_it_cannot_open_again_before_it_closed() -> None:
    closed = replace(opened(State.CLOSED), closed_on=date(2025, 9, 1))

    with pytest.raises(ImplausibleDate):
        workbook.reopen(closed, on=date(2025, 8, 31), referral_id=None, referred_on=None)


def test_early_help_must_accept_a_family_before_it_is_stepped_down() -> None:
    offered = workbook.offer_step_down(opened(), open_kinds=[SpellKind.CIN])

    assert (offered.state, offered.level) == (State.STEPPING_DOWN, Level.CIN)
    accepted = workbook.accept_step_down(offered, open_kinds=[SpellKind.CIN])
    assert (accepted.state, accepted.level) == (State.ACTIVE, Level.EARLY_HELP)


def test_early_help_may_refuse_and_the_family_stays_where_it_was() -> None:
    offered = workbook.offer_step_down(opened(), open_kinds=[])

    refused = workbook.say(offered, "refuse-step-down")

    assert (refused.state, refused.level) == (State.ACTIVE, Level.CIN)


@pytest.mark.parametrize(
    "kind", [SpellKind.CP, SpellKind.PRE_PROCEEDINGS, SpellKind.PROCEEDINGS, SpellKind.LOOKED_AFTER]
)
def test_a_child_on_a_higher_plan_is_not_offered_to_early_help(kind: SpellKind) -> None:
    with pytest.raises(StatutoryPlanOpen):
        workbook.offer_step_down(opened(level=Level.CP), open_kinds=[kind])


def test_a_family_with_early_help_is_not_offered_again() -> None:
    with pytest.raises(StatutoryPlanOpen):
        workbook.offer_step_down(opened(level=Level.EARLY_HELP), open_kinds=[SpellKind.EH])


def test_a_workbook_on_its_way_to_early_help_does_not_close() -> None:
    with pytest.raises(NotInThatState):
        workbook.close(
            opened(State.STEPPING_DOWN), ends=NOTHING_LEFT, reason=ClosureReason.RC7, on=date(2025, 9, 1), by=MANAGER
        )


def test_the_family_is_at_the_level_of_its_highest_plan() -> None:
    kinds = [SpellKind.CIN, SpellKind.PROCEEDINGS]

    assert level_after(Level.ASSESSMENT, open_kinds=kinds, assessing=True) is Level.PROCEEDINGS
    assert level_after(Level.EARLY_HELP, open_kinds=[SpellKind.EH], assessing=True) is Level.ASSESSMENT
    assert level_after(Level.CP, open_kinds=[], assessing=False) is Level.CP


def test_records_that_become_one_keep_the_highest_plan_and_the_assessment() -> None:
    both = (Level.EARLY_HELP, Level.ASSESSMENT)

    assert level_of_merged((Level.ASSESSMENT, Level.CP), open_kinds=[SpellKind.CP]) is Level.CP
    assert level_of_merged(both, open_kinds=[SpellKind.EH]) is Level.ASSESSMENT
    assert level_of_merged((Level.CIN, Level.EARLY_HELP), open_kinds=[]) is Level.CIN


def test_stepping_up_needs_a_higher_level() -> None:
    assert step_up(current=Level.EARLY_HELP, to=Level.ASSESSMENT) is Level.ASSESSMENT
    for to in (Level.CIN, Level.ASSESSMENT):
        with pytest.raises(NotAStepUp):
            step_up(current=Level.CIN, to=to)


def test_a_change_of_level_has_a_direction() -> None:
    assert direction(before=Level.CIN, after=Level.CP) is Direction.UP
    assert direction(before=Level.CP, after=Level.EARLY_HELP) is Direction.DOWN


NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


def test_what_happened_earlier_may_be_recorded_now() -> None:
    earlier = datetime(2025, 6, 1, 9, tzinfo=UTC)

    assert plausible_moment(earlier, now=NOW, not_before=date(2025, 6, 1)) == earlier
    assert plausible_moment(None, now=NOW) == NOW
    assert plausible_date(None, today=NOW.date()) == NOW.date()
    assert plausible_date(date(2025, 6, 1), today=NOW.date()) == date(2025, 6, 1)


@pytest.mark.parametrize("at", [datetime(2025, 7, 1, 13, tzinfo=UTC), datetime(2025, 5, 31, 12, tzinfo=UTC)])
def test_nothing_happens_in_the_future_or_before_what_it_follows(at: datetime) -> None:
    with pytest.raises(ImplausibleDate):
        plausible_moment(at, now=NOW, not_before=date(2025, 6, 1))
    with pytest.raises(ImplausibleDate):
        plausible_date(
            at.date().replace(day=2) if at > NOW else at.date(), today=NOW.date(), not_before=date(2025, 6, 1)
        )
