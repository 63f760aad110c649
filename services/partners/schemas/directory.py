"""Agencies, offers, practitioners, room, agreements and terms over HTTP."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Bounds, CodeText, Day, Flag, Line, Moment, Note, Resource, View
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer
from services.partners.domain.clocks import Urgency
from services.partners.domain.offers import Exclusion
from services.partners.domain.sharing import AgreementState, LawfulBasis, SpecialCondition

#: A part of a full-time post.
Fte = Annotated[float, Field(strict=True, ge=0, le=1), Bounds(above=0)]
#: Posts of several people together.
Posts = Annotated[float, Field(strict=True, ge=0, le=1000)]
#: Places for adults; more than one for each post that there can be is a slip.
Places = Annotated[int, Field(strict=True, ge=0, le=1000)]
#: A number of working days or days that was agreed.
Days = Annotated[int, Field(strict=True, ge=1, le=100)]


class AgencyFacts(Body):
    """What is said of an agency; `stated_fte` is what it says it brings."""

    name: Line
    stated_fte: Posts | None = None
    has_manager: Flag = False
    active: Flag = True
    occurred_at: Moment | None = None


class NewAgency(AgencyFacts):
    """An agency to set up; `id` is the one that its people's tokens carry."""

    id: UUID
    code: CodeText


class AgencyView(Resource):
    """An agency."""

    path: ClassVar[str] = "/v1/agencies"

    code: str
    name: str
    stated_fte: float | None
    has_manager: bool
    active: bool


class OfferFacts(Body):
    """An offer; without a specialism it stands in the directory and takes no requests, without areas it reaches all."""

    specialism: Specialism | None = None
    title: Line
    audience: Note
    areas: Annotated[frozenset[CodeText], Field(max_length=50)] = frozenset()
    preference: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    from_on: Day
    until_on: Day | None = None
    occurred_at: Moment | None = None


class OfferView(Resource):
    """An offer of an agency, from `from_on` until before `until_on`."""

    path: ClassVar[str] = "/v1/offers"

    agency_id: UUID
    specialism: Specialism | None
    title: str
    audience: str
    areas: list[str]
    preference: int
    from_on: date
    until_on: date | None


class Share(Body):
    """The part of a full-time post that a team gets."""

    team_id: UUID
    fte: Fte


Shares = Annotated[tuple[Share, ...], Field(max_length=50)]


class NewPractitioner(Body):
    """A practitioner of your agency; `id` is the one that their token carries."""

    id: UUID
    name: Line
    specialism: Specialism
    fte: Fte
    shares: Shares = ()
    checked_on: Day | None = None
    joined_on: Day
    occurred_at: Moment | None = None


class PractitionerFacts(Body):
    """What may change of a practitioner; who changes specialism leaves and joins again."""

    name: Line
    fte: Fte
    shares: Shares
    checked_on: Day | None = None
    occurred_at: Moment | None = None


class Leaving(Body):
    """The first day on which a practitioner is gone."""

    left_on: Day
    occurred_at: Moment | None = None


class ShareView(View):
    """The part of a full-time post that a team gets."""

    team_id: UUID
    fte: float


class PractitionerView(Resource):
    """An adult practitioner, from `joined_on` until before `left_on`."""

    path: ClassVar[str] = "/v1/practitioners"

    agency_id: UUID
    name: str
    specialism: Specialism
    fte: float
    shares: list[ShareView]
    checked_on: date | None
    joined_on: date
    left_on: date | None


class RoomBody(Body):
    """Room for one specialism in one team, or without a team in all: free places, adults waiting, when a place is expected."""

    specialism: Specialism
    team_id: UUID | None = None
    fte: Posts
    places: Places
    waiting: Places
    expected_on: Day | None = None


class CapacityBody(Body):
    """All the room of your agency; what is not named is taken back."""

    rooms: Annotated[tuple[RoomBody, ...], Field(max_length=200)]
    occurred_at: Moment | None = None


class RoomView(View):
    """What an agency declared on a day."""

    id: UUID
    specialism: Specialism
    team_id: UUID | None
    fte: float
    places: int
    waiting: int
    expected_on: date | None
    declared_on: date


class CapacityView(Resource):
    """All the room that an agency declared; its revision is 0 until it has declared any."""

    path: ClassVar[str] = "/v1/agencies"

    rooms: list[RoomView]


class DeclaredRoomView(RoomView):
    """What an agency declared, the places taken since, what it answers today, and what its people give to the team."""

    agency_id: UUID
    taken: int
    answer: Answer
    answer_expected_on: date | None
    is_stale: bool
    staffed_fte: float | None


class Question(Body):
    """For whom room is wanted."""

    specialism: Specialism
    team_id: UUID | None = None


class AnswerView(View):
    """What one agency answers; `excluded` says why it would not be asked, `is_first` that it would be."""

    agency_id: UUID
    agency_code: str
    offer_id: UUID
    answer: Answer
    expected_on: date | None
    declared_on: date | None
    is_stale: bool
    excluded: Exclusion | None
    is_first: bool


class AnswersView(View):
    """What every agency that offers the specialism answers, the one that would be asked first."""

    agencies: list[AnswerView]


class NewAgreement(Body):
    """A sharing agreement to draft."""

    agency_id: UUID
    specialisms: Annotated[frozenset[Specialism], Field(max_length=10)]
    basis: LawfulBasis
    condition: SpecialCondition
    from_on: Day
    until_on: Day | None = None


class Saying(Body):
    """A verb that needs nothing but when it happened."""

    occurred_at: Moment | None = None


class AgreementView(Resource):
    """A sharing agreement, from `from_on` until before `until_on`; `fingerprint` proves its terms."""

    path: ClassVar[str] = "/v1/agreements"

    agency_id: UUID
    specialisms: list[Specialism]
    basis: LawfulBasis
    condition: SpecialCondition
    from_on: date
    until_on: date | None
    state: AgreementState
    fingerprint: str


class TermsBody(Body):
    """What was agreed locally: working days to answer by urgency, to first contact, to end; days to report and to trust a declaration."""

    answer_within: dict[Urgency, Days]
    first_contact_within: Days
    end_within: Days
    report_within_days: Days
    capacity_fresh_days: Days


class TermsView(Resource):
    """The local terms; their revision is 0 as long as nobody has set any."""

    path: ClassVar[str] = "/v1/terms"

    answer_within: dict[Urgency, int]
    first_contact_within: int
    end_within: int
    report_within_days: int
    capacity_fresh_days: int
