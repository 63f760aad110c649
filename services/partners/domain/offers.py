"""What agencies offer, where and for whom, and to which of them a practitioner request goes."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer, Room
from services.partners.domain.sharing import Agreement


class ImpossibleOffer(Invalid):
    """Such an offer cannot stand."""

    slug = "invalid-offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that an agency does, from `from_on` until before `until_on`.

    `areas` are the localities it reaches (none: the whole county), `audience` says in words who may be
    referred, and a lower `preference` is asked first where several agencies offer the same.
    """

    id: UUID
    agency_id: UUID
    specialism: Specialism | None
    title: str
    audience: str
    areas: frozenset[str]
    preference: int
    from_on: date
    until_on: date | None = None
    revision: int = 1


class Exclusion(StrEnum):
    """Why an agency is not asked."""

    ALREADY_ASKED = "already_asked"
    NOT_OFFERED = "not_offered"
    OUT_OF_AREA = "out_of_area"
    AGENCY_INACTIVE = "agency_inactive"
    NO_AGREEMENT = "no_agreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An offer with what routing must know of its agency: does it take part, under what may it be told, has it room.

    `times_asked` is how often it was asked for this very need before.
    """

    offer: Offer
    agency_code: str
    agency_active: bool
    agreement: Agreement | None
    room: Room
    times_asked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The agency to ask, if any, and every other that was considered with the rule that excluded it."""

    chosen: Candidate | None
    excluded: tuple[tuple[Candidate, Exclusion], ...]


# An agency that has said it has no room is asked last, not never: the need may move it.
_ORDER_OF_ROOM: tuple[Answer, ...] = (
    Answer.HAS_CAPACITY,
    Answer.WAITING_LIST,
    Answer.NEEDS_CONVERSATION,
    Answer.NONE,
)


def check(offer: Offer) -> Offer:
    """Return the offer if its period can be."""
    if offer.until_on is not None and offer.until_on <= offer.from_on:
        raise ImpossibleOffer("It ends after it begins.", at="/until_on")
    return offer


def is_open(offer: Offer, *, on: date) -> bool:
    """Say whether the offer stands on that day."""
    return offer.from_on <= on and (offer.until_on is None or on < offer.until_on)


def reaches(offer: Offer, *, areas: frozenset[str]) -> bool:
    """Say whether the offer reaches one of a team's areas; one without areas reaches the whole county."""
    return not offer.areas or bool(offer.areas & areas)


def route(
    candidates: tuple[Candidate, ...],
    *,
    specialism: Specialism,
    areas: frozenset[str],
    on: date,
    asked: frozenset[UUID] = frozenset(),
) -> Route:
    """Choose the agency to ask: the one with most room, then the preferred one, then by its code.

    The same candidates in any order give the same choice. `asked` are agencies whose answer stands.
    """
    fit: list[Candidate] = []
    excluded: list[tuple[Candidate, Exclusion]] = []
    for candidate in candidates:
        rule = _rule_against(candidate, specialism=specialism, areas=areas, on=on, asked=asked)
        if rule is None:
            fit.append(candidate)
        else:
            excluded.append((candidate, rule))
    chosen = min(fit, key=_rank, default=None)
    return Route(chosen=chosen, excluded=tuple(sorted(excluded, key=lambda pair: pair[0].offer.id)))


def _rule_against(
    candidate: Candidate, *, specialism: Specialism, areas: frozenset[str], on: date, asked: frozenset[UUID]
) -> Exclusion | None:
    offer = candidate.offer
    rules = (
        (offer.agency_id in asked, Exclusion.ALREADY_ASKED),
        (offer.specialism is not specialism or not is_open(offer, on=on), Exclusion.NOT_OFFERED),
        (not reaches(offer, areas=areas), Exclusion.OUT_OF_AREA),
        (not candidate.agency_active, Exclusion.AGENCY_INACTIVE),
        (candidate.agreement is None, Exclusion.NO_AGREEMENT),
    )
    return next((rule for applies, rule in rules if applies), None)


def _rank(candidate: Candidate) -> tuple[int, int, str, UUID]:
    room = _ORDER_OF_ROOM.index(candidate.room.answer)
    return room, candidate.offer.preference, candidate.agency_code, candidate.offer.id
