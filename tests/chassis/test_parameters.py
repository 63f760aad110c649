"""What a query says is known or refused, and a problem points at what was sent without repeating it."""

import json

import pytest
from fastapi.exceptions import RequestValidationError

from libs.chassis import problems
from libs.kernel.roles import Role
from tests.harness import Stage, caller

SCREENER = caller(Role.SCREENER)


@pytest.mark.parametrize("query", ["stat=open", "family=x", "state=open&Ana%20Riverby=1", "limit=1&limits=2"])
async def test_a_parameter_that_the_list_does_not_know_is_refused(stage: Stage, query: str) -> None:
    answer = await stage.get(f"/v1/boxes?{query}", by=SCREENER)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")
    assert "Riverby" not in answer.text
    assert "It is none of: after, limit" in answer.text


async def test_the_cursor_of_one_list_opens_no_other(stage: Stage) -> None:
    for number in range(2):
        await stage.post("/v1/boxes", {"label": f"Box {number}"}, by=SCREENER)
    cursor = (await stage.get("/v1/boxes?limit=1", by=SCREENER)).json()["next"]

    answer = await stage.get(f"/v1/parked-events?after={cursor}", by=caller(Role.SERVICE_ADMIN))

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "after")


@pytest.mark.parametrize("key", ["a b", "ä", "", "x" * 201])
async def test_a_key_is_of_visible_characters(stage: Stage, key: str) -> None:
    headers = {"idempotency-key": key.encode("latin-1")}
    answer = await stage.post("/v1/boxes", {"label": "A box"}, by=SCREENER, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:fsp:problem:idempotency-key-required")


async def test_whoever_is_late_is_not_handed_their_own_number_back(stage: Stage) -> None:
    opened = (await stage.post("/v1/boxes", {"label": "A box"}, by=SCREENER)).json()

    answer = await stage.post(f"/v1/boxes/{opened['id']}:close", by=SCREENER, if_match=7)

    assert answer.status_code == 412
    assert "revision" not in answer.json()


def _faults(*errors: dict[str, object], body: object = None) -> list[dict[str, str]]:
    answer = problems.of_exception(RequestValidationError(list(errors), body=body))
    found: list[dict[str, str]] = json.loads(bytes(answer.body))["errors"]
    return found


def test_a_pointer_leads_to_what_was_sent_and_not_through_the_name_of_its_shape() -> None:
    sent = {"detail": {"children": [{"id": "x"}]}}
    path = ("body", "visit", "detail", "children", 0, "id")

    faults = _faults({"type": "uuid_parsing", "loc": path, "msg": "invalid character: found `x`"}, body=sent)

    assert faults == [{"pointer": "/detail/children/0/id", "code": "invalid-body", "detail": "It is not a UUID"}]


def test_a_pointer_leads_to_what_is_missing() -> None:
    faults = _faults({"type": "missing", "loc": ("body", "visit", "detail"), "msg": "Field required"}, body={"kind": 1})

    assert faults[0]["pointer"] == "/detail"


def test_a_kind_that_does_not_exist_is_not_repeated() -> None:
    ctx = {"discriminator": "'kind'", "tag": "Ana Riverby", "expected_tags": "'visit', 'event'"}
    fault = {"type": "union_tag_invalid", "loc": ("body",), "msg": "Input tag 'Ana Riverby' found", "ctx": ctx}

    assert _faults(fault, body={"kind": "Ana Riverby"})[0]["detail"] == "It is none of: 'visit', 'event'"


def test_a_list_is_not_called_too_short_because_of_an_item_that_is_wrong() -> None:
    item = {"type": "uuid_parsing", "loc": ("body", "children", 0), "msg": ""}
    short = {"type": "too_short", "loc": ("body", "children"), "msg": "", "ctx": {"min_length": 1}}

    assert [fault["pointer"] for fault in _faults(item, short, body={"children": ["x"]})] == ["/children/0"]
    assert [fault["pointer"] for fault in _faults(short, body={"children": []})] == ["/children"]
