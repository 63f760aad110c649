"""What those who run a service need: is it alive, is it ready, what is parked, and its documents."""

from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.staticfiles import StaticFiles

from libs.chassis import audit, holidays, inbox, migrations, telemetry
from libs.chassis.edge import Tx, may, router
from libs.chassis.fields import View
from libs.chassis.pagination import Page, WantedPage, rows_after
from libs.chassis.tables import parked_event
from libs.kernel.errors import NotFound

#: The permission to read and replay parked events; every service's grants name it.
OPERATE = "operations:run"


_REASONS = """Why the event waits

* `early`: those before it have not been applied yet
* `failing`: it will be tried again
* `failed`: it was tried often enough and waits for a person
* `malformed`: it is not such an event as was agreed"""


class Parked(View):
    """An event that waits: early for those before it, failing for its next try, failed or malformed for a person."""

    id: UUID = Field(description="The event's id")
    source: str = Field(description="The service that said it")
    type: str = Field(description="The type of the event")
    aggregate_id: UUID = Field(description="What it happened to")
    revision: int = Field(description="Its number among the events of that aggregate")
    reason: str = Field(description=_REASONS)
    error: str | None = Field(description="Why it could not be applied, as the code says it")


def parked_routes(*, service: str, subscriptions: inbox.Subscriptions) -> APIRouter:
    """Make the routes over parked events."""
    routes = router(tags=["operations"])

    @routes.get("/parked-events", dependencies=[may(OPERATE)], operation_id="list_parked_events")
    async def list_parked(
        tx: Tx,
        wanted: WantedPage,
        reason: Annotated[Literal["early", "failed", "malformed"] | None, Query(description=_REASONS)] = None,
    ) -> Page[Parked]:
        """List the events that wait, and why."""
        query = select(parked_event)
        if reason:
            query = query.where(parked_event.c.reason == reason)
        rows, following = await rows_after(
            tx, query, keys=[parked_event.c.reason, parked_event.c.parked_at, parked_event.c.id], wanted=wanted
        )
        return Page(items=[Parked.model_validate(row) for row in rows], next=following)

    @routes.post(
        "/parked-events/{event_id}:replay",
        dependencies=[may(OPERATE)],
        status_code=204,
        operation_id="replay_parked_event",
    )
    async def replay_parked(tx: Tx, event_id: Annotated[UUID, Path(description="The parked event")]) -> None:
        """Apply a parked event again, and those that waited for it."""
        if not await inbox.replay_parked(tx, subscriptions, service=service, event_id=event_id):
            raise NotFound
        audit.record(tx, "operations:replay", record_id=event_id)

    return routes


def install(app: FastAPI, *, service: str, asyncapi: dict[str, Any]) -> None:
    """Add health, metrics and documents; none needs a token, none holds a person's data."""
    import fastapi_offline  # noqa: PLC0415 - only for where its files lie

    heads = migrations.heads_of(service)
    assets = f"{fastapi_offline.__path__[0]}/static"
    app.mount("/assets", StaticFiles(directory=assets), name="assets")

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> Response:
        checks = {"database": False, "broker": request.app.state.bus.connected if request.app.state.bus else True}
        try:
            checks["database"] = await migrations.is_current(request.app.state.runtime.database.engine, heads)
        except (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            checks["database"] = False
        soon = holidays.warnings(request.app.state.runtime.database.clock())
        return JSONResponse(checks | ({"warnings": soon} if soon else {}), 200 if all(checks.values()) else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        left = holidays.days_left(request.app.state.runtime.database.clock())
        telemetry.HOLIDAYS_LEFT.labels(service).set(left)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/assets/swagger-ui-bundle.js",
            swagger_css_url="/assets/swagger-ui.css",
            swagger_favicon_url="/assets/favicon.png",
        )

    @app.get("/asyncapi.json", include_in_schema=False)
    async def events() -> dict[str, Any]:
        return asyncapi
