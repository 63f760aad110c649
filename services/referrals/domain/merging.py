"""Making one family of two records of it, so that nothing protected is shown by it."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.kernel.errors import Conflict
from services.referrals.domain.household import Family, Membership
from services.referrals.domain.protected import ProtectedContactPoint


class CannotMerge(Conflict):
    """A family is merged into another one, once."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Two people stand in one family of whom one must not learn a detail of the other."""

    person_id: UUID
    kept_from: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The family that stays, the one that went into it, and what to be careful about."""

    family: Family
    merged_family_id: UUID
    protected: tuple[ProtectedContactPoint, ...]
    warnings: tuple[Exposure, ...]

    @property
    def people(self) -> tuple[UUID, ...]:
        """Everybody who now belongs to the family."""
        return tuple(sorted({one.person_id for one in self.family.members}))


def merge(
    kept: Family,
    gone: Family,
    *,
    protected: tuple[ProtectedContactPoint, ...],
    on: date,
) -> Merged:
    """Return `kept` with the members of `gone`.

    Details stay with their persons and keep from whom they are kept: a merge never turns a protected
    detail into one of the family. Where a person and somebody they are protected from come together in
    one family, the result says so.
    """
    if kept.id == gone.id:
        raise CannotMerge("It is the same family.", at="/merged_family_id")
    members = list(kept.members)
    for one in gone.members:
        if not any(_same_time(one, other) for other in members):
            members.append(one)
    family = replace(kept, members=tuple(members))
    together = {one.person_id for one in family.current(on)}
    warnings = {
        Exposure(point.person_id, other)
        for point in protected
        if point.person_id in together
        for other in point.kept_from & together
    }
    return Merged(
        family=family,
        merged_family_id=gone.id,
        protected=protected,
        warnings=tuple(sorted(warnings, key=lambda one: (one.person_id, one.kept_from))),
    )


def _same_time(one: Membership, other: Membership) -> bool:
    if one.person_id != other.person_id:
        return False
    starts_before_end = other.until_on is None or one.from_on < other.until_on
    ends_after_start = one.until_on is None or other.from_on < one.until_on
    return starts_before_end and ends_after_start
