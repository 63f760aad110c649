"""What a token reaches beside what its roles grant: clients' scopes, such as `referrals:people.read`.

`<service>:<resource>` covers every permission `<resource>:…` of that service, `….read` only those that read, and `*` stands
for all resources. Revealing, deciding and writing are never reading.
"""

import re

from libs.chassis.auth import Caller

_READING = re.compile(r"read(-[a-z-]+)?|list")


def covering(permission: str) -> tuple[str, ...]:
    """Return the scopes, without their service, any of which covers a permission."""
    resource, _, verb = permission.partition(":")
    whole = (resource, "*")
    return (*(f"{each}.read" for each in whole), *whole) if _READING.fullmatch(verb) else whole


def cover(caller: Caller, permission: str) -> bool:
    """Whether the caller's token reaches a permission; one that is not limited reaches all."""
    return caller.scopes is None or not caller.scopes.isdisjoint(covering(permission))
