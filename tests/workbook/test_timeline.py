"""The timeline that SQL answers is the one of the rules, at any moment as known at any other."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.kernel.ids import new_id
from services.workbook.domain import chronology
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.chronology import Item, Source
from services.workbook.queries.record import timeline_query
from services.workbook.repository import record
from services.workbook.tables import timeline_item
from tests.harness import Stage
from tests.workbook.people import WORKER, opened

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)


def items(seed: int, count: int) -> list[Item]:
    draw = random.Random(seed)

    def moment() -> datetime:
        return BEGIN + timedelta(hours=draw.randrange(0, 24 * 60, 6))

    return [
        Item(
            id=new_id(),
            kind=draw.choice(["visit", "summary"]),
            code=None,
            occurred_at=moment(),
            recorded_at=moment(),
            source=Source.ENTRY,
            source_id=new_id(),
            by=WORKER.id,
            section=draw.choice(list(ChapterRole)),
            significant=draw.random() < 0.4,
        )
        for _ in range(count)
    ]


async def test_sql_and_rules_agree_on_every_point_in_time(stage: Stage) -> None:
    _, workbook = await opened(stage)
    await stage.as_owner("DELETE FROM timeline_item")
    written = items(7, 120)
    newest = [timeline_item.c.occurred_at.desc(), timeline_item.c.recorded_at.desc(), timeline_item.c.id.desc()]
    moments: list[datetime | None] = [None, *[BEGIN + timedelta(days=days) for days in (0, 7, 31, 60)]]

    async with stage.tx(WORKER) as tx:
        workbook_id = UUID(workbook["id"])
        await record.add_items(tx, workbook_id, written)
        for happened_by in moments:
            for known_by in moments:
                points: dict[str, Any] = {"happened_by": happened_by, "known_by": known_by}
                query = timeline_query(workbook_id, seen=list(ChapterRole), **points)
                important = timeline_query(workbook_id, seen=list(ChapterRole), significant=True, **points)

                whole = [row.id for row in await tx.rows(query.order_by(*newest))]
                chosen = [row.id for row in await tx.rows(important.order_by(*newest))]

                expected = chronology.as_of(written, **points)
                assert whole == [item.id for item in expected]
                assert chosen == [item.id for item in chronology.chronology(expected)]
