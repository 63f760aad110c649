"""The least that an agency needs, on which legal ground, and the agreements without which it is told nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid
from libs.kernel.ids import digest
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.partners.domain.agencies import Specialism
from services.partners.domain.request import Request, State


class AgreementState(StrEnum):
    """How an agreement stands."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"


class AgreementVerb(StrEnum):
    """What may be said to an agreement."""

    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"


class LawfulBasis(StrEnum):
    """The ground in Article 6 of the UK GDPR; consent is seldom the right one in safeguarding."""

    LEGAL_OBLIGATION = "legal_obligation"
    PUBLIC_TASK = "public_task"
    CONSENT = "consent"


class SpecialCondition(StrEnum):
    """The condition in Schedule 1 of the Data Protection Act 2018 for health and other special data."""

    HEALTH_OR_SOCIAL_CARE = "health_or_social_care"  # Part 1, paragraph 2
    SAFEGUARDING = "safeguarding"  # Part 2, paragraph 18


_ADMIN = frozenset({Role.SERVICE_ADMIN})
_PRIVACY = frozenset({Role.AUDITOR})

TABLE: Mapping[str, Move[AgreementState]] = {
    AgreementVerb.START: Move(frozenset({AgreementState.DRAFT}), AgreementState.IN_FORCE, _ADMIN),
    AgreementVerb.SUSPEND: Move(frozenset({AgreementState.IN_FORCE}), AgreementState.SUSPENDED, _PRIVACY),
    AgreementVerb.RESUME: Move(frozenset({AgreementState.SUSPENDED}), AgreementState.IN_FORCE, _PRIVACY),
    AgreementVerb.END: Move(frozenset(AgreementState) - {AgreementState.ENDED}, AgreementState.ENDED, _ADMIN),
}


class ImpossibleAgreement(Invalid):
    """Such an agreement cannot be."""

    slug = "invalid-agreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the council may share with an agency, for which specialisms, from `from_on` until before `until_on`."""

    id: UUID
    agency_id: UUID
    specialisms: frozenset[Specialism]
    basis: LawfulBasis
    condition: SpecialCondition
    from_on: date
    until_on: date | None
    state: AgreementState = AgreementState.DRAFT
    revision: int = 1


def check(agreement: Agreement) -> Agreement:
    """Return the agreement if it covers something for some time."""
    if not agreement.specialisms:
        raise ImpossibleAgreement("It covers at least one specialism.", at="/specialisms")
    if agreement.until_on is not None and agreement.until_on <= agreement.from_on:
        raise ImpossibleAgreement("It ends after it begins.", at="/until_on")
    return agreement


def say(agreement: Agreement, verb: AgreementVerb) -> Agreement:
    """Return the agreement in the state that `verb` leads to."""
    return replace(agreement, state=move(TABLE, verb=verb, state=agreement.state))


def covers(agreement: Agreement, *, specialism: Specialism, on: date) -> bool:
    """Say whether the agreement lets the agency be told about an adult on that day."""
    within = agreement.from_on <= on and (agreement.until_on is None or on < agreement.until_on)
    return agreement.state is AgreementState.IN_FORCE and within and specialism in agreement.specialisms


def fingerprint(agreement: Agreement) -> str:
    """Fingerprint of what was agreed, to prove later under which terms something was shared."""
    until = "" if agreement.until_on is None else agreement.until_on.isoformat()
    terms = (agreement.basis, agreement.condition, agreement.from_on.isoformat(), until)
    return digest(agreement.agency_id, *sorted(agreement.specialisms), *terms)


#: What an agency may know of a request before it takes the adult on: enough to say yes or no.
BEFORE_ACCEPTANCE = frozenset(
    {
        "adult_id",
        "specialism",
        "team_id",
        "urgency",
        "lead_worker_id",
    }
)
#: What it may know besides while it works with the adult.
WHILE_WORKING = BEFORE_ACCEPTANCE | {"family_id", "workbook_id"}

_WORKING = frozenset({State.ACCEPTED, State.ENGAGED, State.ON_HOLD})


def shared_with_agency(request: Request) -> frozenset[str]:
    """Return the names of what the agency may see of the family: more once a practitioner is named, less at the end."""
    if request.state is State.IN_ERROR:
        return frozenset()
    if request.state in _WORKING and request.practitioner_id is not None:
        return WHILE_WORKING
    return BEFORE_ACCEPTANCE
