"""Who runs the services is told a year before the list of bank holidays ends."""

from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from libs.chassis import ticks
from libs.chassis.holidays import HOLIDAYS
from libs.kernel.working_days import LISTED_UNTIL
from tests.harness import Stage

_END = datetime.combine(LISTED_UNTIL, datetime.min.time(), UTC)


async def _seen(stage: Stage) -> tuple[list[str], list[int], str]:
    ready = (await stage.client.get("/readyz")).json()
    shown = (await stage.client.get("/metrics")).text
    [gauge] = [line for line in shown.splitlines() if line.startswith('fsp_bank_holidays_days{service="example"}')]
    with capture_logs() as lines:
        assert await ticks.once(stage.database, HOLIDAYS, service="example") == 0
    return ready.get("warnings", []), [line["count"] for line in lines], gauge.split()[-1]


async def test_nothing_is_said_while_bank_holidays_are_listed_for_a_year(stage: Stage) -> None:
    stage.clock.now = _END - timedelta(days=365)

    assert await _seen(stage) == ([], [], "365.0")


async def test_the_log_the_readiness_and_the_measurements_say_that_the_list_ends(stage: Stage) -> None:
    stage.clock.now = _END - timedelta(days=364)

    warnings, logged, left = await _seen(stage)

    assert [str(LISTED_UNTIL) in warning for warning in warnings] == [True]
    assert (logged, left) == ([364], "364.0")


async def test_a_list_that_has_ended_stops_nothing(stage: Stage) -> None:
    stage.clock.now = _END + timedelta(days=10)

    warnings, logged, _ = await _seen(stage)

    assert (len(warnings), logged) == (1, [-10])
    assert (await stage.client.get("/readyz")).json()["database"] is True
