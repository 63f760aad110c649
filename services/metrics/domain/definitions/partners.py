"""Measures of partner agencies' practitioners, and of what is left out of all figures."""

from services.metrics.domain.measures import Better, By, Measure, Shape
from services.metrics.domain.tallies import TallyCode

_AGENCIES = frozenset(By)
_WHOLE = frozenset({By.NONE, By.MONTH})
_LOCAL = "local indicator"

MEASURES = (
    Measure(
        code="days_to_practitioner",
        title="Days from the team's request to a practitioner's first contact",
        numerator="calendar days from the team's request to the first contact by any agency",
        denominator="requests whose first contact lies in the window",
        unit="days",
        shape=Shape.MEAN,
        tally=TallyCode.PRACTITIONER_WAIT,
        source=_LOCAL,
        better=Better.DOWN,
        dimensions=_AGENCIES,
    ),
    Measure(
        code="partner_requests_accepted",
        title="Requests that agencies accept",
        numerator="those accepted",
        denominator="requests accepted or declined in the window",
        unit="per cent",
        shape=Shape.SHARE,
        tally=TallyCode.PARTNER_ANSWER,
        source=_LOCAL,
        better=Better.UP,
        dimensions=_AGENCIES,
    ),
    Measure(
        code="partner_waiting_days",
        title="Days that a request waits at an agency",
        numerator="calendar days from the request's arrival at the agency to first contact",
        denominator="requests whose first contact lies in the window",
        unit="days",
        shape=Shape.MEAN,
        tally=TallyCode.PARTNER_WAIT,
        source=_LOCAL,
        better=Better.DOWN,
        dimensions=_AGENCIES,
    ),
    Measure(
        code="partner_requests_waiting",
        title="Requests that wait for first contact at a date",
        numerator="requests at agencies, open and without first contact",
        unit="requests",
        shape=Shape.STOCK,
        tally=TallyCode.PARTNER_WAITING,
        source=_LOCAL,
        better=Better.DOWN,
        places=0,
        dimensions=_AGENCIES,
    ),
    Measure(
        code="records_left_out",
        title="Records left out of the figures",
        numerator="records whose dates contradict one another or lie outside the bundled calendar, at the day they name",
        unit="records",
        shape=Shape.COUNT,
        tally=TallyCode.LEFT_OUT,
        source="data quality",
        better=Better.DOWN,
        places=0,
        dimensions=_WHOLE,
    ),
)
