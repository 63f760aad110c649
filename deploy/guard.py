"""Ends the processes entrusted to it when its standard input closes, that is, when the launcher is gone.

For systems whose kernel does not end children with their parent. Reads lines of `<pid> <signal>`;
signal 0 takes the process back. A line of `file <pid> <path>` is about the file in which the launcher with
that pid says where everything is: what a killed one left is removed.
"""

import contextlib
import json
import os
import signal
import sys
import time

GRACE = 10.0


def main() -> None:
    """Wait for the launcher's end, then end what is left of its children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    entrusted: dict[int, int] = {}
    files: dict[str, int] = {}
    for line in sys.stdin:
        if line.startswith("file "):
            _, pid, path = line.rstrip("\n").split(" ", 2)
            files[path] = int(pid)
        else:
            child, ending = line.split()
            entrusted[int(child)] = int(ending)
    for path, launcher in files.items():
        _remove(path, launcher)
    left = [pid for pid, number in entrusted.items() if number and _send(pid, number)]
    end = time.monotonic() + GRACE
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left = [pid for pid in left if _send(pid, 0)]
    for pid in left:
        _send(pid, signal.SIGKILL)


def _remove(path: str, launcher: int) -> None:
    """Remove what the launcher wrote, unless the next one has written since."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - the isolated interpreter starts faster without pathlib
            written_by = json.load(file)["pid"]
        if written_by == launcher:
            os.unlink(path)  # noqa: PTH108


def _send(pid: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


if __name__ == "__main__":
    main()
