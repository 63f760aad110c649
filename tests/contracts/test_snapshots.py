"""What was promised about an event stays true: schemas are committed and may only grow.

`python -m tests.contracts.test_snapshots` writes the snapshots of new events and of fields that were added.
"""

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from libs.contracts import envelope
from libs.contracts.envelope import Envelope, Event, event_types
from libs.kernel.ids import new_id

OWNERS = ("referrals", "allocation", "workbook", "partners", "metrics")
SNAPSHOTS = Path(envelope.__file__).parent / "snapshots"

for _owner in OWNERS:
    importlib.import_module(f"libs.contracts.{_owner}")
EVENTS = {name: kind for name, kind in event_types().items() if kind.__module__.startswith("libs.")}


def _path(name: str) -> Path:
    return SNAPSHOTS / f"{name.removeprefix('events.')}.json"


def _schema(kind: type[Event]) -> dict[str, Any]:
    return {"aggregate": kind.aggregate_field, **kind.model_json_schema()}


def _strings(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if schema.get("type") == "string":
            yield place, schema
        for key, value in schema.items():
            yield from _strings(value, f"{place}/{key}")
    if isinstance(schema, list):
        for value in schema:
            yield from _strings(value, place)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_holds_no_free_text(name: str) -> None:
    for place, schema in _strings(EVENTS[name].model_json_schema()):
        assert schema.get("format") in {"uuid", "date", "date-time"} or "pattern" in schema or "enum" in schema, place


@pytest.mark.parametrize("name", EVENTS)
def test_an_events_schema_only_grows(name: str) -> None:
    promised = json.loads(_path(name).read_text())
    now = _schema(EVENTS[name])

    assert now["aggregate"] == promised["aggregate"]
    for field, schema in promised["properties"].items():
        assert now["properties"].get(field) == schema, f"{name}: {field} changed; say a .v2 instead"
    assert set(now.get("required", [])) <= set(promised.get("required", [])), "a field that is added is optional"


@pytest.mark.parametrize("name", EVENTS)
def test_a_snapshot_is_up_to_date(name: str) -> None:
    assert json.loads(_path(name).read_text())["properties"].keys() == _schema(EVENTS[name])["properties"].keys()


def test_no_event_that_was_promised_is_gone() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == {name.removeprefix("events.") for name in EVENTS}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_names_its_owner_and_its_aggregate(name: str) -> None:
    kind = EVENTS[name]

    assert name.split(".")[1] == kind.__module__.rsplit(".", 1)[-1]
    assert kind.model_fields[kind.aggregate_field].annotation is UUID


def test_what_travels_is_a_cloud_event() -> None:
    now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    sent = Envelope(
        id=new_id(), source="/referrals", type="events.referrals.referral.withdrawn.v1", subject=new_id(), time=now,
        recordedtime=now, revision=3, epoch=1, correlationid=new_id(), actor=new_id(), data={"referral_id": str(new_id())},
    )  # fmt: skip

    read = JSONFormat().read(CloudEvent, sent.model_dump_json(exclude_none=True).encode())

    assert (read.get_id(), read.get_type(), read.get_source()) == (str(sent.id), sent.type, "/referrals")
    assert read.get_extension("revision") == 3
    assert read.get_extension("correlationid") == str(sent.correlationid)


def write() -> None:
    """Write the snapshot of every event as it is now."""
    SNAPSHOTS.mkdir(exist_ok=True)
    for name, kind in EVENTS.items():
        _path(name).write_text(json.dumps(_schema(kind), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    write()
