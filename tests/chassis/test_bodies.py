"""Bodies that nobody should send: each gets its stated problem, and leaves nothing."""

import json
import time

import pytest

from libs.chassis.edge import _depth
from libs.kernel.roles import Role
from tests.harness import Stage, caller

SCREENER = caller(Role.SCREENER)
ANALYST = caller(Role.ANALYST)


BODIES = {
    "cut off": (b'{"label": ', 400, "malformed-json"),
    "not utf-8": (b'{"label": "\xff"}', 400, "malformed-json"),
    "twice the same key": (b'{"label": "a", "label": "b"}', 400, "duplicate-key"),
    "too deep": (b'{"label":' + b"[" * 40 + b"]" * 40 + b"}", 400, "json-too-complex"),
    "too many digits": (b'{"label": "a", "things": ' + b"9" * 200 + b"}", 400, "json-too-complex"),
    "not a number": (b'{"label": "a", "things": NaN}', 422, "invalid-number"),
    "beyond every number": (b'{"label": "a", "things": 1e999}', 422, "invalid-number"),
    "a NUL": (b'{"label": "a\\u0000b"}', 422, "invalid-text"),
    "half a surrogate": (b'{"label": "a\\ud800b"}', 422, "invalid-text"),
    "a bidi override": ('{"label": "a\u202eb"}'.encode(), 422, "invalid-text"),
    "an unknown field": (b'{"label": "a", "colour": "red"}', 422, "unknown-field"),
    "too long": (json.dumps({"label": "a" * 201}).encode(), 422, "too-long"),
    "no zone": (b'{"label": "a", "occurred_at": "2026-11-20T09:00:00"}', 422, "invalid-datetime"),
    "a number for a moment": (b'{"label": "a", "occurred_at": 0}', 422, "invalid-datetime"),
    "a number in quotes for a moment": (b'{"label": "a", "occurred_at": "0"}', 422, "invalid-datetime"),
    "a moment without seconds": (b'{"label": "a", "occurred_at": "2026-11-20T09:00Z"}', 422, "invalid-datetime"),
    "nothing that is seen": ('{"label": "\u200b"}'.encode(), 422, "invalid-text"),
    "two lines in one": ('{"label": "a\u2028b"}'.encode(), 422, "invalid-text"),
    "30 February": (b'{"label": "a", "on": "2026-02-30"}', 422, "invalid-date"),
    "year 1": (b'{"label": "a", "on": "0001-01-01"}', 422, "invalid-date"),
    "true for one": (b'{"label": "a", "things": true}', 422, "invalid-body"),
    "beyond an integer": (b'{"label": "a", "things": 9999999999}', 422, "invalid-body"),
    "the future": (b'{"label": "a", "occurred_at": "2027-01-01T00:00:00Z"}', 422, "implausible-date"),
    "empty": (b"", 400, "malformed-json"),
    "ten megabytes": (b'{"label": "' + b"a" * 10_000_000 + b'"}', 413, "body-too-large"),
}


@pytest.mark.parametrize(("body", "status", "slug"), BODIES.values(), ids=BODIES)
async def test_bad_bodies_get_the_stated_problem_and_leave_nothing(
    stage: Stage, body: bytes, status: int, slug: str
) -> None:
    answer = await stage.call(
        "POST", "/v1/boxes", by=SCREENER, content=body, headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:fsp:problem:{slug}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await stage.get("/v1/boxes", by=ANALYST)).json()["items"] == []


async def test_a_string_without_an_end_does_not_hold_up_the_others(stage: Stage) -> None:
    body = b'{"label":' + b"[" * 33 + b'"' + b'\\"' * 100_000
    started = time.thread_time()  # of this thread alone: a busy machine changes nothing

    answer = await stage.call(
        "POST", "/v1/boxes", by=SCREENER, content=body, headers={"content-type": "application/json"}
    )

    assert answer.json()["type"] == "urn:fsp:problem:json-too-complex"
    assert time.thread_time() - started < 2


def test_a_bracket_in_a_string_is_no_depth() -> None:
    assert _depth(b'{"a": "' + b"[" * 40 + b'\\"' + b"[" * 40 + b'"}') == 1


async def test_a_body_of_a_thousand_and_five_keys_is_read(stage: Stage) -> None:
    body = {"label": "A", **{f"field_{number}": None for number in range(1004)}}

    answer = await stage.post("/v1/boxes", body, by=SCREENER)

    assert answer.json()["type"] == "urn:fsp:problem:unknown-field"


async def test_a_body_of_more_keys_than_anybody_has_is_refused(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {f"field_{number}": None for number in range(10_001)}, by=SCREENER)

    assert answer.json()["type"] == "urn:fsp:problem:json-too-complex"


async def test_other_scripts_and_emoji_are_kept_as_they_were_sent(stage: Stage) -> None:
    label = "Zoë Łukasz 李 محمد 👩‍👧"

    answer = await stage.post("/v1/boxes", {"label": label}, by=SCREENER)

    assert answer.json()["label"] == label


@pytest.mark.parametrize("moment", ["2026-11-20T09:00:00Z", "2026-11-20 09:00:00.123456+00:00", "2026-11-20t09:00:00z"])
async def test_a_moment_is_written_as_in_rfc_3339(stage: Stage, moment: str) -> None:
    answer = await stage.post("/v1/boxes", {"label": "A", "occurred_at": moment}, by=SCREENER)

    assert answer.status_code == 201


async def test_all_faults_of_a_body_are_told_at_once_and_nothing_is_echoed(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "a" * 201, "things": -1, "secret": "Ada Example"}, by=SCREENER)

    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/label", "/things", "/secret"}
    assert "Ada" not in answer.text


async def test_a_body_of_another_kind_is_refused(stage: Stage) -> None:
    answer = await stage.call(
        "POST", "/v1/boxes", by=SCREENER, content=b"label=a", headers={"content-type": "text/plain"}
    )

    assert (answer.status_code, answer.json()["type"]) == (415, "urn:fsp:problem:unsupported-media-type")
