"""For each field of a body, values that it cannot have, made from what the document tells of it."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tests.architecture.documents import schemas
from tests.badinput.routes import CANARY

_REFERENCE = "#/components/schemas/"
#: What cannot be a day, with what it is.
_DAYS: Mapping[str, Any] = {
    "30 February": "2026-02-30",
    "1899": "1899-12-31",
    "2201": "2201-01-01",
    "a number": 20_261_120,
    "no day": CANARY,
    "a day with a tail": f"2026-11-20{CANARY}",
}
_MOMENTS: Mapping[str, Any] = {
    "no zone": "2026-11-20T09:00:00",
    "an unknown zone": "2026-11-20T09:00:00 Europe/London",
    "a leap second": "2026-06-30T23:59:60Z",
    "30 February": "2026-02-30T09:00:00Z",
    "1899": "1899-12-31T23:59:59Z",
    "2201": "2201-01-02T00:00:00Z",
    "a number": 1_795_000_000,
    "no moment": CANARY,
}
_LETTERS: Mapping[str, str] = {
    "a NUL": f"{CANARY}\x00",
    "a control character": f"{CANARY}\x1b[31m",
    "half a surrogate": f"{CANARY}\ud800",
    "a bidi override": f"{CANARY}\u202e",
    "nothing seen": "\u200b",
}

Place = tuple[str | int, ...]
Bad = tuple[Place, str, Any, frozenset[str]]


def nonsense_for(service: str, kind: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], frozenset[str]]]:
    """Return bodies of which one field is wrong: where and why, the body, the problems that it may get."""
    for place, why, value, slugs in _of(schemas(service), {"$ref": _REFERENCE + kind}, body, ()):
        yield f"{'/'.join(map(str, place))}: {why}", _put(body, place, value), slugs


def _of(known: Mapping[str, Any], schema: Mapping[str, Any], value: Any, place: Place) -> Iterator[Bad]:
    schema = _plain(known, schema)
    if "properties" in schema and isinstance(value, dict):
        for name, part in schema["properties"].items():
            yield from _of(known, part, value.get(name), (*place, name))
    elif schema.get("type") == "array" and isinstance(value, list) and value:
        yield from _of(known, schema["items"], value[0], (*place, 0))
    elif place and "const" not in schema and "discriminator" not in schema:
        yield from _wrong(schema, place)


def _plain(known: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while True:
        kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        if "$ref" in schema:
            schema = known[schema["$ref"].removeprefix(_REFERENCE)]
        elif len(kinds) == 1:
            schema = kinds[0]
        else:
            return schema


def _wrong(schema: Mapping[str, Any], place: Place) -> Iterator[Bad]:
    kind, form = schema.get("type"), schema.get("format")
    body, number = frozenset({"invalid-body"}), frozenset({"invalid-body", "invalid-number"})
    if form == "date":
        yield from ((place, why, value, frozenset({"invalid-date"})) for why, value in _DAYS.items())
    elif form == "date-time":
        yield from ((place, why, value, frozenset({"invalid-datetime"})) for why, value in _MOMENTS.items())
    elif form == "uuid":
        yield from ((place, "no id", value, body) for value in (CANARY, 4711))
    elif kind in {"integer", "number"}:
        yield from ((place, "no number", value, number) for value in (CANARY, 10**40, -(10**40)))
    elif kind == "boolean":
        yield place, "no truth", CANARY, body
    elif kind == "string" and ("enum" in schema or "pattern" in schema):
        yield place, "no code", f"{CANARY} \x00", body | {"too-long", "query-not-allowed"}
    elif kind == "string" and "maxLength" in schema:
        yield from ((place, why, value, frozenset({"invalid-text"})) for why, value in _LETTERS.items())
        yield place, "too long", CANARY * (schema["maxLength"] // len(CANARY) + 1), frozenset({"too-long"})


def _put(body: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    within: Any = changed
    for part in place[:-1]:
        within = within[part]
    within[place[-1]] = value
    return changed
