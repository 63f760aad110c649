"""What a workbook holds of one child, while an episode is put into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.referrals.domain.census.story import Kind, Step
from services.referrals.loading.calling import Peer

Record = dict[str, Any]

_RECORDS = ("assessments", "enquiries", "conferences", "plan-spells")
_BEGAN = {"conferences": "held_on"}
#: The list of the workbook, and the kind in it, that a step begins or goes on with; conferences only happen.
LISTS: Mapping[Kind, tuple[str, str]] = {
    Kind.START_ASSESSMENT: ("assessments", ""),
    Kind.AUTHORISE_ASSESSMENT: ("assessments", ""),
    Kind.START_ENQUIRY: ("enquiries", ""),
    Kind.END_ENQUIRY: ("enquiries", ""),
    Kind.START_PROTECTION: ("plan-spells", "cp"),
    Kind.CHANGE_CATEGORY: ("plan-spells", "cp"),
    Kind.END_PROTECTION: ("plan-spells", "cp"),
    Kind.START_PLAN: ("plan-spells", "cin"),
    Kind.END_PLAN: ("plan-spells", "cin"),
}


@dataclass(slots=True)
class Ledger:
    """The records about one child by list and kind, and the day on which each began."""

    child_id: UUID
    _held: dict[tuple[str, str], dict[date, Record]] = field(default_factory=dict)

    async def look(self, peer: Peer, workbook_id: str) -> None:
        """Read what the workbook holds. Raises `Refused`."""
        for records in _RECORDS:
            wanted: dict[str, str] = {}
            while True:
                page = await peer.get(f"/v1/workbooks/{workbook_id}/{records}", **wanted)
                self.keep(records, page["items"])
                if not page.get("next"):
                    break
                wanted = {"after": page["next"]}

    def keep(self, records: str, found: Sequence[Record]) -> None:
        """Note what the workbook answered, as far as it is about the child."""
        for one in found:
            if str(self.child_id) in _about(one):
                began = date.fromisoformat(one[_BEGAN.get(records, "started_on")])
                self._held.setdefault((records, one.get("kind", "")), {})[began] = one

    def of(self, records: str, kind: str = "") -> Mapping[date, Record]:
        """Return the records of one kind by the day on which they began, or were held."""
        return self._held.get((records, kind), {})

    def at(self, step: Step) -> Record | None:
        """Return the record that a step begins or goes on with, if it is held."""
        return self.of(*LISTS[step.kind]).get(step.since)


def _about(record: Mapping[str, Any]) -> set[str]:
    if "child_id" in record:
        return {record["child_id"]}
    return {child if isinstance(child, str) else child["child_id"] for child in record["children"]}
