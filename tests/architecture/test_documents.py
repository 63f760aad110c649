"""The OpenAPI documents say who may call, what must be sent, and leak nothing of how the code lies."""

import json
import re

import pytest

from tests.architecture.documents import SERVICES, document, operations, schemas, service


@pytest.mark.parametrize("name", SERVICES)
def test_a_change_must_carry_the_etag_that_was_read(name: str) -> None:
    asked = 0
    for where, operation in operations(name):
        headers = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert "if-match" not in headers, where
        assert ("If-Match" in headers) == ("428" in operation["responses"]), where
        if "If-Match" in headers:
            asked += 1
            assert headers["If-Match"]["required"], where
            assert headers["If-Match"]["schema"]["type"] == "string", where

    assert asked


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_names_the_roles_that_may_call_it(name: str) -> None:
    grants = service(name).grants
    for where, operation in operations(name):
        roles = sorted(grants[operation["x-permission"]])
        assert operation["x-roles"] == roles, where
        assert f"May be called by: {', '.join(roles)}." in operation["description"], where
        assert operation["responses"]["403"]["description"].endswith(", ".join(roles)), where


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_names_the_scopes_that_reach_it(name: str) -> None:
    for where, operation in operations(name):
        resource = operation["x-permission"].partition(":")[0]
        assert {f"{name}:{resource}", f"{name}:*"} <= set(operation["x-scopes"]), where


@pytest.mark.parametrize("name", SERVICES)
def test_the_document_says_where_the_service_is(name: str) -> None:
    assert document(name)["servers"] == [{"url": "/"}]


@pytest.mark.parametrize("name", SERVICES)
def test_no_schema_name_tells_of_modules_or_directions(name: str) -> None:
    for schema, told in schemas(name).items():
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", schema), schema
        assert not schema.endswith(("Input", "Output")), schema
        assert told.get("title", schema) == schema


@pytest.mark.parametrize("name", SERVICES)
def test_every_reference_leads_to_a_schema(name: str) -> None:
    meant = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document(name))))

    assert meant == set(schemas(name))
