"""A port that a supervisor opened for us, so that nobody else could take it while we were starting."""

import os
import socket

_NAME = "FS_LISTEN_FD"


def handed_down() -> list[socket.socket] | None:
    """Return the listening socket that we inherited, or None where we open the port ourselves."""
    descriptor = os.environ.get(_NAME)
    return [socket.socket(fileno=int(descriptor))] if descriptor else None


def hand_down(listening: socket.socket) -> dict[str, str]:
    """Return what a child needs in its environment to use this socket, which it must inherit."""
    return {_NAME: str(listening.fileno())}
