"""Identifiers: time-ordered UUIDs, one type per kind of thing, and references that people can read."""

import hashlib
import os
import secrets
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


def new_id() -> UUID:
    """Make a UUIDv7: 48 bits of milliseconds, then randomness, so that new rows sort last."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


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
