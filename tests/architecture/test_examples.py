"""Every body of the five documents has an example, and the service would take it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from libs.chassis.edge import Edge
from libs.chassis.service import edges
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.architecture.documents import SERVICES, document, operations, schemas, service
from tests.harness import Stage, caller

#: What an example of a person may be called.
INVENTED = {"family_name": "Invented", "email": "example.org", "contact": "example.org"}

#: What stands in an address and is no id.
NUMBERS = {"code": "3"}


def _bodies(name: str) -> Iterator[tuple[Edge, dict[str, Any]]]:
    """Every route that takes a body, with what the document tells of it."""
    for route in edges(service(name)):
        if route.body_field is not None:
            (verb,) = route.methods
            told = document(name)["paths"][route.path_format][verb.lower()]["requestBody"]["content"]
            yield route, told["application/json"]


def _within(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _within(inner)


@pytest.mark.parametrize("name", SERVICES)
def test_every_body_has_an_example(name: str) -> None:
    lacks = [
        where
        for where, operation in operations(name)
        if "requestBody" in operation and not operation["requestBody"]["content"]["application/json"].get("examples")
    ]

    assert not lacks, f"bodies without an example: {', '.join(lacks)}"


@pytest.mark.parametrize("name", SERVICES)
def test_every_example_is_one_that_the_service_takes(name: str) -> None:
    refused = []
    for route, told in _bodies(name):
        takes = TypeAdapter[Any](route.body_field.field_info.annotation)
        for kind, example in told["examples"].items():
            try:
                takes.validate_json(json.dumps(example["value"]))
            except ValidationError as error:
                refused += [f"{kind}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]

    said = "; ".join(sorted(set(refused)))
    assert not refused, f"services/{name}/glossary/examples.py has to give or mend: {said}"


@pytest.mark.parametrize("name", SERVICES)
def test_every_kind_of_a_body_has_its_example(name: str) -> None:
    for _, told in _bodies(name):
        meant = {each["$ref"].rpartition("/")[2] for each in _alternatives(told["schema"]) if "$ref" in each}
        assert set(told["examples"]) == meant


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]


@pytest.mark.parametrize("name", SERVICES)
def test_examples_tell_of_invented_people_only(name: str) -> None:
    for _, told in _bodies(name):
        for example in told["examples"].values():
            assert example["summary"].startswith("Invented")
            for field, value in _within(example["value"]):
                assert field not in INVENTED or value.endswith(INVENTED[field]), (field, value)


@pytest.mark.parametrize("name", SERVICES)
def test_no_example_is_left_of_a_field_that_is_gone(name: str) -> None:
    there = set(schemas(name))
    for schema, told in schemas(name).items():
        there |= {name for field in told.get("properties", {}) for name in (field, f"{schema}.{field}")}

    assert not set(service(name).glossary.examples) - there


@pytest.mark.parametrize("name", SERVICES)
async def test_no_example_is_bad_input_to_the_running_service(
    name: str, staged: Callable[[str], AbstractAsyncContextManager[Stage]]
) -> None:
    everybody = caller(*Role, team=derived_id("team", "any"), agency=derived_id("agency", "any"))
    refused = []
    async with staged(name) as stage:
        for route, told in _bodies(name):
            path = re.sub(r"{(\w+)}", lambda found: NUMBERS.get(found[1], str(derived_id(found[1]))), route.path_format)
            (verb,) = route.methods
            for kind, example in told["examples"].items():
                answer = await stage.call(verb, path, example["value"], by=everybody, if_match=1)
                if answer.status_code not in {200, 201, 204, 403, 404, 409, 412}:
                    refused.append(f"{verb} {path} {kind}: {answer.text}")

    assert not refused, "\n".join(refused)
