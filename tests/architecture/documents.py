"""The five OpenAPI documents, as an integrator gets them."""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from libs.chassis.service import Service, create_app
from tests.harness import TestKeys, settings_for

SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")
NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"


def service(name: str) -> Service:
    found: Service = importlib.import_module(f"services.{name}.app").SERVICE
    return found


@cache
def document(name: str) -> dict[str, Any]:
    made: dict[str, Any] = create_app(service(name), settings_for(NOWHERE), keys=TestKeys(), bus=False).openapi()
    return made


def schemas(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = document(name)["components"]["schemas"]
    return found


def operations(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation of a service, with its method and path."""
    for path, verbs in document(name)["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb.upper()} {path}", operation
