"""Logs without personal data, counters, and the correlation id that ties a request to its events."""

import logging
import sys
import time
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.kernel.ids import new_id

#: The only keys that a log line may have. Anything else is dropped, not masked.
ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "service", "correlation_id", "method", "route", "status", "duration_ms",
        "code", "kind", "where", "event_type", "event_id", "source", "count", "attempt", "version", "name",
    }
)  # fmt: skip

REQUESTS = Histogram("fsp_request_seconds", "Requests by route", ["service", "method", "route", "status"])
PUBLISHED = Counter("fsp_events_published_total", "Events published", ["service"])
APPLIED = Counter("fsp_events_applied_total", "Events applied", ["service", "source"])
PARKED = Counter("fsp_events_parked_total", "Events parked", ["service", "reason"])
UNPUBLISHED_AGE = Gauge("fsp_outbox_oldest_seconds", "Age of the oldest event not yet published", ["service"])
HOLIDAYS_LEFT = Gauge("fsp_bank_holidays_days", "For how many days bank holidays are listed", ["service"])

_correlation: ContextVar[UUID | None] = ContextVar("correlation", default=None)

log = structlog.get_logger()


def correlation_id() -> UUID:
    """Return the id that this request and all that follows from it carry."""
    current = _correlation.get()
    if current is None:
        current = new_id()
        _correlation.set(current)
    return current


def _only_allowed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in line.items() if key in ALLOWED}


@contextmanager
def correlated(id_: UUID) -> Iterator[None]:
    """Let what is logged inside carry the id of what caused it."""
    token = _correlation.set(id_)
    try:
        yield
    finally:
        _correlation.reset(token)


def configure(service: str) -> None:
    """Write JSON lines to stdout, each with the service's name; libraries' own loggers say warnings only."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.ERROR, format="%(name)s %(levelname)s", stream=sys.stdout)


def log_exception(error: BaseException, **facts: Any) -> None:
    """Log where an exception came from and of which kind, never its message: that may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in reversed(frames[-6:]))
    log.error("unforeseen", kind=type(error).__name__, where=where, correlation_id=str(correlation_id()), **facts)


class RequestLog:
    """Pure ASGI: a correlation id for every request, one log line and one measurement after it."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation = _sent_correlation(scope) or new_id()
        token = _correlation.set(correlation)
        started = time.perf_counter()
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", str(correlation).encode())]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._note(scope, status, time.perf_counter() - started, correlation)
            _correlation.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float, correlation: UUID) -> None:
        # The route's template, never the path: a path may hold an id, and later a mistake.
        route = getattr(scope.get("route"), "path", "none")
        REQUESTS.labels(self._service, scope["method"], route, status).observe(seconds)
        if route not in {"/livez", "/readyz", "/metrics"}:
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                correlation_id=str(correlation),
            )


def _sent_correlation(scope: Scope) -> UUID | None:
    for name, value in scope["headers"]:
        if name == b"x-correlation-id":
            try:
                return UUID(value.decode("ascii"))
            except ValueError:
                return None
    return None
