"""The yardstick: the same transactions on bare ASGI, pydantic and asyncpg, with nothing that a council needs around them.

A referral with five people, an outbox row and an audit row in one commit; one referral read; fifty listed.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, TypeAdapter

from libs.kernel.ids import new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS referral (id uuid PRIMARY KEY, reference text, state text, received_at timestamptz, body jsonb);
CREATE INDEX IF NOT EXISTS referral_newest ON referral (received_at DESC, id DESC);
CREATE TABLE IF NOT EXISTS person (id uuid PRIMARY KEY, referral_id uuid, name text, birth_date text);
CREATE INDEX IF NOT EXISTS person_of ON person (referral_id);
CREATE TABLE IF NOT EXISTS outbox (id uuid PRIMARY KEY, body jsonb);
CREATE TABLE IF NOT EXISTS audit (id uuid PRIMARY KEY, at timestamptz, what text);
"""


class Person(BaseModel):
    """Somebody in the referral."""

    given_name: str
    family_name: str
    birth_date: str | None = None


class Concern(BaseModel):
    """What is sent; as much of it as is needed here."""

    referral_source: str
    channel: str
    children: list[Person]
    adults: list[Person]


_BODY = TypeAdapter(Concern)
_pool: asyncpg.Pool | None = None


async def _database() -> asyncpg.Pool:
    global _pool  # noqa: PLW0603 - one pool for the process
    if _pool is None:
        _pool = await asyncpg.create_pool(os.environ["BARE_DATABASE"], min_size=10, max_size=10)
    return _pool


async def _create(body: bytes) -> tuple[int, bytes]:
    concern = _BODY.validate_json(body)
    referral_id, now = new_id(), datetime.now(UTC)  # noqa: TID251 - the yardstick has no clock of its own
    async with (await _database()).acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO referral VALUES ($1, $2, 'received', $3, $4)",
            referral_id,
            str(referral_id)[:8],
            now,
            body.decode(),
        )
        await connection.executemany(
            "INSERT INTO person VALUES ($1, $2, $3, $4)",
            [
                (new_id(), referral_id, f"{one.given_name} {one.family_name}", one.birth_date)
                for one in (*concern.children, *concern.adults)
            ],
        )
        await connection.execute(
            "INSERT INTO outbox VALUES ($1, $2)", new_id(), json.dumps({"referral": str(referral_id)})
        )
        await connection.execute("INSERT INTO audit VALUES ($1, $2, 'create')", new_id(), now)
    return 201, json.dumps({"id": str(referral_id)}).encode()


async def _read(referral_id: UUID) -> tuple[int, bytes]:
    async with (await _database()).acquire() as connection:
        row = await connection.fetchrow("SELECT * FROM referral WHERE id = $1", referral_id)
        people = await connection.fetch("SELECT * FROM person WHERE referral_id = $1", referral_id)
    if row is None:
        return 404, b"{}"
    return 200, json.dumps({**row, "people": [dict(one) for one in people]}, default=str).encode()


async def _list() -> tuple[int, bytes]:
    async with (await _database()).acquire() as connection:
        rows = await connection.fetch(
            "SELECT id, reference, state, received_at FROM referral ORDER BY received_at DESC, id DESC LIMIT 50"
        )
    return 200, json.dumps([dict(row) for row in rows], default=str).encode()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    path = scope["path"]
    if scope["method"] == "POST":
        status, answer = await _create(body)
    elif path == "/v1/referrals":
        status, answer = await _list()
    else:
        status, answer = await _read(UUID(path.rsplit("/", 1)[-1]))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
