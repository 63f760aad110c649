"""`make demo` from nothing: five real services, a small invented county, one family walked through, all agreeing."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.demo.__main__ import announced
from deploy.demo.agreement import Question

ROOT = Path(__file__).parent.parent.parent


def test_services_agree_only_when_all_answers_are_the_same() -> None:
    assert Question("who", {"referrals": "a", "workbook": "a"}).agreed
    assert not Question("who", {"referrals": "a", "workbook": None}).agreed
    assert not Question("when", {"referrals": "1", "workbook": 1}).agreed


def test_the_demonstration_says_beforehand_that_it_ends_and_how_long_it_takes() -> None:
    said = announced(0.02, 1)

    assert "SCALE=0.02" in said
    assert re.search(r"invents a county of \d+ families", said)
    assert "and stops: about 3 minutes" in said
    assert "`make run` afterwards shows the same county" in said


@pytest.mark.timeout(1200)
def test_the_demonstration_ends_well_and_leaves_nothing_running(open_folder: Callable[[], Path]) -> None:
    var = open_folder() / "var"
    env = {**os.environ, "FS_VAR": str(var), "SCALE": "0.0005", "SEED": "7"}

    done = subprocess.run(
        [sys.executable, "-m", "deploy.demo"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=1100,
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Every service agrees on the family's story." in done.stdout
    assert " NO " not in done.stdout
    assert "each the same byte by byte" in done.stdout
    assert "Three calls".lower() in done.stdout
    assert "published 2024/25" in done.stdout
    for late in ("met late", "run out", "breached"):
        assert late not in done.stdout
    assert not (var / "run.json").exists()
    assert _still_working_on(var) == []


def _still_working_on(var: Path) -> list[str]:
    """Return the command lines of processes that have this folder in them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(var) in line:
            found.append(line)
    return found
