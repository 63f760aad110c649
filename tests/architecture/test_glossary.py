"""Every field and every code of the five documents has its meaning, and no word stands unused."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from libs.kernel.glossary import COMMON, Glossary
from tests.architecture.documents import SERVICES, document, operations, schemas, service

WHERE = (
    "services/{name}/glossary/{file}.py (or libs/kernel/glossary.py if several services mean the same) lacks: {lacks}"
)


def _own(name: str) -> Glossary:
    found: Glossary = importlib.import_module(f"services.{name}.glossary").GLOSSARY
    return found


def _fields(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every field of a schema and every parameter of an operation."""
    for schema, told in schemas(name).items():
        for field, part in told.get("properties", {}).items():
            yield schema, field, part
    for _, operation in operations(name):
        for parameter in operation.get("parameters", ()):
            yield operation["operationId"], parameter["name"], parameter


def _used(name: str) -> set[str]:
    """The keys of the service's words, common or its own, that some field is described by."""
    words = service(name).glossary.words
    used = set()
    for schema, field, part in _fields(name):
        key = f"{schema}.{field}" if f"{schema}.{field}" in words else field
        if part.get("description", "").startswith(words.get(key, "\0")):
            used.add(key)
    return used


@pytest.mark.parametrize("name", SERVICES)
def test_every_field_and_parameter_has_a_meaning(name: str) -> None:
    lacks = sorted({f"{schema}.{field}" for schema, field, part in _fields(name) if not part.get("description")})

    assert not lacks, WHERE.format(name=name, file="words", lacks=", ".join(lacks))


@pytest.mark.parametrize("name", SERVICES)
def test_every_code_has_a_meaning(name: str) -> None:
    codes = service(name).glossary.codes
    lacks = [
        f"{schema}: {code}"
        for schema, told in schemas(name).items()
        for code in told.get("enum", ())
        if not codes.get(schema, {}).get(code)
    ]
    lacks += [
        f"{schema}.{field}: {code}"
        for schema, field, part in _fields(name)
        for each in (part, part.get("schema", {}), *part.get("anyOf", ()), *part.get("schema", {}).get("anyOf", ()))
        for code in each.get("enum", ())
        if f"`{code}`: " not in part["description"]
    ]

    assert not lacks, WHERE.format(name=name, file="codes", lacks=", ".join(lacks))


@pytest.mark.parametrize("name", SERVICES)
def test_every_meaning_of_a_code_stands_in_the_document(name: str) -> None:
    for schema, told in schemas(name).items():
        for code in told.get("enum", ()):
            assert f"* `{code}`: {service(name).glossary.codes[schema][code]}" in told["description"], schema


@pytest.mark.parametrize("name", SERVICES)
def test_no_word_of_a_service_is_unused_or_said_twice(name: str) -> None:
    own = _own(name)
    twice = sorted(word for word, meaning in own.words.items() if COMMON.words.get(word) == meaning)
    unused = sorted(set(own.words) - _used(name))

    assert not unused, f"services/{name}/glossary/words.py has words that no field uses: {', '.join(unused)}"
    assert not twice, f"services/{name}/glossary/words.py says again what is common: {', '.join(twice)}"


def test_no_common_word_is_unused() -> None:
    unused = sorted(set(COMMON.words) - set().union(*map(_used, SERVICES)))

    assert not unused, f"libs/kernel/glossary.py has words that no field uses: {', '.join(unused)}"


@pytest.mark.parametrize("name", SERVICES)
def test_no_meaning_is_left_of_a_code_that_is_gone(name: str) -> None:
    fields = {f"{schema}.{field}": part for schema, field, part in _fields(name)}
    for key, meanings in _own(name).codes.items():
        if "." in key:
            assert all(f"* `{code}`: {meaning}" in fields[key]["description"] for code, meaning in meanings.items()), (
                key
            )
        else:
            assert set(meanings) == set(schemas(name)[key]["enum"]), key


@pytest.mark.parametrize("name", SERVICES)
def test_no_description_tells_of_the_code(name: str) -> None:
    told = str(document(name))

    assert not [word for word in ("libs.", "services.", "domain/", ".py") if word in told]
