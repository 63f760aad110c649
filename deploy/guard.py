"""Ends the processes entrusted to it when its standard input closes, that is, when the launcher is gone.

For systems whose kernel does not end children with their parent. Reads lines of `<pid> <signal>`;
signal 0 takes the process back.
"""

import contextlib
import os
import signal
import sys
import time

GRACE = 10.0


def main() -> None:
    """Wait for the launcher's end, then end what is left of its children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    entrusted = {int(pid): int(number) for pid, number in (line.split() for line in sys.stdin)}
    left = [pid for pid, number in entrusted.items() if number and _send(pid, number)]
    end = time.monotonic() + GRACE
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left = [pid for pid in left if _send(pid, 0)]
    for pid in left:
        _send(pid, signal.SIGKILL)


def _send(pid: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


if __name__ == "__main__":
    main()
