"""Calls the public APIs as the invented people do: a token each, a key for every change, patience with a busy service."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import httpx

from deploy import client_keys
from deploy.client_keys import form
from deploy.county import Person

_PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0)
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_TOKEN_GOOD_FOR = 480  # seconds, of 600


class Refused(Exception):
    """A service refused; the message says what was asked and what it answered."""

    def __init__(self, asked: str, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        text = " ".join(str(problem.get(part, "")) for part in ("title", "detail")).strip()
        super().__init__(f"{asked}: {status} {self.kind} {text} {problem.get('errors', '')}".strip())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    body: Any
    revision: int | None
    correlation: str | None
    replayed: bool

    def __getitem__(self, name: str) -> Any:
        """Return a field of the answered record."""
        return self.body[name]


@dataclass(slots=True)
class Desk:
    """Where people sit who call the services at these addresses."""

    addresses: Mapping[str, Any]  # as in var/run.json
    http: httpx.AsyncClient
    keys: client_keys.Keys = field(default_factory=dict)  # with which client applications sign for themselves
    _tokens: dict[UUID, tuple[float, str]] = field(default_factory=dict)

    async def get(self, by: Person, service: str, path: str, **query: Any) -> Answer:
        """Read something."""
        return await self._call(by, "GET", service, path, query={k: v for k, v in query.items() if v is not None})

    async def post(
        self, by: Person, service: str, path: str, body: Mapping[str, Any], *, key: UUID, revision: int | None = None
    ) -> Answer:
        """Say something; the same key and body say it once."""
        return await self._call(by, "POST", service, path, body=body, key=key, revision=revision)

    async def put(
        self, by: Person, service: str, path: str, body: Mapping[str, Any], *, revision: int | None = None
    ) -> Answer:
        """Put something in its place."""
        return await self._call(by, "PUT", service, path, body=body, revision=revision)

    async def patch(self, by: Person, service: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Change parts of something, each from the revision that was read."""
        return await self._call(by, "PATCH", service, path, body=body)

    async def every(self, by: Person, service: str, path: str, **query: Any) -> list[Any]:
        """Read a whole list, page by page."""
        found: list[Any] = []
        after: str | None = None
        while True:
            page = await self.get(by, service, path, **query, after=after)
            found += page["items"]
            after = page.body.get("next")
            if not after:
                return found

    async def _call(
        self,
        by: Person,
        method: str,
        service: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        key: UUID | None = None,
        revision: int | None = None,
    ) -> Answer:
        headers = {"authorization": f"Bearer {await self._token(by)}"}
        if key is not None:
            headers["idempotency-key"] = str(key)
        if revision is not None:
            headers["if-match"] = f'"{revision}"'
        url = f"{self.addresses['services'][service]}/v1{path}"
        for pause in (*_PATIENCE, None):
            try:
                answer = await self.http.request(method, url, params=query, json=body, headers=headers)
            except httpx.TransportError:
                if pause is None:
                    raise
            else:
                again = answer.status_code in _TRY_AGAIN or "request-in-progress" in answer.text[:400]
                if pause is None or not again:
                    return _read(answer, f"{method} {service} {path}")
            await asyncio.sleep(pause)
        raise AssertionError  # the last pause is None

    async def _token(self, by: Person) -> str:
        now = asyncio.get_running_loop().time()
        known = self._tokens.get(by.id)
        if known is None or known[0] < now:
            issuer = self.addresses["issuer"]
            answer = await self.http.post(f"{issuer}/token", data=form(by, self.keys, issuer=issuer, at=time.time()))
            answer.raise_for_status()
            known = self._tokens[by.id] = (now + _TOKEN_GOOD_FOR, answer.json()["access_token"])
        return known[1]


def _read(answer: httpx.Response, asked: str) -> Answer:
    try:
        body = json.loads(answer.content) if answer.content else None
    except ValueError:
        raise Refused(asked, answer.status_code, {"title": "That is no answer of a service."}) from None
    if not answer.is_success:
        raise Refused(asked, answer.status_code, body if isinstance(body, dict) else {})
    tag = answer.headers.get("etag", "").strip('W/"')
    return Answer(
        status=answer.status_code,
        body=body,
        revision=int(tag) if tag.isdigit() else None,
        correlation=answer.headers.get("x-correlation-id"),
        replayed=answer.headers.get("idempotency-replayed") == "true",
    )


def key_of(*parts: object) -> UUID:
    """Return the same key for the same doing, so that doing it again changes nothing."""
    return uuid5(_KEYS, "/".join(str(part) for part in parts))


_KEYS = UUID("6f2f5f0e-6c3e-5d43-9f6a-0d2b2a3f7c11")
