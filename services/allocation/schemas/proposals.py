"""Proposals, why and why not, and the manager's decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Flag, Moment, Note, Resource, View
from libs.kernel.ids import WorkerId
from services.allocation.domain import proposal as proposing
from services.allocation.domain import ranking
from services.allocation.domain.constraints import RuleCode
from services.allocation.domain.objective import TermCode
from services.allocation.domain.proposal import DeclineReason, OverrideReason, ProposalState
from services.allocation.domain.ranking import WarningCode
from services.allocation.queries.proposals import Brief
from services.allocation.queries.proposals import Shown as ShownValue
from services.allocation.queries.proposals import Why as WhyValue
from services.allocation.schemas.capacity import Numbers


class NewProposal(Body):
    """The request to rank workers for, afresh."""

    request_id: UUID
    occurred_at: Moment | None = None


class Confirmation(Body):
    """An option of the proposal; above the soft ceiling it needs a reason in words."""

    worker_id: Annotated[UUID | None, Field(description="By default the best")] = None
    text: Note | None = None
    oversight_note: Note | None = None
    note_is_sensitive: Flag = False
    occurred_at: Moment | None = None


class Override(Body):
    """Another worker than the best proposed, and why."""

    worker_id: UUID
    reason: OverrideReason
    text: Note
    oversight_note: Note | None = None
    note_is_sensitive: Flag = False
    occurred_at: Moment | None = None


class Refusal(Body):
    """Why nobody is taken."""

    reason: DeclineReason
    text: Note | None = None
    oversight_note: Note | None = None
    note_is_sensitive: Flag = False
    occurred_at: Moment | None = None


def decision_of(body: Confirmation | Override | Refusal, *, by: UUID, at: datetime) -> proposing.Decision:
    """Return the decision that a body tells."""
    reason = None if isinstance(body, Confirmation) else body.reason
    return proposing.Decision(
        reason=reason,
        text=body.text,
        oversight_note=body.oversight_note,
        note_is_sensitive=body.note_is_sensitive,
        by=by,
        at=at,
    )


class Term(View):
    """One reason for or against, in points (a credit is below 0), said in a sentence."""

    code: TermCode
    points: float
    sentence: str


class Caution(View):
    """Something to know before taking the option."""

    code: WarningCode
    sentence: str


class Option(View):
    """One worker who may take the family; the terms add up to the total, the lowest is best."""

    rank: int
    worker_id: UUID
    worker_name: str | None
    team_id: UUID | None
    total: float
    terms: list[Term]
    before: Numbers
    after: Numbers
    cautions: list[Caution]
    needs_reason: bool

    @classmethod
    def of(cls, option: ranking.Option, workers: Mapping[UUID, Brief]) -> "Option":
        """Write an option."""
        brief = workers.get(option.worker_id)
        return cls(
            rank=option.rank,
            worker_id=option.worker_id,
            worker_name=brief.name if brief else None,
            team_id=brief.team_id if brief else None,
            total=float(option.total),
            terms=[Term.model_validate(term) for term in option.terms],
            before=Numbers.model_validate(option.before),
            after=Numbers.model_validate(option.after),
            cautions=[Caution.model_validate(caution) for caution in option.cautions],
            needs_reason=option.needs_reason,
        )


class Breach(View):
    """A hard rule that is not met: the fact, and what would have to change."""

    rule: RuleCode
    fact: str
    needs: str


class Excluded(View):
    """One worker who may not take the family."""

    worker_id: UUID
    worker_name: str | None
    team_id: UUID | None
    breaches: list[Breach]

    @classmethod
    def of(cls, excluded: ranking.Excluded, workers: Mapping[UUID, Brief]) -> "Excluded":
        """Write somebody excluded."""
        brief = workers.get(excluded.worker_id)
        return cls(
            worker_id=excluded.worker_id,
            worker_name=brief.name if brief else None,
            team_id=brief.team_id if brief else None,
            breaches=[Breach.model_validate(breach) for breach in excluded.breaches],
        )


class Decision(View):
    """What the manager decided; kept for ever."""

    worker_id: UUID | None
    rank: int | None
    reason: str | None
    text: str | None
    oversight_note: str | None
    note_is_sensitive: bool
    by: UUID
    at: datetime


class ProposalSummary(View):
    """A proposal in a list."""

    id: UUID
    request_id: UUID
    family_id: UUID
    state: ProposalState
    scheme_version: int
    made_at: datetime
    expires_at: datetime
    options: int
    excluded: int
    decision: Decision | None
    revision: int

    @classmethod
    def of(cls, found: proposing.Proposal) -> "ProposalSummary":
        """Write a row of the list; who decided is in the single proposal."""
        decision = None if found.decision is None else Decision.model_validate(found.decision)
        return cls(
            id=found.id,
            request_id=found.request_id,
            family_id=found.family_id,
            state=found.state,
            scheme_version=found.scheme_version,
            made_at=found.made_at,
            expires_at=found.expires_at,
            options=len(found.ranking.options),
            excluded=len(found.ranking.excluded),
            decision=None if decision is None else decision.model_copy(update={"oversight_note": None}),
            revision=found.revision,
        )


class Proposal(Resource):
    """A ranking offered to a manager, everybody excluded and why, and what became of it."""

    path: ClassVar[str] = "/v1/proposals"

    request_id: UUID
    family_id: UUID
    state: ProposalState
    scheme_version: int
    made_at: datetime
    expires_at: datetime
    inputs_digest: str
    options: list[Option]
    excluded: list[Excluded]
    decision: Decision | None

    @classmethod
    def of(cls, shown: ShownValue) -> "Proposal":
        """Write a proposal."""
        found = shown.proposal
        return cls(
            id=found.id,
            revision=found.revision,
            request_id=found.request_id,
            family_id=found.family_id,
            state=found.state,
            scheme_version=found.scheme_version,
            made_at=found.made_at,
            expires_at=found.expires_at,
            inputs_digest=found.ranking.baseline,
            options=[Option.of(option, shown.workers) for option in found.ranking.options],
            excluded=[Excluded.of(excluded, shown.workers) for excluded in found.ranking.excluded],
            decision=None if found.decision is None else Decision.model_validate(found.decision),
        )


class Why(View):
    """Why or why not a worker: as the proposal said, and as it stands now."""

    worker_id: UUID
    proposed: Option | None
    excluded: Excluded | None
    now: Option | None
    now_excluded: Excluded | None

    @classmethod
    def of(cls, why: WhyValue) -> "Why":
        """Write the reasons."""
        nobody: Mapping[UUID, Brief] = {}
        return cls(
            worker_id=WorkerId(why.worker_id),
            proposed=None if why.proposed is None else Option.of(why.proposed, nobody),
            excluded=None if why.excluded is None else Excluded.of(why.excluded, nobody),
            now=None if why.now is None else Option.of(why.now, nobody),
            now_excluded=None if why.now_excluded is None else Excluded.of(why.now_excluded, nobody),
        )
