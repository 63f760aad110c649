"""Asking another service during a request: as the caller, with their own token, so that it decides on who they are.

What a service does by itself, on an event or the clock, asks nobody: it knows from events.
"""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from libs.chassis import telemetry
from libs.chassis.auth import Caller, Unauthenticated

#: The longest that a request waits for another service's answer, in seconds; less than a transaction may lie idle.
PATIENCE = 2.0
_NOT_NOW = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS})


class PeerAway(Exception):
    """Another service that must be asked cannot answer now."""

    def __init__(self, peer: str) -> None:
        super().__init__(peer)
        self.peer = peer


class NoAddress(Exception):
    """A service that must be asked has no address in `FS_PEERS`."""


class NobodyAsks(TypeError):
    """Only for a caller with a token can another service be asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What another service answered: done, or refused to this caller (4xx) in the words of its problem."""

    status: int
    body: Any

    @property
    def done(self) -> bool:
        """Whether it was not refused."""
        return self.status < httpx.codes.BAD_REQUEST

    @property
    def slug(self) -> str:
        """Which problem it is, such as `not-found`; empty when it was not refused."""
        said = self.body.get("type", "") if isinstance(self.body, dict) and not self.done else ""
        return str(said).rpartition(":")[2]


class Peers:
    """The other services at their addresses."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._addresses = {name: address.rstrip("/") for name, address in addresses.items()}
        self._transport = transport
        self._patience = patience
        self._http: httpx.AsyncClient | None = None

    def need(self, names: Collection[str]) -> None:
        """Raise `NoAddress` unless all of these can be asked."""
        if missing := sorted(set(names) - set(self._addresses)):
            raise NoAddress(f"FS_PEERS has no address of {', '.join(missing)}")

    async def get(self, peer: str, path: str, *, by: Caller, **query: str) -> Answer:
        """Read something, as the caller; raise `PeerAway` or `Unauthenticated`."""
        return await self._ask("GET", peer, path, by=by, query=query)

    async def post(self, peer: str, path: str, body: Mapping[str, Any], *, by: Caller, key: UUID) -> Answer:
        """Say something, as the caller, once for the same `key`; raise `PeerAway` or `Unauthenticated`."""
        return await self._ask("POST", peer, path, by=by, body=body, headers={"idempotency-key": str(key)})

    async def _ask(
        self,
        method: str,
        peer: str,
        path: str,
        *,
        by: Caller,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if not by.token:
            raise NobodyAsks(f"{by.kind} has no token to ask {peer} with")
        self.need([peer])
        sent = {
            "authorization": f"Bearer {by.token}",
            "x-correlation-id": str(telemetry.correlation_id()),
            **(headers or {}),
        }
        try:
            # The client's own timeouts begin anew with every chunk; a request has only so long.
            async with asyncio.timeout(self._patience):
                answer = await self._client().request(
                    method, f"{self._addresses[peer]}/v1{path}", params=query, json=body, headers=sent
                )
            return _read(answer, peer)
        except (httpx.HTTPError, TimeoutError):
            raise PeerAway(peer) from None

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=self._patience, transport=self._transport)
        return self._http

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()


def _read(answer: httpx.Response, peer: str) -> Answer:
    status = answer.status_code
    if status == httpx.codes.UNAUTHORIZED:
        # It was good here a moment ago: it has just ended, and the caller needs a new one.
        raise Unauthenticated
    if answer.is_redirect or answer.is_server_error or status in _NOT_NOW:
        raise PeerAway(peer)
    try:
        return Answer(status, json.loads(answer.content) if answer.content else None)
    except ValueError:
        raise PeerAway(peer) from None
