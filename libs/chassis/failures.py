"""What an exception says of its cause: will it pass by itself, and what may be written down of it."""

import traceback

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Connection lost, deadlock or serialisation, no resources, lock not available, shut down or cancelled.
_PASSING_CLASSES = frozenset({"08", "40", "53", "55", "57"})


def passing(error: BaseException) -> bool:
    """Return whether it is an outage, so that the same will succeed later."""
    if isinstance(error, (OSError, PoolTimeout)):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _sqlstate(error)[:2] in _PASSING_CLASSES
    return _sqlstate(error)[:2] in _PASSING_CLASSES


def described(error: BaseException) -> str:
    """Return its kind, SQLSTATE and place; never its message, which may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    place = ["at {}:{}".format("/".join(frame.filename.split("/")[-2:]), frame.lineno) for frame in ours[-1:]]
    return " ".join(part for part in (type(error).__name__, _sqlstate(error), *place) if part)


def _sqlstate(error: BaseException) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(original, "sqlstate", None) or "")
