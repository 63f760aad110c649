"""Errors as application/problem+json (RFC 9457), all faults of a body at once, never an echo of what was sent."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from libs.chassis import telemetry
from libs.chassis.auth import IssuerAway, Unauthenticated
from libs.chassis.database import state_of
from libs.kernel.errors import Conflict, DomainError, Invalid, NotFound, NotPermitted, Stale

STATUS: Mapping[type[DomainError], int] = {
    NotFound: 404,
    NotPermitted: 403,
    Conflict: 409,
    Stale: 412,
    Invalid: 422,
}

_HTTP = {
    400: ("malformed-json", "The body is not valid JSON."),
    404: ("not-found", "There is no such record, or it is not yours to see."),
    405: ("method-not-allowed", "This address does not know that method."),
    413: ("body-too-large", "The body is larger than this address takes."),
}

# What pydantic calls a fault -> the problem's slug.
_SLUGS = {
    "extra_forbidden": "unknown-field",
    "string_too_long": "too-long",
    "invalid-text": "invalid-text",
    "string_unicode": "invalid-text",
    "finite_number": "invalid-number",
    "invalid-date": "invalid-date",
    "date_from_datetime_parsing": "invalid-date",
    "date_parsing": "invalid-date",
    "invalid-datetime": "invalid-datetime",
    "datetime_from_date_parsing": "invalid-datetime",
    "datetime_parsing": "invalid-datetime",
    "datetime_type": "invalid-datetime",
}

# Classes of SQLSTATE: connection, authorisation, resources, object not ready, operator's intervention.
_UNAVAILABLE = frozenset({"08", "28", "53", "55", "57"})
# What opening a connection raises, and a statement that is never answered; the driver's own errors come bare only then.
_NOT_REACHED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_LATER = {"Retry-After": "2"}

#: How many faults of one body are told; a body of nothing but faults must not be answered by one still longer.
MOST_FAULTS = 100

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Problem(HTTPException):
    """A refusal at the edge, before any rule was asked."""

    def __init__(
        self, status: int, slug: str, detail: str, *, title: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.slug = slug
        self.title = title or detail


def answer(
    status: int,
    slug: str,
    *,
    title: str,
    detail: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """Write a problem; `facts` are ids, codes and numbers that help the caller to go on."""
    body: dict[str, Any] = {
        "type": f"urn:fsp:problem:{slug}",
        "title": title,
        "status": status,
        "instance": f"urn:uuid:{telemetry.correlation_id()}",
    }
    if detail and detail != title:
        body["detail"] = detail
    if errors:
        body["errors"] = list(errors)
    body |= facts
    return Response(
        json.dumps(body, default=str), status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def of_exception(error: Exception, *, has_body: bool = True) -> Response:
    """Turn any exception into its problem; what nobody foresaw becomes a 500 with nothing but its number.

    A rule points at a field; where there is no body, the field is a parameter of the query.
    """
    if isinstance(error, DomainError):
        return _of_refusal(error, has_body=has_body)
    if isinstance(error, Unauthenticated | IssuerAway):
        return _of_token(error)
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, Problem):
        return answer(error.status_code, error.slug, title=error.title, detail=error.detail, headers=error.headers)
    if isinstance(error, HTTPException):
        slug, title = _HTTP.get(error.status_code, ("refused", "The request was refused."))
        return answer(error.status_code, slug, title=title, headers=error.headers)
    return _of_connection(error) or _of_database(error) or _unforeseen(error)


def _of_token(error: Unauthenticated | IssuerAway) -> Response:
    if isinstance(error, IssuerAway):
        telemetry.log.error("issuer_unavailable")
        return answer(503, "dependency-unavailable", title="No token can be checked now.", headers=_LATER)
    return answer(
        401, "unauthenticated", title="A valid access token is needed.", headers={"WWW-Authenticate": "Bearer"}
    )


def _of_refusal(error: DomainError, *, has_body: bool) -> Response:
    kind = next((kind for kind in STATUS if isinstance(error, kind)), None)
    if kind is None:
        return _unforeseen(error)
    title = (type(error).__doc__ or kind.__doc__ or "").strip().splitlines()[0]
    errors = error.facts.pop("errors", ())
    if error.at and not errors:
        where = {"pointer": error.at} if has_body else {"parameter": error.at.lstrip("/")}
        errors = [{**where, "code": error.slug, "detail": error.detail}]
    facts = {"detail": error.detail, "errors": errors, **error.facts}
    return answer(STATUS[kind], error.slug, title=title, **facts)  # type: ignore[arg-type]


def _of_validation(error: RequestValidationError) -> Response:
    faults = []
    for fault in _told(error.errors()):
        place, *path = fault["loc"]
        slug = _slug_of(fault["type"], place)
        if fault["type"] == "extra_forbidden" and not _FIELD_NAME.fullmatch(str(path[-1])):
            path.pop()  # what is not a field's name may be a person's
        faults.append({**_where(place, path, error.body), "code": slug, "detail": _words(fault)})
    slugs = {fault["code"] for fault in faults}
    slug = slugs.pop() if len(slugs) == 1 else "invalid-body"
    return answer(422, slug, title="What was sent cannot be right.", errors=faults)


def _told(errors: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Leave out that a list is too short where it is so only because of an item that is told to be wrong."""
    within = {fault["loc"][:end] for fault in errors[: 10 * MOST_FAULTS] for end in range(1, len(fault["loc"]))}
    told = (fault for fault in errors if fault["type"] != "too_short" or fault["loc"] not in within)
    yield from islice(told, MOST_FAULTS)


def _slug_of(kind: str, place: str) -> str:
    if place in {"path", "query", "header"}:
        return "invalid-parameter" if kind == "extra_forbidden" else _SLUGS.get(kind, "invalid-parameter")
    return _SLUGS.get(kind, "invalid-body")


def _where(place: str, path: Sequence[Any], body: Any) -> dict[str, str]:
    if place != "body":
        return {"parameter": str(path[0])} if path else {}
    return {"pointer": "".join(f"/{part}" for part in _sent(path, body))}


def _sent(path: Sequence[Any], body: Any) -> Iterator[Any]:
    """Leave out the names that are not of the body: which of several shapes it was taken for."""
    for position, part in enumerate(path):
        last = position == len(path) - 1
        if isinstance(body, dict) and part not in body and not last:
            continue
        yield part
        body = _within(body, part)


def _within(body: Any, part: Any) -> Any:
    if isinstance(body, dict):
        return body.get(part)
    return body[part] if isinstance(body, list) and isinstance(part, int) and part < len(body) else None


# Where the library's own words would repeat what was sent, or speak of its language.
_SAID: Mapping[str, str] = {
    "union_tag_invalid": "It is none of: {expected_tags}",
    "union_tag_not_found": "The field that says of which kind it is, {discriminator}, is missing",
    "uuid_parsing": "It is not a UUID",
    "uuid_type": "It is not a UUID",
    "too_short": "It needs at least {min_length} items",
    "too_long": "It may have at most {max_length} items",
    "model_attributes_type": "It is not an object",
    "model_type": "It is not an object",
    "dict_type": "It is not an object",
    "list_type": "It is not a list",
    "tuple_type": "It is not a list",
}


def _words(fault: Mapping[str, Any]) -> str:
    said = _SAID.get(fault["type"])
    return said.format(**fault.get("ctx", {})) if said else str(fault["msg"])


def _of_connection(error: Exception) -> Response | None:
    if not isinstance(error, ClientDisconnect):
        return None
    return answer(400, "body-cut-off", title="The connection ended before the body did.")


def _of_database(error: Exception) -> Response | None:
    if isinstance(error, PoolTimeout):
        return answer(503, "overloaded", title="Too much at once; try again.", headers={"Retry-After": "1"})
    if isinstance(error, _NOT_REACHED):
        return _away(getattr(error, "sqlstate", None) or type(error).__name__)
    if not isinstance(error, DBAPIError):
        return None
    return _of_state(state_of(error), lost=error.connection_invalidated or isinstance(error, OperationalError))


def _of_state(state: str, *, lost: bool) -> Response | None:
    if state in {"23505", "23P01"}:  # unique, exclusion: somebody wrote the same at the same moment
        return answer(409, "conflict", title="Somebody recorded the same at the same moment.")
    if state in {"40P01", "40001", "55P03"}:  # deadlock, serialization failure, lock timeout
        return answer(
            503, "busy", title="Others are working on the same records; try again.", headers={"Retry-After": "1"}
        )
    if state[:2] == "22":  # a value that the column cannot hold: a field's type should have refused it
        telemetry.log.warning("refused_by_database", code=state)
        return answer(422, "invalid-request", title="What was sent cannot be right.")
    return _away(state) if lost or state[:2] in _UNAVAILABLE else None


def _away(code: str) -> Response:
    telemetry.log.error("database_unavailable", code=code)
    return answer(503, "dependency-unavailable", title="The database cannot answer now.", headers=_LATER)


def _unforeseen(error: Exception) -> Response:
    telemetry.log_exception(error)
    return answer(500, "internal", title="Something went wrong on our side.")


def install(app: FastAPI) -> None:
    """Answer every exception that reaches the application with its problem."""

    async def handle(_: Request, error: Exception) -> Response:
        return of_exception(error)

    for kind in (DomainError, Unauthenticated, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)
