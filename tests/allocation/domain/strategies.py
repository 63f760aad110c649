"""Random workers, caseloads and families, within what the checks of the domain let through."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from libs.kernel.ids import FamilyId, PersonId, WorkerId
from services.allocation.domain.candidates import Candidate, Wanted
from services.allocation.domain.cases import Case, CaseType, ChildWork, Share
from services.allocation.domain.exclusions import ExclusionKind
from services.allocation.domain.workers import Absence, AbsenceReason, Worker, WorkerRole
from tests.allocation.domain.builders import TEAM, TODAY, number

AREAS = ("cherwell", "oxford_north", "oxford_east", "elsewhere")
days = st.integers(-400, 400).map(lambda count: TODAY + timedelta(count))
work = st.builds(
    ChildWork,
    child_id=st.integers(10_000, 99_999).map(lambda value: PersonId(number(value))),
    case_type=st.sampled_from(CaseType),
    complexity=st.none() | st.integers(0, 3),
)
children = st.lists(work, min_size=1, max_size=4, unique_by=lambda child: child.child_id).map(tuple)
held = st.builds(
    Case,
    family_id=st.integers(2_000, 2_999).map(lambda value: FamilyId(number(value))),
    children=children,
    share=st.sampled_from(Share),
    since=days,
    taken_over_on=st.none() | days,
    travel_minutes=st.integers(0, 90),
    needs_interpreter=st.booleans(),
)
absences = st.lists(
    st.builds(
        Absence,
        id=st.integers(1, 99).map(number),
        worker_id=st.just(WorkerId(number(10))),
        reason=st.sampled_from(AbsenceReason),
        sudden=st.booleans(),
        from_on=days,
        until_on=st.none() | days,
        hours=st.none() | st.just(Decimal(10)),
    ).filter(lambda each: each.until_on is None or each.until_on > each.from_on),
    max_size=1,
).map(tuple)


@st.composite
def workers(draw: st.DrawFn, value: int) -> Worker:
    """Draw a worker of a fixed id."""
    fte = draw(st.sampled_from([Decimal("0.2"), Decimal("0.5"), Decimal("0.8"), Decimal(1)]))
    agency = draw(st.booleans())
    return Worker(
        id=WorkerId(number(value)),
        team_id=TEAM.id,
        name="Invented Worker",
        role=draw(st.just(WorkerRole.SOCIAL_WORKER) | st.sampled_from(WorkerRole)),
        fte=fte,
        contracted_hours=fte * 37,
        base_area=draw(st.sampled_from(AREAS)),
        first_year_from=draw(st.none() | days),
        agency=agency,
        agency_until=draw(st.none() | days) if agency else None,
        skills=draw(st.frozensets(st.sampled_from(["court", "exploitation"]))),
        languages=draw(st.frozensets(st.sampled_from(["pl", "pt"]))),
        extra_duties=Decimal(draw(st.integers(0, 10))),
        active=draw(st.sampled_from([True, True, True, False])),
        from_on=TODAY - timedelta(draw(st.integers(-10, 900))),
    )


@st.composite
def candidates(draw: st.DrawFn, value: int = 10) -> Candidate:
    """Draw a candidate with a caseload of up to seven families."""
    return Candidate(
        worker=draw(workers(value)),
        team=TEAM,
        absences=draw(absences),
        cases=tuple(draw(st.lists(held, max_size=7, unique_by=lambda each: each.family_id))),
        barred=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(ExclusionKind), max_size=1)),
        new_families=draw(st.integers(0, 5)),
        knew_months=draw(st.none() | st.integers(0, 60)),
        paired_practitioners=draw(st.integers(0, 3)),
        forecast_points=Decimal(draw(st.integers(0, 30))),
    )


families = st.builds(
    Wanted,
    family_id=st.just(FamilyId(number(900))),
    area=st.sampled_from([*TEAM.areas, *TEAM.areas, *AREAS]),
    children=children,
    share=st.sampled_from(Share),
    skills=st.sampled_from([frozenset(), frozenset(), frozenset({"court"})]),
    languages=st.sampled_from([frozenset(), frozenset(), frozenset({"pl"})]),
    needs_interpreter=st.booleans(),
    split_asked=st.booleans(),
    siblings_with=st.none() | st.none() | st.sampled_from([WorkerId(number(10)), WorkerId(number(11))]),
    handed_over_by=st.none() | st.just(WorkerId(number(11))),
)
