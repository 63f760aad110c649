"""Notices that the `make` which started us was interrupted or killed; it passes on nothing but SIGTERM.

Ctrl-C at a terminal reaches `make` and us alike. A signal sent to `make` alone does not: it then waits for us without
a word, with its own handler taken off, and that is what the kernel shows.
"""

import os
from pathlib import Path

_UNDER = "FS_UNDER_MAKE"


class Make:
    """The `make` above us, if there is one."""

    def __init__(self) -> None:
        self._pid = os.getppid() if os.environ.get(_UNDER) else None
        self._heard = self._caught()

    def is_over(self) -> bool:
        """Whether it is gone, or was told to end and now waits for us."""
        if self._pid is None:
            return False
        return os.getppid() != self._pid or bool(self._heard & ~self._caught())

    def _caught(self) -> int:
        """Return the set of signals that it has handlers for; nothing where the kernel does not tell."""
        if self._pid is None:
            return 0
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return 0
        return next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt:")), 0)
