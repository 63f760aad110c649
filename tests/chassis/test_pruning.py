"""The plumbing forgets what is old, and nothing else."""

from libs.chassis import ticks
from libs.chassis.pruning import PRUNE
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis.example import BoxFilled
from tests.harness import Stage, caller

SCREENER = caller(Role.SCREENER)


async def test_an_answer_is_forgotten_after_a_week_and_an_applied_event_after_a_month(stage: Stage) -> None:
    await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="old")
    await stage.hear(BoxFilled(box_id=new_id(), things=1))
    stage.clock.forward(days=8)
    await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER, key="new")

    assert await ticks.once(stage.database, PRUNE, service="example") == 1
    assert [row[0] for row in await stage.as_owner("SELECT key FROM idempotency")] == ["new"]

    stage.clock.forward(days=30)
    assert await ticks.once(stage.database, PRUNE, service="example") == 2
    assert len(await stage.said()) == 2
