"""Examples of bodies, made of the glossary's examples of their fields, so that no body is without one."""

from collections.abc import Iterator, Mapping
from typing import Any

from libs.kernel.glossary import Glossary
from libs.kernel.ids import derived_id

_REFERENCE = "#/components/schemas/"
_PLAIN: Mapping[str, Any] = {"date": "2026-11-20", "date-time": "2026-11-20T10:00:00Z", "boolean": False}
_SUMMARY = "Invented: no such people or places"


def exemplify(document: Mapping[str, Any], glossary: Glossary) -> None:
    """Give every body an example, and one that can be of several kinds an example of each."""
    maker = _Maker(document["components"]["schemas"], glossary.examples)
    for verbs in document["paths"].values():
        for operation in verbs.values():
            if "requestBody" in operation:
                told = operation["requestBody"]["content"]["application/json"]
                told["examples"] = {
                    name: {"summary": _SUMMARY, "value": maker.of(name)} for name in _kinds(told["schema"])
                }


def _kinds(schema: Mapping[str, Any]) -> Iterator[str]:
    for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if "$ref" in each:
            yield each["$ref"].removeprefix(_REFERENCE)


class _Maker:
    """Makes an example of a schema: what is required, and what the glossary has an example of."""

    def __init__(self, schemas: Mapping[str, Any], examples: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._examples = examples

    def of(self, name: str) -> Any:
        """Return an example of the schema; one of the glossary's for the whole goes first."""
        if name in self._examples:
            return self._examples[name]
        schema = self._schemas[name]
        if "properties" not in schema:
            return self._value("", schema)
        return {
            field: self._field(name, field, part)
            for field, part in schema["properties"].items()
            if field in schema.get("required", ()) or self._given(name, field) is not None
        }

    def _given(self, name: str, field: str) -> Any:
        return self._examples.get(f"{name}.{field}", self._examples.get(field))

    def _field(self, name: str, field: str, part: Mapping[str, Any]) -> Any:
        given = self._given(name, field)
        return self._value(field, part) if given in (None, ...) else given

    def _value(self, field: str, part: Mapping[str, Any]) -> Any:
        if "$ref" in part:
            return self.of(part["$ref"].removeprefix(_REFERENCE))
        if "anyOf" in part or "oneOf" in part:
            return self._value(field, (part.get("anyOf") or part["oneOf"])[0])
        if "enum" in part or "const" in part:
            return part.get("const", part.get("enum", [None])[0])
        return self._plain(field, part)

    def _plain(self, field: str, part: Mapping[str, Any]) -> Any:
        kind = part.get("format", part.get("type"))
        if kind == "uuid":
            return str(derived_id("example", field))
        if kind == "array":
            return [self._value(field, part["items"])]
        return int(part.get("minimum", 0)) if kind in {"integer", "number"} else _PLAIN.get(str(kind), {})
