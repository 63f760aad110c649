"""Measures of lead workers: caseload, changes, court work."""

from services.metrics.domain.measures import Better, Measure, MeasureState, Shape
from services.metrics.domain.tallies import TallyCode

_LOCAL = "local indicator"
_WORKERS = "DfE SSDA903 reasons for a change of social worker"

MEASURES = (
    Measure(
        code="average_caseload",
        title="Average caseload at a date",
        numerator="children held by lead workers, each a case",
        denominator="FTE of the lead workers who hold at least one case",
        unit="cases per FTE",
        shape=Shape.STOCK_RATIO,
        tally=TallyCode.CASELOAD,
        source="DfE children's social work workforce census",
        better=Better.DOWN,
    ),
    Measure(
        code="worker_changes",
        title="Changes of worker per child",
        numerator="changes from one lead worker to another in the window; a first contact is no change",
        denominator="children's times with a lead worker that touch the window",
        unit="changes per child",
        shape=Shape.PER_HELD,
        tally=TallyCode.WORKER_CHANGE,
        over=TallyCode.WITH_WORKER,
        source=_WORKERS,
        better=Better.DOWN,
        places=2,
        state=MeasureState.SUPERSEDED,
    ),
    Measure(
        code="worker_changes",
        version=2,
        title="Changes of worker per child",
        numerator="changes from one lead worker to another in the window, of children whose episode is open on the day of the change; a first contact is no change",
        denominator="children with an open episode on any day of the window, each once",
        unit="changes per child",
        shape=Shape.PER_OPEN,
        tally=TallyCode.WORKER_CHANGE,
        over=TallyCode.OPEN,
        source=_WORKERS,
        better=Better.DOWN,
        places=2,
        reason="Version 1 divided by times with a lead worker: a child who lost a worker counted twice, one who waited for a worker never.",
    ),
    Measure(
        code="three_or_more_workers",
        title="Children with three or more workers",
        numerator="those who had three or more different lead workers in the window",
        denominator="children with an open episode on any day of the window, each once; of a team, those open in it",
        unit="per cent",
        shape=Shape.OPEN_SHARE,
        tally=TallyCode.MANY_WORKERS,
        over=TallyCode.OPEN,
        source=_WORKERS,
        better=Better.DOWN,
    ),
    Measure(
        code="court_share",
        title="Share of children before a court at a date",
        numerator="those in pre-proceedings or proceedings",
        denominator="children with a lead worker",
        unit="per cent",
        shape=Shape.STOCK_SHARE,
        tally=TallyCode.COURT,
        source=_LOCAL,
    ),
)
