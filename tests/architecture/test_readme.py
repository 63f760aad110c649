"""The project's README promises only calls that there are, to roles that may make them."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.chassis.service import Service, edges
from libs.kernel.roles import Role

README = (Path(__file__).parents[2] / "README.md").read_text()
_SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")
_ROW = re.compile(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_PARAMETER = re.compile(r"\{[^}]+\}")

Promise = tuple[str, str, str, str]  # role, service, method, path


def _table() -> str:
    _, _, rest = README.partition("Who does what, from a concern to its end")
    return rest.split("\n\n")[1]


def _promises() -> Iterator[Promise]:
    """Yield each call of the table with each role that is to make it; `;` parts the roles as it parts the calls."""
    for roles, calls in _ROW.findall(_table()):
        of_roles, of_calls = roles.split(";"), calls.split(";")
        for place, part in enumerate(of_calls):
            service = next((name for name in part.split() if name in _SERVICES), None)
            if service is None:
                continue
            for role in re.findall("`([a-z_]+)`", of_roles[min(place, len(of_roles) - 1)]):
                yield from ((role, service, method, path) for method, path in _calls(part))


def _calls(part: str) -> Iterator[tuple[str, str]]:
    path = ""
    for said in re.findall("`([^`]+)`", part):
        method, _, rest = said.rpartition(" ")
        path = path.rpartition(":")[0] + rest if rest.startswith(":") else rest
        yield method or "POST", path


def _permission(service: Service, method: str, path: str) -> str:
    wanted = _PARAMETER.sub("{}", path)
    return next(
        route.permission
        for route in edges(service)
        if method in (route.methods or ()) and f"/v1{_PARAMETER.sub('{}', route.path.removeprefix('/v1'))}" == wanted
    )


def test_the_table_has_ten_steps() -> None:
    steps = [row for row in _ROW.findall(_table()) if "`" in row[0]]

    assert len(steps) == 10
    assert len(set(_promises())) > 20


@pytest.mark.parametrize("promise", sorted(set(_promises())), ids=" ".join)
def test_every_call_of_the_journey_is_there_and_open_to_its_role(promise: Promise) -> None:
    role, name, method, path = promise
    service: Service = importlib.import_module(f"services.{name}.app").SERVICE

    assert Role(role) in service.grants[_permission(service, method, path)]
