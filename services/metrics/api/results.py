"""Answers to questions, and answers that are kept."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from libs.chassis.edge import Tx, may, router
from services.metrics.commands import published, runs
from services.metrics.domain.questions import Asked, View, need_view
from services.metrics.domain.results import Answer
from services.metrics.queries import records, results
from services.metrics.schemas import NewRun, Question, ResultView, RunView

routes = router(tags=["results"])


@routes.get("/results", dependencies=[may("results:read")])
async def read_results(tx: Tx, question: Annotated[Question, Query()]) -> ResultView:
    """Answer a question from what is known, or was known at `known_at`.

    Flows are counted from `from` up to, and without, `until`; stocks at `as_of`, or on the last day of the window.
    The answer says the window used in `from` and `until`. Without dates it is, by view:

    * `internal` (needs a manager): the year up to and with the data date; a stock stands on the data date.
    * `publishable` (unless said): the last financial year that has closed, April to March; a stock stands at the end
      of the last closed month. What is asked again while it grows would show the few that were added, so that windows
      that reach past the data date are refused; the refusal names the latest that are allowed.

    Published figures are frozen when they are first asked for; `edition` says how many times.
    """
    return ResultView.of(await _answer(tx, question.asked()))


@routes.post("/runs", status_code=201, dependencies=[may("runs:start")])
async def start_run(tx: Tx, body: NewRun) -> RunView:
    """Answer a question and keep the answer as it is now."""
    return RunView.of(await runs.keep(tx, await _answer(tx, body.asked())))


@routes.get("/runs/{run_id}", dependencies=[may("runs:read")])
async def read_run(tx: Tx, run_id: UUID) -> RunView:
    """Read an answer that was kept."""
    return RunView.of(await records.run(tx, run_id))


async def _answer(tx: Tx, asked: Asked) -> Answer:
    need_view(tx.by.roles, asked.view)
    if asked.view is View.PUBLISHABLE:
        return await published.answer(tx, asked)
    return await results.answer(tx, asked)
