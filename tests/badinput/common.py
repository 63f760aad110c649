"""RELIABILITY 6.1 as requests: to which routes each is sent, and the status and problem that it gets."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from libs.chassis.auth import Caller
from libs.chassis.edge import LARGEST_BODY, MOST_KEYS
from tests.badinput.routes import CANARY, EVERYBODY, NOBODY, Route


def _all(_: Route) -> bool:
    return True


def _has_body(route: Route) -> bool:
    return route.has_body


def _needs_body(route: Route) -> bool:
    return route.needs_body


def _posts(route: Route) -> bool:
    return route.verb == "POST"


async def _in_pieces() -> AsyncIterator[bytes]:
    for _ in range(LARGEST_BODY // 65_536 + 1):
        yield b" " * 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonsense:
    """One request that cannot be right."""

    row: str  # of the catalogue
    status: int
    slug: str
    to: Callable[[Route], bool] = _all
    by: Caller = EVERYBODY
    raw: bytes | None = None
    pieces: Callable[[], AsyncIterator[bytes]] | None = None
    headers: dict[str, bytes | None] = field(default_factory=dict)
    query: str = ""
    id: str | None = None
    verb: str | None = None

    def request(self, route: Route) -> dict[str, Any]:
        """Return what is sent to a route, right but for the one thing."""
        content: Any = self.pieces() if self.pieces else self.raw
        headers = {"content-type": b"application/json", "if-match": b'"1"'} | self.headers
        return {
            "path": route.address(self.id) + self.query,
            "method": self.verb or route.verb,
            "by": self.by,
            "headers": {name: value for name, value in headers.items() if value is not None},
            **({"content": content} if content is not None else {"body": route.body}),
        }


_C = CANARY.encode()
_TEXT = b'{"' + _C + b'": "' + _C + b'"'

NONSENSE: dict[str, Nonsense] = {
    "a token that is none": Nonsense(
        row="token", status=401, slug="unauthenticated", headers={"authorization": b"Bearer " + _C}
    ),
    "another scheme": Nonsense(
        row="token", status=401, slug="unauthenticated", headers={"authorization": b"Basic " + _C}
    ),
    "nobody's role": Nonsense(row="role", status=403, slug="forbidden", by=NOBODY),
    "a parameter that is none": Nonsense(
        row="parameter", status=422, slug="invalid-parameter", query=f"?{CANARY}={CANARY}"
    ),
    "an id that is none": Nonsense(
        row="parameter", status=422, slug="invalid-parameter", id=CANARY, to=lambda route: route.names_records
    ),
    "a page of none": Nonsense(
        row="parameter", status=422, slug="invalid-parameter", query="?limit=0", to=lambda route: route.pages
    ),
    "a page of 201": Nonsense(
        row="parameter", status=422, slug="invalid-parameter", query="?limit=201", to=lambda route: route.pages
    ),
    "a page of words": Nonsense(
        row="parameter", status=422, slug="invalid-parameter", query=f"?limit={CANARY}", to=lambda route: route.pages
    ),
    "an Accept without JSON": Nonsense(
        row="media", status=406, slug="not-acceptable", headers={"accept": b"text/" + _C}
    ),
    "a method that is none": Nonsense(row="method", status=405, slug="method-not-allowed", verb="DELETE"),
    "an address too long": Nonsense(row="method", status=414, slug="address-too-long", query="?" + CANARY * 500),
    "no key": Nonsense(
        row="key", status=400, slug="idempotency-key-required", headers={"idempotency-key": b""}, to=_posts
    ),
    "a key of two words": Nonsense(
        row="key", status=400, slug="idempotency-key-required", headers={"idempotency-key": _C + b" 1"}, to=_posts
    ),
    "no ETag": Nonsense(
        row="etag",
        status=428,
        slug="precondition-required",
        headers={"if-match": None},
        to=lambda route: route.takes_etag,
    ),
    "an ETag of another": Nonsense(
        row="etag", status=412, slug="version-conflict", headers={"if-match": _C}, to=lambda route: route.takes_etag
    ),
    "JSON cut off": Nonsense(row="json", status=400, slug="malformed-json", raw=_TEXT, to=_has_body),
    "no UTF-8": Nonsense(row="json", status=400, slug="malformed-json", raw=b'{"a": "\xff' + _C + b'"}', to=_has_body),
    "an empty body": Nonsense(row="json", status=400, slug="malformed-json", raw=b"", to=_needs_body),
    "a BOM": Nonsense(row="json", status=400, slug="malformed-json", raw=b"\xef\xbb\xbf{}", to=_has_body),
    "the same key twice": Nonsense(
        row="duplicate", status=400, slug="duplicate-key", raw=_TEXT + b"," + _TEXT[1:] + b"}", to=_has_body
    ),
    "too deep": Nonsense(
        row="complex",
        status=400,
        slug="json-too-complex",
        raw=b'{"a": ' + b"[" * 40 + b'"' + _C + b'"' + b"]" * 40 + b"}",
        to=_has_body,
    ),
    "too many digits": Nonsense(
        row="complex", status=400, slug="json-too-complex", raw=b'{"a": ' + b"4711" * 30 + b"}", to=_has_body
    ),
    "too many keys": Nonsense(
        row="complex",
        status=400,
        slug="json-too-complex",
        raw=b"{" + b",".join(b'"%d":0' % number for number in range(MOST_KEYS + 1)) + b"}",
        to=_has_body,
    ),
    "NaN": Nonsense(row="number", status=422, slug="invalid-number", raw=b'{"a": NaN}', to=_has_body),
    "Infinity": Nonsense(row="number", status=422, slug="invalid-number", raw=b'{"a": -Infinity}', to=_has_body),
    "1e999": Nonsense(row="number", status=422, slug="invalid-number", raw=b'{"a": 1e999}', to=_has_body),
    "too large": Nonsense(
        row="large", status=413, slug="body-too-large", raw=_TEXT + b" " * LARGEST_BODY + b"}", to=_has_body
    ),
    "too large, in pieces": Nonsense(row="large", status=413, slug="body-too-large", pieces=_in_pieces, to=_has_body),
    "a packed body": Nonsense(
        row="packed", status=415, slug="unsupported-media-type", headers={"content-encoding": b"gzip"}, to=_has_body
    ),
    "another kind of body": Nonsense(
        row="media",
        status=415,
        slug="unsupported-media-type",
        headers={"content-type": b"text/" + _C},
        raw=_C,
        to=_has_body,
    ),
}
