"""Adult practitioners, their specialism, and how their hours are shared among the council's teams.

Ten full-time posts serve seventeen teams, about 0.59 of a post in each, so one practitioner works in
more than one team and room is counted per specialism and per team.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from services.partners.domain.agencies import Specialism

# Shares are given in hundredths; sums of such floats may stray by far less than this.
_TOLERANCE = 1e-6


class ImpossibleHours(Invalid):
    """Hours cannot be shared like that."""

    slug = "invalid-fte"


class PractitionerNotEligible(Conflict):
    """This practitioner cannot take this request."""

    slug = "practitioner-not-eligible"


class AlreadyLeft(Conflict):
    """The practitioner has left the agency."""


@dataclass(frozen=True, slots=True, order=True)
class TeamShare:
    """The part of a full-time post that a practitioner gives to one team."""

    team_id: UUID
    fte: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """One agency's practitioner with one specialism, from `joined_on` until before `left_on`.

    `checked_on` is the day of the background check without which nobody meets a family.
    """

    id: UUID
    agency_id: UUID
    name: str
    specialism: Specialism
    fte: float
    shares: tuple[TeamShare, ...]
    checked_on: date | None
    joined_on: date
    left_on: date | None = None
    revision: int = 1


def check(practitioner: Practitioner) -> Practitioner:
    """Return the practitioner if the hours can be: shares add up to no more than the post, the post to no more than 1."""
    if not math.isfinite(practitioner.fte) or not 0 < practitioner.fte <= 1:
        raise ImpossibleHours("A post is more than nothing and at most full time.", at="/fte")
    teams = [share.team_id for share in practitioner.shares]
    if len(set(teams)) != len(teams):
        raise ImpossibleHours("Each team is named once.", at="/shares")
    for index, share in enumerate(practitioner.shares):
        if not math.isfinite(share.fte) or share.fte <= 0:
            raise ImpossibleHours("A share is more than nothing.", at=f"/shares/{index}/fte")
    if shared_fte(practitioner) > practitioner.fte + _TOLERANCE:
        raise ImpossibleHours("The shares add up to more than the post.", at="/shares")
    if practitioner.left_on is not None and practitioner.left_on < practitioner.joined_on:
        raise ImpossibleHours("Nobody leaves before joining.", at="/left_on")
    return practitioner


def share_out(practitioner: Practitioner, *, fte: float, shares: tuple[TeamShare, ...], today: date) -> Practitioner:
    """Return the practitioner with other hours or teams."""
    _need_not_gone(practitioner, today=today)
    return check(replace(practitioner, fte=fte, shares=tuple(sorted(shares))))


def leave(practitioner: Practitioner, *, left_on: date, today: date) -> Practitioner:
    """Return the practitioner as gone from `left_on`; until then they serve their teams, and the day may change."""
    _need_not_gone(practitioner, today=today)
    return check(replace(practitioner, left_on=left_on))


def shares_on(practitioner: Practitioner, *, on: date) -> tuple[TeamShare, ...]:
    """Return what the practitioner gives to teams as of that day: nothing once they are gone."""
    return () if _is_gone(practitioner, on=on) else practitioner.shares


def is_active(practitioner: Practitioner, *, on: date) -> bool:
    """Say whether the practitioner works for the agency on that day."""
    return practitioner.joined_on <= on and not _is_gone(practitioner, on=on)


def need_eligible(practitioner: Practitioner | None, *, agency_id: UUID, specialism: Specialism, on: date) -> None:
    """Refuse anybody who is not of this agency and specialism, present and checked on that day."""
    if practitioner is None or practitioner.agency_id != agency_id:
        raise PractitionerNotEligible("Name a practitioner of your own agency.", at="/practitioner_id")
    if practitioner.specialism is not specialism:
        raise PractitionerNotEligible("The practitioner has another specialism.", at="/practitioner_id")
    if not is_active(practitioner, on=on):
        raise PractitionerNotEligible("The practitioner does not work for the agency then.", at="/practitioner_id")
    if practitioner.checked_on is None or practitioner.checked_on > on:
        raise PractitionerNotEligible("The practitioner has no background check by then.", at="/practitioner_id")


def shared_fte(practitioner: Practitioner) -> float:
    """Return the part of a post that the practitioner gives to teams."""
    return math.fsum(share.fte for share in practitioner.shares)


def fte_in_team(practitioners: Iterable[Practitioner], *, specialism: Specialism, team_id: UUID, on: date) -> float:
    """Return how much of a post a team has of a specialism on that day, over all practitioners."""
    return math.fsum(
        share.fte
        for one in practitioners
        if one.specialism is specialism and is_active(one, on=on)
        for share in one.shares
        if share.team_id == team_id
    )


def _is_gone(practitioner: Practitioner, *, on: date) -> bool:
    return practitioner.left_on is not None and practitioner.left_on <= on


def _need_not_gone(practitioner: Practitioner, *, today: date) -> None:
    if _is_gone(practitioner, on=today):
        raise AlreadyLeft("Only somebody who still works there can change hours or leave.")
