"""Calling the services as an integration does: a token, idempotency keys, patience, refusals as values."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from libs.chassis import assertions
from libs.kernel.ids import derived_id

_ATTEMPTS = 6
_FIRST_WAIT = 0.1  # seconds; doubled each time
_TIMEOUT = 30.0
_RENEW_BEFORE = 60.0  # seconds before a token ends
_AGAIN = frozenset({429, 502, 503, 504})
_ROLE = "case_system"

Token = Callable[[], Awaitable[str]]


class CannotGoOn(Exception):
    """A service, or the issuer of tokens, cannot be reached or does not let us in: loading stops here."""


class Refused(Exception):
    """A service refused a request, in its own words."""

    def __init__(self, service: str, status: int, problem: Mapping[str, Any]) -> None:
        self.service = service
        self.status = status
        self.slug = str(problem.get("type", "")).rpartition(":")[2]
        self.detail = str(problem.get("detail") or problem.get("title") or f"answered {status}")
        super().__init__(f"{service}: {self.detail}")
        rules = problem.get("rules") or [{"rule": problem.get("rule")}]
        #: The census rules that the service named itself.
        self.rules: tuple[str, ...] = tuple(str(each["rule"]) for each in rules if each.get("rule"))


class Differs(Exception):
    """A service holds a record otherwise than the file tells it; nothing is changed, and a person must look at it."""

    def __init__(self, service: str, words: str) -> None:
        self.service = service
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered to a command; `new` if it did something that it had not done before."""

    said: dict[str, Any]
    new: bool


@dataclass(slots=True)
class Issuer:
    """Tokens of the development issuer for the first client application that may load records; `keys` are theirs, as JWKs."""

    address: str
    http: httpx.AsyncClient
    keys: Mapping[str, Mapping[str, Any]]
    _token: str = ""
    _until: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self) -> str:
        """Return a token that is good for a while yet."""
        async with self._asking:
            if time.monotonic() > self._until:
                await self._renew()
        return self._token

    async def _renew(self) -> None:
        try:
            people = (await self.http.get(f"{self.address}/people")).raise_for_status().json()["people"]
            client = next(person["id"] for person in people if _ROLE in person["roles"])
            form = assertions.form(client, self.keys[client], audience=self.address, at=time.time())
            answer = (await self.http.post(f"{self.address}/token", data=form)).raise_for_status().json()
        except (httpx.HTTPError, StopIteration, KeyError, ValueError):
            raise CannotGoOn("The issuer gives no token for an integration.") from None
        self._token = answer["access_token"]
        self._until = time.monotonic() + float(answer["expires_in"]) - _RENEW_BEFORE


@dataclass(slots=True)
class Peer:
    """One service, as the loader calls it."""

    name: str
    address: str
    http: httpx.AsyncClient
    token: Token

    async def get(self, path: str, **query: str) -> Any:
        """Return what the service answers; raise `Refused`, or `CannotGoOn`."""
        return (await self._ask("GET", path, query=query)).json()

    async def post(
        self, path: str, body: Mapping[str, Any], *, named: tuple[object, ...], revision: int | None = None
    ) -> Answer:
        """Say a command; `named` is what makes it this command and no other, so that a repetition is one.

        Raises `Refused`, or `CannotGoOn`.
        """
        said = json.dumps(body, sort_keys=True)
        headers = {"idempotency-key": str(derived_id("census", self.name, path, *named, said, revision))}
        if revision is not None:
            headers["if-match"] = f'"{revision}"'
        answer = await self._ask("POST", path, content=said, headers=headers)
        replayed = "idempotency-replayed" in answer.headers
        # Every command here is a creation (201) or a verb with the revision that it was said of.
        new = not replayed and (revision is not None or answer.status_code == httpx.codes.CREATED)
        return Answer(answer.json(), new)

    async def patch(self, path: str, body: Mapping[str, Any], *, revision: int) -> Any:
        """Correct a record as it was last read. Raises `Refused`, or `CannotGoOn`."""
        headers = {"if-match": f'"{revision}"'}
        return (await self._ask("PATCH", path, content=json.dumps(body), headers=headers)).json()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        wait = _FIRST_WAIT
        for attempt in range(1, _ATTEMPTS + 1):
            sent = {"authorization": f"Bearer {await self.token()}", "content-type": "application/json"} | dict(
                headers or {}
            )
            answer = await self._send(method, path, query, content, sent)
            if answer is not None and not _is_passing(answer):
                return self._good(answer)
            if attempt < _ATTEMPTS:
                await asyncio.sleep(wait)
                wait *= 2
        raise CannotGoOn(f"{self.name} does not answer.")

    async def _send(
        self, method: str, path: str, query: Mapping[str, str] | None, content: str | None, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        try:
            return await self.http.request(
                method,
                f"{self.address}{path}",
                params=dict(query) if query else None,
                content=content,
                headers=dict(headers),
                timeout=_TIMEOUT,
            )
        except httpx.TransportError:
            return None

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise CannotGoOn(f"{self.name} does not let this token load records.")
        if answer.is_server_error:
            correlation = str(_problem(answer).get("instance", "")).removeprefix("urn:uuid:") or "not told"
            raise CannotGoOn(f"{self.name} fails with {answer.status_code} (correlation id {correlation}).")
        raise Refused(self.name, answer.status_code, _problem(answer))


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_passing(answer: httpx.Response) -> bool:
    """Say whether the same request may succeed in a moment."""
    return answer.status_code in _AGAIN or str(_problem_type(answer)).endswith(":request-in-progress")


def _problem_type(answer: httpx.Response) -> object:
    return _problem(answer).get("type", "") if answer.status_code == httpx.codes.CONFLICT else ""
