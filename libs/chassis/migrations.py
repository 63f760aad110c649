"""Each service's schema history: the plumbing's and its own, as two branches of one Alembic tree."""

import asyncio
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from libs.chassis.tables import plumbing

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent


def metadata_of(service: str) -> list[MetaData]:
    """Return the tables that a service's database should hold."""
    own: MetaData = importlib.import_module(f"services.{service}.tables").metadata
    return [plumbing, own]


def config_of(service: str) -> Config:
    """Return Alembic's configuration for a service, without a file."""
    config = Config()
    config.set_main_option("script_location", str(_HERE / "migrations_env"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{_HERE / 'migrations_env' / 'versions'}\n{versions_of(service)}")
    return config


def versions_of(service: str) -> Path:
    """Return where a service's own migrations lie."""
    return _ROOT / "services" / service / "migrations" / "versions"


def heads_of(service: str) -> set[str]:
    """Return the revisions that an up-to-date database is at."""
    return set(ScriptDirectory.from_config(config_of(service)).get_heads())


def upgrade(service: str, *, url: str, to: str = "heads") -> None:
    """Bring a service's database up to date, as its owner."""
    asyncio.run(_with(url, lambda connection: _run(service, connection, lambda config: command.upgrade(config, to))))


def downgrade(service: str, *, url: str, to: str) -> None:
    """Take a service's database back to an earlier revision, such as `referrals@base`."""
    asyncio.run(_with(url, lambda connection: _run(service, connection, lambda config: command.downgrade(config, to))))


def revise(service: str, message: str, *, url: str) -> None:
    """Write a migration for what `tables.py` has and the database has not."""
    tree = ScriptDirectory.from_config(config_of(service))
    own = next(
        (head for head in tree.get_heads() if Path(tree.get_revision(head).path).parent == versions_of(service)), None
    )
    number = 1 + len(list(versions_of(service).glob(f"{service}_[0-9]*.py")))
    branch = {"head": own} if own else {"head": "base", "branch_label": service}

    def write(config: Config) -> None:
        config.attributes["metadata"] = metadata_of(service)
        command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=f"{service}_{number:04d}",
            version_path=str(versions_of(service)),
            **branch,  # type: ignore[arg-type]
        )

    asyncio.run(_with(url, lambda connection: _run(service, connection, write)))


def drift(service: str, *, url: str) -> list[str]:
    """Return the differences between an upgraded database and `tables.py`; none is as it should be."""
    found: list[str] = []

    def compare(connection: Connection) -> None:
        for metadata in metadata_of(service):
            theirs = {
                table.name for other in metadata_of(service) if other is not metadata for table in other.tables.values()
            }
            context = MigrationContext.configure(
                connection,
                opts={
                    "compare_type": True,
                    "include_object": lambda _, name, kind, *__: kind != "table" or name not in theirs,  # noqa: B023
                },
            )
            found.extend(str(difference) for difference in compare_metadata(context, metadata))

    asyncio.run(_with(url, compare))
    return found


async def is_current(engine: AsyncEngine, heads: set[str]) -> bool:
    """Whether the database is at these revisions."""

    def read(connection: Connection) -> Sequence[str]:
        return MigrationContext.configure(connection).get_current_heads()

    async with engine.connect() as connection:
        return set(await connection.run_sync(read)) == heads


def _run(service: str, connection: Connection, do: Callable[[Config], object]) -> None:
    config = config_of(service)
    config.attributes["connection"] = connection
    do(config)
    connection.commit()


async def _with(url: str, do: Callable[[Connection], object]) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(do)
    finally:
        await engine.dispose()
