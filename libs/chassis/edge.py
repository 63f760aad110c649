"""The HTTP edge: one request, one transaction, committed before the answer leaves.

FastAPI's own way, a dependency with `scope="function"`, commits in time but cannot see the answer; the
idempotency record holds the answer and must lie in the same transaction. So the route itself is the edge.
"""

import json
import re
from collections.abc import Callable, Coroutine, Iterator
from functools import partial, wraps
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from libs.chassis import access, idempotency, limits, problems, scopes, telemetry
from libs.chassis.auth import Authenticator, Caller
from libs.chassis.database import Database, Transaction, repeated
from libs.chassis.fields import Resource
from libs.chassis.problems import Problem
from libs.kernel.errors import NotPermitted

#: The largest body that is read, in bytes.
LARGEST_BODY = 256 * 1024
_DEEPEST = 32
#: The most keys of a body: a family of forty, told in full, has a thousand and five.
MOST_KEYS = 10_000
_MOST_DIGITS = 100


class OutOfScope(NotPermitted):
    """The role would allow it, but the application's token does not reach so far."""

    slug = "out-of-scope"


class Permission:
    """The permission that a route asks for; as a dependency, so that it stands beside the route."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self) -> None:
        """Nothing to resolve: the edge has checked it before the body was read."""


def may(permission: str) -> Any:
    """Say which permission (such as `referrals:accept`) a route needs."""
    return Depends(Permission(permission))


def at_most(times: int, *, seconds: int) -> Any:
    """Say how often one caller may ask a route within how many seconds; 429 beyond it."""
    return Depends(limits.Rate(times, seconds))


async def _transaction(request: Request) -> Transaction:
    tx: Transaction = request.state.tx
    return tx


_ETAG = {"type": "string", "pattern": '^"[0-9]{1,9}"$'}


async def _if_match(
    if_match: Annotated[
        str | None, Header(description="The ETag that you read; 428 without it", json_schema_extra=_ETAG)
    ] = None,
) -> int:
    if if_match is None:
        raise Problem(428, "precondition-required", "Send the ETag that you read as If-Match.")
    if not (if_match.startswith('"') and if_match.endswith('"') and if_match[1:-1].isdecimal() and len(if_match) < 12):  # noqa: PLR2004
        raise Problem(412, "version-conflict", "If-Match is not an ETag that was handed out here.")
    return int(if_match[1:-1])


#: The request's transaction.
Tx = Annotated[Transaction, Depends(_transaction)]
#: The revision that the caller read; 428 without it.
IfMatch = Annotated[int, Depends(_if_match)]


class StrictRequest(Request):
    """A request whose JSON may hold no duplicate keys, no NaN, and no depth or length without bound."""

    async def body(self) -> bytes:
        """Read the body; raise a problem as soon as it is too large, whatever its headers say."""
        if not hasattr(self, "_body"):
            received = bytearray()
            async for chunk in self.stream():
                received += chunk
                if len(received) > LARGEST_BODY:
                    raise Problem(413, "body-too-large", f"A body may hold {LARGEST_BODY // 1024} KiB.")
            self._body = bytes(received)
        return self._body

    async def json(self) -> Any:
        """Parse the body; raise a problem for what must not be parsed."""
        if not hasattr(self, "_strict"):
            self._strict = _parse(await self.body())
        return self._strict


def _parse(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        if _depth(body) > _DEEPEST:
            raise Problem(400, "json-too-complex", f"JSON may be nested {_DEEPEST} deep.")
        keys = 0

        def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal keys
            keys += len(pairs)
            value = dict(pairs)
            if len(value) != len(pairs):
                raise Problem(400, "duplicate-key", "An object has the same key twice.")
            if keys > MOST_KEYS:
                raise Problem(400, "json-too-complex", f"A body may have {MOST_KEYS} keys.")
            return value

        return json.loads(
            text, object_pairs_hook=no_duplicates, parse_constant=_no_constant, parse_int=_int, parse_float=_float
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise Problem(400, "malformed-json", "The body is not valid JSON.") from None


# Possessive, and the closing quote may be missing: a body without one must not be walked again from every quote.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def _depth(body: bytes) -> int:
    # Few brackets cannot nest deeply: most bodies are not walked at all.
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return 0
    deepest = depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_constant(_: str) -> Any:
    raise Problem(422, "invalid-number", "NaN and Infinity are not numbers here.")


def _int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Problem(400, "json-too-complex", f"A number may have {_MOST_DIGITS} digits.")
    return int(digits)


def _float(digits: str) -> float:
    if len(digits) > _MOST_DIGITS:
        raise Problem(400, "json-too-complex", f"A number may have {_MOST_DIGITS} digits.")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        return _no_constant(digits)  # type: ignore[no-any-return]
    return value


class Runtime:
    """What the edge needs of the running service."""

    def __init__(self, *, database: Database, authenticator: Authenticator, grants: access.Grants) -> None:
        self.database = database
        self.authenticator = authenticator
        self.grants = grants
        self.asked = limits.Asked(database.clock)


class Edge(APIRoute):
    """Authenticates, checks the role, opens the transaction, recalls or remembers the answer, commits."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _tagged(endpoint), **options)
        asked = [each.dependency for each in self.dependencies if isinstance(each.dependency, Permission)]
        if len(asked) != 1:
            raise TypeError(f"{path}: a route asks for exactly one permission")
        self.permission = asked[0].name
        self.rate = next((one.dependency for one in self.dependencies if isinstance(one.dependency, limits.Rate)), None)
        self.writes = self.methods != {"GET"}
        self.parameters = frozenset(_parameters(self.dependant))
        self.responses = {**_declared(self), **self.responses}
        self.openapi_extra = {
            **(self.openapi_extra or {}),
            "security": [{"token": []}],
            "x-permission": self.permission,
        }
        if self.methods == {"POST"}:
            self.openapi_extra["parameters"] = [_IDEMPOTENCY_KEY]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler of the route."""
        within = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await self._answer(StrictRequest(request.scope, request.receive), within)
            except Exception as error:  # noqa: BLE001 - the edge: whatever it was, the connection stays usable
                return problems.of_exception(error, has_body=self.writes)

        return handle

    async def _answer(
        self, request: StrictRequest, within: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response:
        runtime: Runtime = request.app.state.runtime
        caller = await runtime.authenticator.caller(request.headers.get("authorization"))
        if not access.permits(caller, self.permission, runtime.grants):
            needed = ", ".join(sorted(runtime.grants[self.permission]))
            raise NotPermitted(f"It needs one of these roles: {needed}.")
        if not scopes.cover(caller, self.permission):
            raise OutOfScope(f"The token needs a scope that covers {self.permission}.")
        self._bound(request, runtime, caller)
        self._need_known_parameters(request)
        body = await self._body(request)
        key = idempotency.key_of(request) if request.method == "POST" else None
        fingerprint = idempotency.fingerprint_of(request, body) if key else ""
        return await repeated(partial(self._once, request, within, by=caller, key=key, fingerprint=fingerprint))

    async def _once(
        self,
        request: StrictRequest,
        within: Callable[[Request], Coroutine[Any, Any, Response]],
        *,
        by: Caller,
        key: str | None,
        fingerprint: str,
    ) -> Response:
        runtime: Runtime = request.app.state.runtime
        async with runtime.database.transaction(by=by, correlation_id=telemetry.correlation_id()) as tx:
            if key and (
                answered := await idempotency.recall(tx, key=key, fingerprint=fingerprint, permission=self.permission)
            ):
                return answered
            request.state.tx = tx
            answer = await within(request)
            if tx.etag is not None:
                answer.headers["etag"] = f'"{tx.etag}"'
            if answer.status_code == 201 and tx.location:  # noqa: PLR2004
                answer.headers["location"] = tx.location
            if key:
                await idempotency.remember(tx, key=key, fingerprint=fingerprint, answer=answer)
        return answer

    def _bound(self, request: Request, runtime: Runtime, caller: Caller) -> None:
        if not limits.accepts_json(request.headers.get("accept", "*/*")):
            raise Problem(406, "not-acceptable", "Answers are application/json.")
        if self.rate and (seconds := runtime.asked.wait_for(self.path, by=caller.id, rate=self.rate)):
            wait = {"Retry-After": str(seconds)}
            raise Problem(429, "rate-limited", "You asked this too often; wait before you ask again.", headers=wait)

    def _need_known_parameters(self, request: Request) -> None:
        # A misspelt filter would answer everybody's records as if they were those asked for.
        if unknown := sorted(set(request.query_params) - self.parameters):
            known = ", ".join(sorted(self.parameters)) or "none"
            raise RequestValidationError(
                [
                    {"type": "extra_forbidden", "loc": ("query", name), "msg": f"It is none of: {known}"}
                    for name in unknown
                ]
            )

    async def _body(self, request: StrictRequest) -> bytes:
        # Read and parsed before the transaction begins: a slow sender must not hold a connection of the pool.
        if not self.writes:
            return b""
        # Nothing is unpacked, so nothing small can become large.
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Problem(415, "unsupported-media-type", "Send the body as it is, without a Content-Encoding.")
        body = await request.body()
        if self.body_field is None:
            return body
        if not body and self.body_field.field_info.is_required():
            raise Problem(400, "malformed-json", "The body is empty.")
        if body:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise Problem(415, "unsupported-media-type", "Send application/json.")
            await request.json()
        return body


def _parameters(dependant: Dependant) -> Iterator[str]:
    """Return the names that a route takes in its query."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (each.alias or name for name, each in model.model_fields.items())
        else:
            yield field.alias
    for part in dependant.dependencies:
        yield from _parameters(part)


def _tagged(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Give the answer its ETag and, when it was created, its Location."""

    @wraps(endpoint)
    async def tagged(*args: Any, **named: Any) -> Any:
        result = await endpoint(*args, **named)
        if isinstance(result, Resource) and "tx" in named:
            named["tx"].etag, named["tx"].location = result.revision, f"{result.path}/{result.id}"
        return result

    return tagged


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Yours, one for each thing that you want done; the same again gives the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": idempotency.KEY},
}

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _declared(route: Edge) -> dict[int | str, dict[str, Any]]:
    """Name the problems that the route can answer with."""
    said = {
        401: "No valid access token",
        403: "The role does not allow it",
        404: "No such record, or not yours to see",
        406: "Accept allows no JSON",
        422: "What was sent cannot be right",
        500: "Something went wrong on our side",
        503: "Try again later",
    }
    if route.writes:
        said |= {
            400: "Malformed JSON, or no Idempotency-Key",
            409: "Not in a state that allows it",
            412: "Changed since it was read",
            413: "Body too large",
            415: "Not application/json",
        }
    if any(needed.call is _if_match for needed in route.dependant.dependencies):
        said[428] = "If-Match is missing"
    if route.rate:
        said[429] = "Asked too often"
    return {status: {"description": words, "content": _PROBLEM} for status, words in sorted(said.items())}


def router(**options: Any) -> APIRouter:
    """Make a router whose routes are edges."""
    return APIRouter(route_class=Edge, prefix="/v1", **options)
