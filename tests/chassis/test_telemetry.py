"""Logs carry what is on the list of allowed keys, and nothing a person wrote."""

import json
from collections.abc import Iterator

import pytest
import structlog

from libs.chassis import telemetry
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(telemetry, "log", structlog.get_logger())
    telemetry.configure("example")
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_key_that_is_not_on_the_list_is_dropped(configured: None, capsys: pytest.CaptureFixture[str]) -> None:

    telemetry.log.info("request", status=200, name_of_child="Ada Example")

    line = json.loads(capsys.readouterr().out)
    assert line["status"] == 200
    assert "name_of_child" not in line


async def test_no_canary_leaves_by_log_metric_or_error(
    configured: None, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = "Canary-Wren-4711"
    by = caller(Role.SCREENER)

    answers = [
        await stage.post("/v1/boxes", {"label": canary, "story": canary}, by=by),
        await stage.post("/v1/boxes", {"label": canary * 20}, by=by),
        await stage.post("/v1/boxes", {"label": "A", canary: canary}, by=by),
        await stage.post("/v1/boxes", {"label": "A", "on": canary}, by=by),
        await stage.get(f"/v1/boxes?state={canary}&after={canary}", by=by),
        await stage.get(f"/v1/boxes/{canary}", by=by),
        await stage.post(f"/v1/boxes/{new_id()}:break", by=by),
    ]

    for answer in answers[1:]:
        assert canary not in answer.text
    assert canary not in capsys.readouterr().out
    assert canary not in (await stage.client.get("/metrics")).text
    assert canary not in json.dumps([said.data for said in await stage.said()])
