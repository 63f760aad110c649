"""The one place where protected details are sealed for keeping and opened for reading."""

from libs.kernel.errors import DomainError
from services.referrals.domain.protected import Secret

# The first byte says how the rest is sealed, so that keys and methods can change under rows that exist.
_PLAIN = b"\x00"


class CannotOpen(DomainError):
    """A protected detail was sealed in a way that is not known here."""


def seal(secret: Secret) -> bytes:
    """Return what is kept of a protected detail."""
    return _PLAIN + secret.reveal().encode()


def unseal(sealed: bytes) -> Secret:
    """Return the protected detail that was kept."""
    if not sealed.startswith(_PLAIN):
        raise CannotOpen("It was sealed by a newer version.")
    return Secret(sealed[len(_PLAIN) :].decode())
