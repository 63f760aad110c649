"""Every route of every service as something to send nonsense to: its address, a body that is right, what it asks for."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from libs.chassis.edge import Edge, _if_match
from libs.chassis.service import edges
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.architecture.documents import document, service
from tests.harness import Stage, caller

EVERYBODY = caller(*Role, team=derived_id("team", "any"), agency=derived_id("agency", "any"))
NOBODY = caller(id=derived_id("test", "nobody"))
#: What is sent, and may be in no answer and no line of a log.
CANARY = "Kanarie-Wren-4711"
#: Ids that stand in an address and are no UUID.
_NUMBERS = {"code": "3", "version": "1"}
_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b(?! INTO audit\b)", re.IGNORECASE)

Staged = Callable[[str], AbstractAsyncContextManager[Stage]]


@dataclass(frozen=True, slots=True)
class Route:
    """A route, and a request to it that has the right shape."""

    edge: Edge
    verb: str
    path: str
    bodies: dict[str, dict[str, Any]]

    @property
    def has_body(self) -> bool:
        """Whether it takes a body."""
        return self.edge.body_field is not None

    @property
    def needs_body(self) -> bool:
        """Whether it takes no request without one."""
        return self.edge.body_field is not None and bool(self.edge.body_field.field_info.is_required())

    @property
    def body(self) -> dict[str, Any] | None:
        """A body that is right."""
        return next(iter(self.bodies.values()), None)

    @property
    def takes_etag(self) -> bool:
        """Whether it changes a record that the caller has read."""
        return any(needed.call is _if_match for needed in self.edge.dependant.dependencies)

    @property
    def names_records(self) -> bool:
        """Whether its address holds the id of a record."""
        return "_id}" in self.edge.path_format

    @property
    def pages(self) -> bool:
        """Whether it answers with pages."""
        return "after" in self.edge.parameters

    def address(self, id_: str | None = None) -> str:
        """Return its address with some id, or with this one."""
        filled = {name: id_ or str(derived_id(name)) for name in re.findall(r"{(\w+)}", self.edge.path_format)}
        return self.edge.path_format.format_map({**filled, **{k: v for k, v in _NUMBERS.items() if k in filled}})

    def __str__(self) -> str:
        """Return what an integrator calls it."""
        return f"{self.verb} {self.edge.path_format}"


def routes(name: str) -> Iterator[Route]:
    """Return the routes of a service."""
    for edge in edges(service(name)):
        (verb,) = edge.methods
        told = document(name)["paths"][edge.path_format][verb.lower()].get("requestBody")
        examples = told["content"]["application/json"]["examples"] if told else {}
        bodies = {kind: json.loads(json.dumps(each["value"])) for kind, each in examples.items()}
        yield Route(edge, verb, edge.path_format, bodies)


@contextmanager
def nothing_done(stage: Stage, told: str) -> Iterator[None]:
    """Hold that nothing is written meanwhile but that somebody was refused."""
    with stage.statements() as seen:
        yield
    changes = [statement for statement in seen if _CHANGES.match(statement)]
    assert not changes, f"{told}: {changes[0]}"


@asynccontextmanager
async def attacked(staged: Staged, name: str) -> AsyncIterator[tuple[Stage, list[str]]]:
    """Put a service on stage; at the end, tell all cells that were wrong at once."""
    wrong: list[str] = []
    async with staged(name) as stage:
        yield stage, wrong
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:60])
