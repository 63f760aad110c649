"""Identifiers: time-ordered UUIDs, one type per kind of thing, and references that people can read."""

import hashlib
import secrets
import threading
import time
from typing import NewType
from uuid import NAMESPACE_URL, UUID, uuid5

FamilyId = NewType("FamilyId", UUID)
PersonId = NewType("PersonId", UUID)
ReferralId = NewType("ReferralId", UUID)
WorkerId = NewType("WorkerId", UUID)
TeamId = NewType("TeamId", UUID)
AgencyId = NewType("AgencyId", UUID)

# Letters and digits that nobody confuses when reading aloud or by hand: no 0/O, 1/I/L, 2/Z, 5/S, 8/B.
_CLEAR = "34679ACDEFGHJKMNPQRTUVWXY"


_SEQUENCE_BITS = 12
_making = threading.Lock()
_last_stamp = 0


def _next_stamp() -> int:
    """Return the milliseconds and a number within them, later than all that this process has given before."""
    global _last_stamp  # noqa: PLW0603 - what makes them one sequence
    now = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << _SEQUENCE_BITS
    with _making:
        _last_stamp = max(now, _last_stamp + 1)
        return _last_stamp


def new_id() -> UUID:
    """Make a UUIDv7: milliseconds, a number within them, then randomness, so that what is made later sorts later."""
    stamp = _next_stamp()
    milliseconds, number = stamp >> _SEQUENCE_BITS, stamp & (1 << _SEQUENCE_BITS) - 1
    chance = secrets.randbits(62)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | number << 64 | 0x2 << 62 | chance)


def derived_id(*parts: object) -> UUID:
    """Make the same UUID for the same parts, for things that must not come into being twice."""
    return uuid5(NAMESPACE_URL, "/".join(str(part) for part in parts))


def new_reference(prefix: str) -> str:
    """Make a reference that people can read out, such as `R-7KQ4-MH9T`; about 10^11 of them."""
    letters = "".join(secrets.choice(_CLEAR) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def digest(*parts: object) -> str:
    """Fingerprint of values in order, for comparing inputs without keeping them."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
