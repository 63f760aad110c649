"""The points scheme that a new system starts from; local configuration, to be changed by drafting another version."""

from decimal import Decimal

from services.allocation.domain.cases import CaseType
from services.allocation.domain.complexity import DEFAULT_RULES
from services.allocation.domain.curve import curve
from services.allocation.domain.scheme import Ceilings, Nominal, Objective, PointsTable, Rules, Weights
from services.allocation.domain.workers import WorkerRole


def _row(base: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(base + complexity) for complexity in range(4))


# Source: a full-time scale of 100 with 15 stable, as in the published schemes of Wirral and Oxfordshire (2007);
# the points per case type are a proposal to start from, not a published table.
TABLE = PointsTable(
    base={
        CaseType.ASSESSMENT: _row(5),
        CaseType.CIN: _row(5),
        CaseType.CP: _row(7),
        CaseType.PRE_PROCEEDINGS: _row(8),
        CaseType.PROCEEDINGS: _row(10),
        CaseType.LOOKED_AFTER_SETTLED: _row(4),
        CaseType.LOOKED_AFTER_UNSETTLED: _row(6),
        CaseType.STEP_DOWN: _row(2),
    },
    sibling_factor=Decimal("0.5"),
    co_working_factor=Decimal("0.5"),
    transfer=Decimal(1),
    transfer_days=28,
    travel=Decimal(1),
    travel_minutes=45,
    interpreter=Decimal(1),
    settled_after_days=182,
)

DEFAULT = Rules(
    table=TABLE,
    nominal=Nominal(
        # Source: the same 100 points for every full-time post, as no published scheme tells posts apart but for the
        # first year, whose factor makes Wirral's 90; local configuration.
        points=dict.fromkeys(WorkerRole, Decimal(100)),
        full_time_hours=Decimal(37),
        stable_element=Decimal(15),
        first_year_factor=Decimal("0.9"),
    ),
    ceilings=Ceilings(
        soft_per_cent=Decimal(100),
        hard_per_cent=Decimal(120),
        court_points=Decimal(40),
        # Source: Wirral's scheme, around 12 children in the first year.
        first_year_children=12,
        absent_days=10,
        # Source: probation's practice threshold of 110 per cent for "excessive".
        alert_per_cent=(100, 110),
        alert_margin=5,
    ),
    objective=Objective(
        weights=Weights(
            overload=Decimal(1),
            unevenness=Decimal(1),
            continuity=Decimal(6),
            travel=Decimal("0.5"),
            recent=Decimal(1),
            agency=Decimal(3),
            pairing=Decimal(1),
            reserve=Decimal("0.2"),
            mix=Decimal(1),
        ),
        overload=curve(("90", "0.2"), ("100", "0.6"), ("110", "1.5")),
        unevenness=curve(("0", "0.02"), ("50", "0.06"), ("70", "0.12"), ("85", "0.2"), ("95", "0.3")),
        free_minutes=20,
        continuity_full_months=6,
        agency_horizon_days=182,
    ),
    complexity=DEFAULT_RULES,
    # Minutes each way by car between Oxfordshire's localities, rounded; local configuration.
    minutes={
        ("bicester", "cherwell"): 25,
        ("bicester", "oxford_east"): 30,
        ("bicester", "oxford_north"): 25,
        ("bicester", "oxford_south"): 35,
        ("bicester", "south"): 50,
        ("bicester", "vale"): 50,
        ("bicester", "west"): 40,
        ("cherwell", "oxford_east"): 35,
        ("cherwell", "oxford_north"): 35,
        ("cherwell", "oxford_south"): 40,
        ("cherwell", "south"): 55,
        ("cherwell", "vale"): 50,
        ("cherwell", "west"): 40,
        ("oxford_east", "oxford_north"): 20,
        ("oxford_east", "oxford_south"): 15,
        ("oxford_east", "south"): 30,
        ("oxford_east", "vale"): 30,
        ("oxford_east", "west"): 35,
        ("oxford_north", "oxford_south"): 20,
        ("oxford_north", "south"): 40,
        ("oxford_north", "vale"): 30,
        ("oxford_north", "west"): 30,
        ("oxford_south", "south"): 30,
        ("oxford_south", "vale"): 25,
        ("oxford_south", "west"): 35,
        ("south", "vale"): 30,
        ("south", "west"): 50,
        ("vale", "west"): 35,
    },
    minutes_within=15,
    minutes_unknown=45,
)
