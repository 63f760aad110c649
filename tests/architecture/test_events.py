"""Only the owner says an event, and others import it in their inbox alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
OWNERS = ("referrals", "allocation", "workbook", "partners", "metrics")


def _imported_owners(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("libs.contracts"):
            names = [node.module or "", *[f"{node.module}.{alias.name}" for alias in node.names]]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (owner for owner in OWNERS if any(name.startswith(f"libs.contracts.{owner}") for name in names))


@pytest.mark.parametrize("service", OWNERS)
def test_anothers_events_are_imported_by_the_inbox_alone(service: str) -> None:
    for path in (SERVICES / service).rglob("*.py"):
        inside = path.relative_to(SERVICES / service).parts[0]
        foreign = {owner for owner in _imported_owners(path) if owner != service}
        assert not foreign or inside in {"inbox.py", "inbox"}, f"{path}: {foreign}"
