"""Decisions on a referral: what a screener proposes, what a manager decides, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid

MINIMUM_RATIONALE = 10  # characters; an empty excuse is not a reason


class Outcome(StrEnum):
    """What is to happen with the referral; in the codes of the Standard Safeguarding Dataset where it has them."""

    SINGLE_ASSESSMENT = "single_assessment"
    STRATEGY_DISCUSSION = "strategy_discussion"
    LOOKED_AFTER_REQUEST = "looked_after_request"
    NON_AGENCY_ADOPTION = "non_agency_adoption"
    PRIVATE_FOSTERING = "private_fostering"
    CP_TRANSFER_IN = "cp_transfer_in"
    CP_CONFERENCE = "cp_conference"
    CARE_LEAVER = "care_leaver"
    OTHER = "other"
    EARLY_HELP = "early_help"
    NO_FURTHER_ACTION = "nfa"
    ADVICE = "advice"
    OTHER_AUTHORITY = "other_authority"
    EXISTING_REFERRAL = "existing_referral"


class Kind(StrEnum):
    """Which of the manager's verbs makes the decision."""

    ACCEPT = "accept"
    STEP_DOWN = "step-down"
    ADVISE = "advise"
    REDIRECT = "redirect"
    JOIN = "join"


#: Which outcomes each kind of decision can have; the first is the one taken if none is named.
OUTCOMES: Mapping[Kind, tuple[Outcome, ...]] = {
    Kind.ACCEPT: (
        Outcome.SINGLE_ASSESSMENT,
        Outcome.STRATEGY_DISCUSSION,
        Outcome.LOOKED_AFTER_REQUEST,
        Outcome.NON_AGENCY_ADOPTION,
        Outcome.PRIVATE_FOSTERING,
        Outcome.CP_TRANSFER_IN,
        Outcome.CP_CONFERENCE,
        Outcome.CARE_LEAVER,
        Outcome.OTHER,
    ),
    Kind.STEP_DOWN: (Outcome.EARLY_HELP,),
    Kind.ADVISE: (Outcome.NO_FURTHER_ACTION, Outcome.ADVICE),
    Kind.REDIRECT: (Outcome.OTHER_AUTHORITY,),
    Kind.JOIN: (Outcome.EXISTING_REFERRAL,),
}


class DecisionIncomplete(Invalid):
    """A decision needs a reason."""

    slug = "decision-incomplete"


class OutcomeDoesNotFit(Invalid):
    """That verb cannot have that outcome."""

    slug = "decision-incomplete"


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a screener would respond, and why."""

    outcome: Outcome
    rationale: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a manager responded, and why."""

    kind: Kind
    outcome: Outcome
    rationale: str
    by: UUID
    at: datetime


def propose(*, outcome: Outcome, rationale: str, by: UUID, at: datetime) -> Proposal:
    """Return the proposal; raise `DecisionIncomplete` without a rationale."""
    return Proposal(outcome, _reason(rationale), by, at)


def decide(
    *,
    kind: Kind,
    proposal: Proposal | None,
    outcome: Outcome | None,
    rationale: str,
    active_risk: bool,
    by: UUID,
    at: datetime,
) -> Decision:
    """Return a manager's decision on `proposal`.

    A manager who follows the proposal may leave the rationale to it. A manager who decides otherwise, or
    who takes no further action while a risk is active, gives a reason of their own.
    """
    if proposal is None:
        raise DecisionIncomplete("There is no proposed decision with a rationale.", at="/rationale")
    chosen = outcome or (proposal.outcome if proposal.outcome in OUTCOMES[kind] else OUTCOMES[kind][0])
    if chosen not in OUTCOMES[kind]:
        allowed = ", ".join(OUTCOMES[kind])
        raise OutcomeDoesNotFit(f"To {kind} leads to one of: {allowed}.", at="/outcome")
    leaves_an_active_risk = active_risk and kind is Kind.ADVISE
    needs_own_reason = chosen is not proposal.outcome or leaves_an_active_risk
    reason = _reason(rationale) if needs_own_reason or rationale.strip() else proposal.rationale
    return Decision(kind=kind, outcome=chosen, rationale=reason, by=by, at=at)


def _reason(rationale: str) -> str:
    text = rationale.strip()
    if len(text) < MINIMUM_RATIONALE:
        raise DecisionIncomplete(f"A rationale has at least {MINIMUM_RATIONALE} characters.", at="/rationale")
    return text
