"""Merkle trees over rows, as RFC 6962 builds them: a root vouches for every row and for their order."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def leaf(row: Mapping[str, Any]) -> bytes:
    """Return the hash of a row: every column, in the order of their names."""
    written = json.dumps({name: row[name] for name in sorted(row)}, default=str, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(b"\x00" + written.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree over the leaves; of none, the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()
