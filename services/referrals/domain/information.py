"""Questions to other agencies: what was asked on which basis, by when, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid
from libs.kernel.transitions import Move, move
from services.referrals.domain.states import FRONT_DOOR


class RequestState(StrEnum):
    """Where a question stands."""

    SENT = "sent"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LawfulBasis(StrEnum):
    """Why the question may be asked; consent is rarely the right basis in safeguarding."""

    PUBLIC_TASK = "public_task"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    CONSENT = "consent"


class Consent(StrEnum):
    """What is known of the family's consent; kept apart from the lawful basis."""

    GIVEN = "given"
    REFUSED_AND_OVERRIDDEN = "refused_and_overridden"
    NOT_SOUGHT = "not_sought"


class RefusalReason(StrEnum):
    """Why an agency did not answer; a decision not to share is recorded like one to share."""

    # Source: Children Act 2004, s.16LA: no duty where sharing is more detrimental to the child than not.
    MORE_DETRIMENTAL = "more_detrimental_to_the_child"
    NOT_KNOWN_TO_US = "not_known_to_us"
    NO_LAWFUL_BASIS = "no_lawful_basis"
    OTHER = "other"


OPEN = frozenset({RequestState.SENT, RequestState.OVERDUE})

MOVES: Mapping[str, Move[RequestState]] = {
    "lapse": Move(frozenset({RequestState.SENT}), RequestState.OVERDUE, frozenset()),
    "answer": Move(OPEN, RequestState.ANSWERED, FRONT_DOOR),
    "refuse": Move(OPEN, RequestState.REFUSED, FRONT_DOOR),
    "withdraw": Move(OPEN, RequestState.WITHDRAWN, FRONT_DOOR),
}


class DueBeforeSent(Invalid):
    """An answer cannot be due before the question is sent."""

    slug = "implausible-date"


class AnsweredBeforeAsked(Invalid):
    """An answer cannot come before the question."""

    slug = "implausible-date"


class ReasonMissing(Invalid):
    """Overriding a family's refusal, or not telling it, needs a reason."""

    slug = "decision-incomplete"


class NothingAnswered(Invalid):
    """An answer says something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationRequest:
    """One question to one agency about the family of a referral; moments in UTC."""

    id: UUID
    referral_id: UUID
    agency: str
    question: str
    purpose: str
    lawful_basis: LawfulBasis
    consent: Consent
    family_informed: bool
    reason: str  # for overriding a refusal, or for not telling the family; else empty
    asked_by: UUID
    sent_at: datetime
    due_at: datetime
    state: RequestState = RequestState.SENT
    ended_at: datetime | None = None
    answer: str | None = None
    refusal: RefusalReason | None = None
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.state in OPEN

    def standing(self, now: datetime) -> RequestState:
        """Say how the question stands at `now`, whether or not the tick has come by."""
        overdue = self.state is RequestState.SENT and now > self.due_at
        return RequestState.OVERDUE if overdue else self.state


def ask(request: InformationRequest) -> InformationRequest:
    """Return the question as it may be sent; raise what is wrong with it."""
    if request.due_at <= request.sent_at:
        raise DueBeforeSent("The answer is due before it is asked for.", at="/due_at")
    needs_reason = request.consent is Consent.REFUSED_AND_OVERRIDDEN or not request.family_informed
    if needs_reason and not request.reason.strip():
        raise ReasonMissing("Say why the family was overridden or not told.", at="/reason")
    return request


def lapse(request: InformationRequest) -> InformationRequest:
    """Return the question as overdue."""
    return replace(request, state=move(MOVES, verb="lapse", state=request.state))


def answer(request: InformationRequest, *, text: str, at: datetime) -> InformationRequest:
    """Return the question as answered, late or not."""
    ended = _end(request, "answer", at)
    if not text.strip():
        raise NothingAnswered("The answer is empty.", at="/answer")
    return replace(ended, answer=text)


def refuse(request: InformationRequest, *, reason: RefusalReason, at: datetime) -> InformationRequest:
    """Return the question as refused, with the reason."""
    return replace(_end(request, "refuse", at), refusal=reason)


def withdraw(request: InformationRequest, *, at: datetime) -> InformationRequest:
    """Return the question as taken back."""
    return _end(request, "withdraw", at)


def all_answered(requests: tuple[InformationRequest, ...]) -> bool:
    """Say whether gathering is over: something was asked and no answer is awaited."""
    return bool(requests) and not any(one.is_open for one in requests)


def _end(request: InformationRequest, verb: str, at: datetime) -> InformationRequest:
    state = move(MOVES, verb=verb, state=request.state)
    if at < request.sent_at:
        raise AnsweredBeforeAsked("It is before the question was sent.", at="/occurred_at")
    return replace(request, state=state, ended_at=at)
