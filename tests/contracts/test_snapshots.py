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
from pydantic import create_model

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


_SIMPLE = {"integer", "boolean", "number", "null"}
_FORMATS = {"uuid", "date", "date-time"}


def _free(schema: Any, place: str = "") -> Iterator[str]:
    """Return the places of a schema where anything else than ids, dates, codes, numbers and flags may be written."""
    parts = {
        **{f"/{name}": part for name, part in schema.get("properties", {}).items()},
        **{f"/$defs/{name}": part for name, part in schema.get("$defs", {}).items()},
        **{f"/{n}": part for key in ("anyOf", "oneOf", "allOf") for n, part in enumerate(schema.get(key, []))},
        **({"/items": schema["items"]} if "items" in schema else {}),
    }
    if not parts and not _is_closed(schema):
        yield place or "/"
    if schema.get("additionalProperties", False) is not False or "patternProperties" in schema:
        yield f"{place}/additionalProperties"
    for step, part in parts.items():
        yield from _free(part, place + step)


def _is_closed(schema: dict[str, Any]) -> bool:
    if schema.get("type") == "string":
        return schema.get("format") in _FORMATS or not schema.keys().isdisjoint({"pattern", "enum", "const"})
    return schema.get("type") in _SIMPLE or not schema.keys().isdisjoint({"enum", "const", "$ref"})


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_holds_no_free_text(name: str) -> None:
    assert list(_free(EVENTS[name].model_json_schema())) == []


@pytest.mark.parametrize(
    ("free", "place"),
    [
        (Any, "/more"),
        (object, "/more"),
        (str, "/more"),
        (str | None, "/more/0"),
        (list, "/more/items"),
        (list[str], "/more/items"),
        (dict, "/more"),
        (dict[str, Any], "/more"),
        (dict[str, UUID], "/more"),
    ],
)
def test_an_event_in_which_anything_could_be_written_is_found(free: Any, place: str) -> None:
    found = list(_free(create_model("Told", id=UUID, more=(free, ...)).model_json_schema()))

    assert place in found
    assert "/id" not in found


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
