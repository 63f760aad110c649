"""No change to a sealed audit stays hidden, and the finding says where."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import nkeys
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from libs.chassis import audit, ticks, verifying
from libs.chassis.sealing import sealer
from libs.contracts.metrics import AuditSealed
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller

_SEEDS = [nkeys.encode_seed(bytes(range(n, n + 32)), nkeys.PREFIX_BYTE_USER) for n in (0, 1)]
SEED, OTHER_SEED = (seed.decode() if isinstance(seed, bytes) else seed for seed in _SEEDS)
KEYS = frozenset({nkeys.from_seed(SEED.encode()).public_key.decode()})
WRITER = caller(Role.SOCIAL_WORKER)
Tamper = Callable[[Stage, random.Random], Any]


@pytest.fixture
async def sealed(stage: Stage) -> AsyncIterator[Stage]:
    """Sixty audit rows in twelve batches, the heads witnessed."""
    for _ in range(12):
        async with stage.tx(WRITER) as tx:
            for action in ("read", "accept", "close", "reveal", "search"):
                audit.record(tx, f"referrals:{action}", record_id=new_id(), family_id=new_id(), purpose="p")
        await ticks.once(stage.database, sealer(service="metrics", seed=SEED), service="metrics")
    return stage


async def _findings(stage: Stage, witnessed: dict[int, frozenset[bytes]]) -> list[verifying.Finding]:
    engine = create_async_engine(stage.owner_url)
    try:
        async with engine.connect() as connection:
            log = await verifying.read(connection)
    finally:
        await engine.dispose()
    log = verifying.Log(rows=log.rows, queued=log.queued, seals=log.seals, witnessed=witnessed)
    return verifying.verify(log, keys=KEYS, now=stage.clock.now + timedelta(minutes=1))


async def _heads(stage: Stage) -> dict[int, frozenset[bytes]]:
    return {said.data["batch"]: frozenset({bytes.fromhex(said.data["head"])}) for said in await stage.said(AuditSealed)}


async def test_an_untouched_audit_has_no_findings(sealed: Stage) -> None:
    assert await _findings(sealed, await _heads(sealed)) == []


async def _positions(stage: Stage) -> Sequence[int]:
    return [row[0] for row in await stage.as_owner("SELECT position FROM audit ORDER BY position")]


async def _edit(stage: Stage, chance: random.Random) -> set[int]:
    at = chance.choice(await _positions(stage))
    column, value = chance.choice(
        [
            ("action", "'referrals:other'"), ("actor_id", "gen_random_uuid()"), ("at", "at - interval '1 microsecond'"),
            ("family_id", "NULL"), ("outcome", "'refused'"), ("roles", "'{auditor}'"), ("purpose", "purpose || '.'"),
            ("record_id", "gen_random_uuid()"), ("correlation_id", "gen_random_uuid()"), ("actor_kind", "'client'"),
            ("id", "gen_random_uuid()"), ("client_id", "'another-app'"),
        ]
    )  # fmt: skip
    await stage.as_owner(f"UPDATE audit SET {column} = {value} WHERE position = {at}")
    return {at}


async def _remove(stage: Stage, chance: random.Random) -> set[int]:
    at = chance.choice(await _positions(stage))
    await stage.as_owner(f"DELETE FROM audit WHERE position = {at}")
    return {at}


async def _insert(stage: Stage, chance: random.Random) -> set[int]:
    at = max(await _positions(stage)) + chance.randint(1, 1000)
    await stage.as_owner("ALTER TABLE audit DISABLE TRIGGER audit_wants_a_seal")
    await stage.as_owner(
        f"INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT {at}, gen_random_uuid(), at, actor_id, actor_kind, roles,"
        " action, record_id, family_id, purpose, outcome, correlation_id FROM audit LIMIT 1"
    )
    await stage.as_owner("ALTER TABLE audit ENABLE TRIGGER audit_wants_a_seal")
    return {at}


async def _swap(stage: Stage, chance: random.Random) -> set[int]:
    one, other = chance.sample(list(await _positions(stage)), 2)
    await stage.as_owner(
        "UPDATE audit a SET record_id = b.record_id, action = b.action, family_id = b.family_id FROM audit b"
        f" WHERE (a.position = {one} AND b.position = {other}) OR (a.position = {other} AND b.position = {one})"
    )
    return {one, other}


async def _cut_tail(stage: Stage, chance: random.Random) -> set[int]:
    kept = chance.randint(0, 11)
    await stage.as_owner(
        f"DELETE FROM audit WHERE position IN (SELECT unnest(positions) FROM audit_seal WHERE batch > {kept})"
    )
    await stage.as_owner(f"DELETE FROM audit_seal WHERE batch > {kept}")
    return set()


async def _change_seal(stage: Stage, chance: random.Random) -> set[int]:
    batch = chance.randint(1, 12)
    change = chance.choice(
        [
            "leaves[1] = sha256('x')", "head = sha256('x')", "previous = sha256('x')", "signature = sha256('x') || sha256('y')",
            "sealed_at = sealed_at + interval '1 second'", "positions[2] = positions[2] + 100000",
        ]
    )  # fmt: skip
    await stage.as_owner(f"UPDATE audit_seal SET {change} WHERE batch = {batch}")
    return set()


async def _seal_again_with_the_services_own_key(stage: Stage, chance: random.Random) -> set[int]:
    return await _seal_again(stage, chance, SEED)


async def _seal_again_with_another_key(stage: Stage, chance: random.Random) -> set[int]:
    return await _seal_again(stage, chance, OTHER_SEED)


async def _seal_again(stage: Stage, chance: random.Random, seed: str) -> set[int]:
    await _edit(stage, chance)
    await stage.as_owner("INSERT INTO audit_unsealed SELECT position FROM audit")
    await stage.as_owner("DELETE FROM audit_seal")
    await ticks.once(stage.database, sealer(service="metrics", seed=seed), service="metrics")
    return set()


TAMPERINGS: tuple[Tamper, ...] = (
    _edit, _remove, _insert, _swap, _cut_tail, _change_seal, _seal_again_with_the_services_own_key, _seal_again_with_another_key,
)  # fmt: skip


_PUT_BACK = (
    "TRUNCATE audit, audit_seal, audit_unsealed",
    "INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM keep_audit",
    "INSERT INTO audit_seal SELECT * FROM keep_seal",
    "TRUNCATE audit_unsealed",
)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__.strip("_"))
async def test_twenty_five_tamperings_of_each_kind_are_all_found(sealed: Stage, tamper: Tamper) -> None:
    heads = await _heads(sealed)
    await sealed.as_owner("CREATE TABLE keep_audit AS TABLE audit")
    await sealed.as_owner("CREATE TABLE keep_seal AS TABLE audit_seal")
    try:
        for seed in range(25):
            where = await tamper(sealed, random.Random(seed))

            found = await _findings(sealed, heads)

            assert found, f"seed {seed} stayed hidden"
            assert where <= {finding.position for finding in found}, f"seed {seed}: {found}"
            for statement in _PUT_BACK:
                await sealed.as_owner(statement)
    finally:
        await sealed.as_owner("DROP TABLE keep_audit, keep_seal")


async def test_a_row_that_waits_too_long_for_its_seal_is_told(stage: Stage) -> None:
    async with stage.tx(WRITER) as tx:
        audit.record(tx, "referrals:read")

    assert await _findings(stage, {}) == []
    stage.clock.forward(minutes=10)
    assert [finding.kind for finding in await _findings(stage, {})] == ["never sealed"]
