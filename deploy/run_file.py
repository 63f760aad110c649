"""What a run says about itself to other programs, and whether it still runs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.credentials import write_privately


class NotRunning(Exception):
    """Nothing runs on this folder; the message says what to do."""


def place(var: Path) -> Path:
    """Where other programs read the addresses."""
    return var / "run.json"


def write(var: Path, content: Mapping[str, Any]) -> None:
    """Say where everything is, and which process to ask for the end of it."""
    write_privately(place(var), json.dumps({**content, "pid": os.getpid()}, indent=1))


def read(var: Path) -> dict[str, Any]:
    """Return what the run says about itself; raise `NotRunning` if there is none, or only what a killed one left."""
    try:
        found: dict[str, Any] = json.loads(place(var).read_text())
        pid = int(found["pid"])
    except (OSError, ValueError, KeyError):
        raise NotRunning(f"Nothing runs here: {place(var)} is not there. Start it with `make run`.") from None
    if not _is_alive(pid):
        raise NotRunning(f"{place(var)} is left over: process {pid} is gone. Start it with `make run`.")
    return found


def is_left_over(var: Path) -> bool:
    """Whether there is a file of a run that is gone."""
    try:
        read(var)
    except NotRunning:
        return place(var).exists()
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, and somebody else's
        return True
    return True
