"""What is one thing to a caller has one name in all services."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from libs.chassis.service import Service, create_app
from tests.harness import TestKeys, settings_for

_SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")


def _filters(name: str) -> Iterator[tuple[str, str]]:
    """Yield each query parameter that is an id, with its operation."""
    service: Service = importlib.import_module(f"services.{name}.app").SERVICE
    app = create_app(service, settings_for("postgresql+asyncpg://x:x@127.0.0.1:1/x"), keys=TestKeys(), bus=False)
    for path in app.openapi()["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and _is_id(parameter["schema"]):
                    yield operation["operationId"], parameter["name"]


def _is_id(schema: dict[str, Any]) -> bool:
    return any(one.get("format") == "uuid" for one in (schema, *schema.get("anyOf", ())))


@pytest.mark.parametrize("name", _SERVICES)
def test_a_filter_by_an_id_is_called_after_what_it_is_the_id_of(name: str) -> None:
    found = list(_filters(name))

    assert found
    assert [one for one in found if not one[1].endswith("_id")] == []
