"""Words put beside the schemas of a document: what a field means, what each code of a set stands for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from libs.kernel.glossary import Glossary


def describe(document: Mapping[str, Any], glossary: Glossary) -> None:
    """Give every field and parameter without words those of the glossary, and every code its meaning."""
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema:
            _tell_codes(schema, schema["enum"], glossary.codes.get(name, {}))
        for field, part in schema.get("properties", {}).items():
            _tell(part, part, f"{name}.{field}", glossary)
    for verbs in document["paths"].values():
        for operation in verbs.values():
            for parameter in operation.get("parameters", ()):
                _tell(parameter, parameter["schema"], f"{operation['operationId']}.{parameter['name']}", glossary)


def _tell(part: dict[str, Any], shape: Mapping[str, Any], key: str, glossary: Glossary) -> None:
    word = glossary.word(key)
    if word is not None:
        part.setdefault("description", word)
    for codes in _enumerated(shape):
        _tell_codes(part, codes, glossary.codes.get(key, {}))


def _enumerated(shape: Mapping[str, Any]) -> Iterator[list[str]]:
    for each in (shape, *shape.get("anyOf", ())):
        if "enum" in each:
            yield each["enum"]


def _tell_codes(part: dict[str, Any], codes: Sequence[str], meanings: Mapping[str, str]) -> None:
    told = "\n".join(f"* `{code}`: {meanings[code]}" for code in codes if code in meanings)
    part["description"] = "\n\n".join(filter(None, [part.get("description"), told]))
