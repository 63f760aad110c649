"""The areas of the county: those that teams serve, as allocation says, and one for what nobody knows yet."""

from collections.abc import Set as AbstractSet

from libs.kernel.errors import Conflict, Invalid

#: Said by a sender who cannot know it, or of loaded history that does not tell; corrected before acceptance.
NOT_KNOWN_YET = "unknown"


class UnknownArea(Invalid):
    """No team serves that area."""

    slug = "unknown-area"


class AreaNotServed(Conflict):
    """No team serves the referral's area."""

    slug = "area-not-served"


def check_area(area: str, *, served: AbstractSet[str]) -> None:
    """Raise `UnknownArea`, naming those that are served, if no team serves it; without any team all are believed."""
    if served and area not in served and area != NOT_KNOWN_YET:
        raise UnknownArea("No team serves that area.", at="/area", areas=sorted(served))


def check_served(area: str, *, served: AbstractSet[str]) -> None:
    """Raise `AreaNotServed` if no team could be found for a family there."""
    if served and area not in served:
        raise AreaNotServed("No team serves its area: correct it first.", areas=sorted(served))
