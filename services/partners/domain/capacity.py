"""How much room an agency says it has, and what that answers to a team that asks before it requests."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid
from services.partners.domain.agencies import Specialism


class Answer(StrEnum):
    """What a team hears when it asks for room."""

    HAS_CAPACITY = "has_capacity"
    WAITING_LIST = "waiting_list"
    NONE = "none"
    NEEDS_CONVERSATION = "needs_conversation"


class ImpossibleDeclaration(Invalid):
    """Such room cannot be declared."""

    slug = "invalid-capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """An agency's word on one specialism in one team (None: in every team): free places and adults waiting."""

    id: UUID
    agency_id: UUID
    specialism: Specialism
    team_id: UUID | None
    fte: float
    places: int
    waiting: int
    expected_on: date | None
    declared_on: date
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The answer, when a place is expected if there is a list, and how old the agency's word is."""

    answer: Answer
    expected_on: date | None = None
    declared_on: date | None = None
    is_stale: bool = False


def declare(declaration: Declaration, *, today: date) -> Declaration:
    """Return the declaration if it is possible: nothing negative, not from the future, a place expected later."""
    if declaration.fte < 0 or declaration.places < 0 or declaration.waiting < 0:
        raise ImpossibleDeclaration("FTE, places and waiting are counted from zero.")
    if declaration.declared_on > today:
        raise ImpossibleDeclaration("Room is declared on the day or for a day before.", at="/declared_on")
    if declaration.expected_on is not None and declaration.expected_on < declaration.declared_on:
        raise ImpossibleDeclaration("A place is expected after the declaration.", at="/expected_on")
    if declaration.places > 0 and declaration.fte == 0:
        raise ImpossibleDeclaration("Places need somebody who works in them.", at="/places")
    return declaration


def is_stale(declaration: Declaration, *, today: date, fresh_for: timedelta) -> bool:
    """Say whether the agency's word is too old to rely on."""
    return today - declaration.declared_on > fresh_for


def asks_again(room: Room, *, declared_at: datetime | None, declined_at: datetime) -> bool:
    """Say whether an agency that declined for lack of room may be asked again: it has since said that there is some."""
    return room.answer is Answer.HAS_CAPACITY and declared_at is not None and declared_at > declined_at


def offers_places(declaration: Declaration) -> bool:
    """Say whether there are places beyond those for the adults who already wait."""
    return declaration.places > declaration.waiting


def answer(declaration: Declaration | None, *, taken: int, today: date, fresh_for: timedelta) -> Room:
    """Answer from the agency's last word and the places taken since; silence or doubt needs a conversation.

    Free places belong first to those who already wait, so there is room only beyond them.
    """
    if declaration is None:
        return Room(answer=Answer.NEEDS_CONVERSATION)
    said = declaration.declared_on
    if is_stale(declaration, today=today, fresh_for=fresh_for):
        return Room(answer=Answer.NEEDS_CONVERSATION, declared_on=said, is_stale=True)
    if declaration.places - taken > declaration.waiting:
        return Room(answer=Answer.HAS_CAPACITY, declared_on=said)
    expected = declaration.expected_on
    if expected is not None and expected >= today:
        return Room(answer=Answer.WAITING_LIST, expected_on=expected, declared_on=said)
    if expected is not None or declaration.waiting > 0:
        return Room(answer=Answer.NEEDS_CONVERSATION, declared_on=said)
    return Room(answer=Answer.NONE, declared_on=said)
