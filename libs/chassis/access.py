"""May this caller do this? One pure function for all services, default deny.

Today a role must grant the permission. Relationships, restriction levels and field classes join here
(`Resource` is where a record's family, team and agency will be handed in), so that no route asks elsewhere.
"""

from collections.abc import Mapping

from libs.chassis.auth import Caller
from libs.kernel.roles import Role

Grants = Mapping[str, frozenset[Role]]


def permits(caller: Caller, permission: str, grants: Grants) -> bool:
    """Whether one of the caller's roles grants the permission."""
    return not caller.roles.isdisjoint(grants[permission])
