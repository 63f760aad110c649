"""The one place where protected details are sealed for keeping and opened for reading."""

import hashlib
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.kernel.errors import DomainError
from services.referrals.domain.protected import Secret
from services.referrals.settings import sealing_keys

# The first byte says how the rest is sealed, so that methods can change under rows that exist:
# AES-256-GCM, the key's id, the nonce, what was sealed with its tag. The record's id is authenticated with
# it, so that nobody can show one person's detail by moving it into another's row.
_AES_GCM = b"\x01"
_KEY_ID = slice(1, 5)
_NONCE = slice(5, 17)
_SEALED = slice(17, None)


class CannotOpen(DomainError):
    """A protected detail was sealed in a way, or with a key, that is not known here."""


def seal(secret: Secret, *, record_id: UUID) -> bytes:
    """Return what is kept of a protected detail."""
    key = sealing_keys()[0]
    nonce = secrets.token_bytes(12)
    return _AES_GCM + _id_of(key) + nonce + AESGCM(key).encrypt(nonce, secret.reveal().encode(), record_id.bytes)


def unseal(sealed: bytes, *, record_id: UUID) -> Secret:
    """Return the protected detail that was kept; raise `CannotOpen`."""
    key = next((one for one in sealing_keys() if _id_of(one) == sealed[_KEY_ID]), None)
    if key is None or not sealed.startswith(_AES_GCM):
        raise CannotOpen("It was sealed with a key or by a version that is not known here.")
    try:
        return Secret(AESGCM(key).decrypt(sealed[_NONCE], sealed[_SEALED], record_id.bytes).decode())
    except InvalidTag:
        raise CannotOpen("It is not what was sealed for this record.") from None


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:4]
