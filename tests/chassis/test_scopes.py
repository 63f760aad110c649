"""Scopes: an application reaches what its role grants and one of its scopes covers; both of it and its user are kept."""

from typing import Any

import pytest

from libs.chassis import scopes
from libs.chassis.auth import Caller
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller, token

APP = caller(Role.SCREENER, kind="client")
SOMEBODY = caller(Role.SCREENER)


def _holding(*reached: str) -> Caller:
    return Caller(id=derived_id("test", "app"), kind="client", scopes=frozenset(reached))


@pytest.mark.parametrize(
    ("scope", "permission", "covered"),
    [
        ("people", "people:read", True),
        ("people", "people:reveal", True),
        ("people.read", "people:read", True),
        ("people.read", "people:read-receipt", True),
        ("people.read", "people:list", True),
        ("people.read", "people:reveal", False),
        ("people.read", "people:readdress", False),
        ("people.read", "people:open", False),
        ("people", "people-matches:read", False),
        ("people.write", "people:open", False),
        ("*.read", "people:read", True),
        ("*.read", "people:open", False),
        ("*", "people:open", True),
        ("peo*", "people:open", False),
        ("", "people:read", False),
    ],
)
def test_a_scope_covers_a_resource_or_only_its_reading(scope: str, permission: str, covered: bool) -> None:
    assert scopes.cover(_holding(scope), permission) is covered


def test_no_scope_covers_nothing_and_no_limit_covers_all() -> None:
    assert not scopes.cover(_holding(), "people:read")
    assert scopes.cover(SOMEBODY, "people:open")


async def _open_and_read(stage: Stage, by: Caller, **claims: Any) -> tuple[int, int]:
    headers = {"authorization": f"Bearer {token(by, at=stage.clock.now, **claims)}"}
    opened = await stage.post("/v1/boxes", {"label": "A"}, by=by, headers=headers)
    read = await stage.get("/v1/boxes", by=by, headers=headers)
    return opened.status_code, read.status_code


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [
        ("example:boxes", (201, 200)),
        ("example:boxes.read", (403, 200)),
        ("example:other elsewhere:boxes", (403, 403)),
        (None, (403, 403)),
    ],
)
async def test_an_application_does_what_role_and_scope_both_allow(
    stage: Stage, scope: str | None, statuses: tuple[int, int]
) -> None:
    assert await _open_and_read(stage, APP, scope=scope) == statuses


async def test_a_scope_gives_nothing_that_the_role_does_not_grant(stage: Stage) -> None:
    nobody = caller(Role.REFERRER, kind="client")

    assert await _open_and_read(stage, nobody, scope="example:*") == (403, 403)


async def test_a_person_is_limited_only_by_scopes_that_their_token_carries(stage: Stage) -> None:
    assert await _open_and_read(stage, SOMEBODY) == (201, 200)
    assert await _open_and_read(stage, SOMEBODY, client_id="app-1", scope="example:boxes.read") == (403, 200)


async def test_a_refusal_for_want_of_a_scope_says_so(stage: Stage) -> None:
    headers = {"authorization": f"Bearer {token(APP, at=stage.clock.now, scope='example:boxes.read')}"}

    answer = await stage.post("/v1/boxes", {"label": "A"}, by=APP, headers=headers)

    assert answer.json()["type"] == "urn:fsp:problem:out-of-scope"
    assert "boxes:open" in answer.json()["detail"]


async def test_the_audit_keeps_the_person_and_the_application_they_acted_through(stage: Stage) -> None:
    headers = {"authorization": f"Bearer {token(SOMEBODY, at=stage.clock.now, client_id='app-1')}"}
    await stage.post("/v1/boxes", {"label": "A"}, by=SOMEBODY, headers=headers)
    await stage.post("/v1/boxes", {"label": "A"}, by=SOMEBODY)

    through_app, without = await stage.audited()

    assert (through_app.actor_id, through_app.actor_kind, through_app.client_id) == (SOMEBODY.id, "person", "app-1")
    assert (without.actor_id, without.client_id) == (SOMEBODY.id, None)
