"""The front door and the workbook on stage together, and an integration that loads records into both."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest

from services.referrals.loading.calling import Peer
from services.referrals.loading.census import Into, load
from services.referrals.loading.report import Report
from tests.harness import Stage, token
from tests.referrals.actors import CASE_SYSTEM


@dataclass
class Loader:
    """Loads files as an integration of the county."""

    referrals: Stage
    workbook: Stage

    async def load(self, content: bytes, file: str = "census.xml") -> Report:
        """Load a file; return the last report."""
        into = Into(
            referrals=self._peer(self.referrals), workbook=self._peer(self.workbook), area="cherwell", patience=0.3
        )
        reports = [report async for report in load(BytesIO(content), file=file, into=into)]
        return reports[-1]

    async def referral_of(self, key: str, authority: str = "931") -> dict[str, Any]:
        """Read the referral that the file calls by this key."""
        (row,) = await self.referrals.as_owner(
            "SELECT id FROM referral WHERE source_system = :system AND source_key = :key",
            system=f"cin-census-{authority}",
            key=key,
        )
        return dict((await self.referrals.get(f"/v1/referrals/{row.id}", by=CASE_SYSTEM)).json())

    async def workbook_of(self, referral: dict[str, Any], part: str = "") -> Any:
        """Read the workbook of a referral's family, or a list of what is in it."""
        query = {"family_id": referral["family_id"]}
        (held,) = (await self.workbook.get("/v1/workbooks", by=CASE_SYSTEM, params=query)).json()["items"]
        if not part:
            return held
        return (await self.workbook.get(f"/v1/workbooks/{held['id']}/{part}", by=CASE_SYSTEM)).json()["items"]

    async def counted(self) -> dict[str, int]:
        """Return how many rows the tables of both services have that loading writes to."""
        workbook = ("workbook", "assessment", "enquiry", "conference", "plan_spell", "timeline_item", "outbox")
        referrals = ("referral", "person", "family", "decision", "outbox")
        counts = {}
        for stage, tables in ((self.referrals, referrals), (self.workbook, workbook)):
            for table in tables:
                ((count,),) = await stage.as_owner(f"SELECT count(*) FROM {table}")
                counts[f"{stage.service.name}.{table}"] = count
        return counts

    def _peer(self, stage: Stage) -> Peer:
        once = token(CASE_SYSTEM, at=stage.clock.now)

        async def signed() -> str:
            return once

        return Peer(stage.service.name, "", stage.client, signed)


@pytest.fixture
async def loader(staged: Callable[[str], AbstractAsyncContextManager[Stage]]) -> AsyncIterator[Loader]:
    async with staged("referrals") as referrals, staged("workbook") as workbook:
        yield Loader(referrals, workbook)
