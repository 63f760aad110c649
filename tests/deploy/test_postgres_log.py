"""What PostgreSQL writes into its own log: that a statement failed, and nothing of whom it was about."""

from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy import credentials, servers
from deploy.processes import Nursery

NAME, BORN = "Wren Invented", "2018-01-20"


@pytest.fixture
def server(open_folder: Callable[[], Path]) -> Iterator[tuple[str, Path]]:
    """Start a PostgreSQL; give its address and its log."""
    keys = credentials.make()
    place = servers.find_place(open_folder(), say=print)
    postgres, port = servers.start_postgres(Nursery(), place, password=keys.superuser_password, port=0, durable=False)
    yield servers.postgres_url(keys.superuser_password, port), place.logs / "postgres.log"
    postgres.stop()


async def test_a_statement_that_fails_leaves_no_person_in_the_log(server: tuple[str, Path]) -> None:
    url, log = server
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE person (name text UNIQUE, born date CHECK (born < '2000-01-01'))")
    await connection.execute(f"INSERT INTO person VALUES ('{NAME}', NULL)")

    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(f"INSERT INTO person VALUES ('another {NAME}', '{BORN}')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO person VALUES ($1, NULL)", NAME)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await connection.fetch("SELECT $1::text, 1 / $2::int", NAME, 0)
    await connection.close()

    # A server writes its log before it answers.
    written = log.read_text()
    assert written.count("violates") == 2
    assert "division by zero" in written
    assert (NAME in written, BORN in written) == (False, False)
