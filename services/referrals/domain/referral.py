"""The referral: what each verb makes of it, and what has to be true before."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import ClosureReason, PrimaryNeed, ReferralSource
from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, Invalid
from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState, move
from services.referrals.domain import decision as decisions
from services.referrals.domain.decision import Decision, Kind, Outcome, Proposal
from services.referrals.domain.ending import WorkEnded, agreed
from services.referrals.domain.household import MOST_CHILDREN
from services.referrals.domain.re_referral import Earlier, prior_of, within_re_referral
from services.referrals.domain.screening import Rag, Screening, screen
from services.referrals.domain.states import FRONT_DOOR, MOVES, OPEN, UNDECIDED, State, Verb


class Channel(StrEnum):
    """The way a referral came."""

    PORTAL = "portal"
    PARTNER = "partner"
    CASE_SYSTEM = "case_system"
    PHONE = "phone"


class Origin(StrEnum):
    """Why there is a referral."""

    NEW = "new"
    RE_REFERRAL = "re_referral"
    STEP_UP = "step_up"
    TRANSFER_IN = "transfer_in"


class WorkbookStanding(StrEnum):
    """What the workbook service last said about the family's workbook, as far as this referral goes."""

    NEVER_OPENED = "never_opened"
    OPEN = "open"
    CLOSED = "closed"


class BeforeWhatItFollows(Invalid):
    """It cannot have happened before what it follows."""

    slug = "implausible-date"


class LevelTooLow(Conflict):
    """A referral is accepted from level 3."""


class WorkbookStillOpen(Conflict):
    """The family's workbook is still open."""


class AlreadyDecided(NotInThatState):
    """The sender may take a referral back only until it is decided."""


class CannotJoin(Conflict):
    """It can be joined only to another open referral of the family."""


class ChildrenLeftOut(Conflict):
    """A decided referral takes no more children."""

    slug = "invalid-transition"


class NothingAsked(Invalid):
    """To seek information, ask at least one agency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """A concern about the children of a family, from receipt to its end; moments in UTC."""

    id: UUID
    reference: str
    family_id: UUID
    children: tuple[UUID, ...]
    adults: tuple[UUID, ...] = ()
    sent_by: UUID
    source: ReferralSource
    channel: Channel
    origin: Origin = Origin.NEW
    area: str
    received_at: datetime
    state: State = State.RECEIVED
    changed_at: datetime
    screening: Screening | None = None
    primary_need: PrimaryNeed = PrimaryNeed.N0
    needs: tuple[str, ...] = ()
    proposal: Proposal | None = None
    decision: Decision | None = None
    prior_referral_id: UUID | None = None
    re_referral: bool = False
    joined_to: UUID | None = None
    redirected_to: str | None = None
    redirect_confirmed_at: datetime | None = None
    worker_id: UUID | None = None
    workbook: WorkbookStanding = WorkbookStanding.NEVER_OPENED
    work_ended: WorkEnded | None = None  # why and when, while the workbook is closed
    closure_reason: ClosureReason | None = None
    closed_on: date | None = None
    reopened_at: datetime | None = None
    reason: str | None = None  # why early help refused, it was reopened, withdrawn or marked in error
    next_due_at: datetime | None = None  # of its running clocks the first
    revision: int = 1

    @property
    def received_on(self) -> date:
        """The day in England on which it came."""
        return local_day(self.received_at)

    @property
    def is_open(self) -> bool:
        """Whether anybody still has to do something about it."""
        return self.state in OPEN

    @property
    def clock_start(self) -> datetime:
        """The moment from which the front door's clocks run: receipt, or the last reopening."""
        return self.reopened_at or self.received_at


def receive(
    *,
    referral_id: UUID,
    reference: str,
    family_id: UUID,
    children: tuple[UUID, ...],
    adults: tuple[UUID, ...] = (),
    sent_by: UUID,
    source: ReferralSource,
    channel: Channel,
    area: str,
    received_at: datetime,
    primary_need: PrimaryNeed = PrimaryNeed.N0,
    needs: tuple[str, ...] = (),
    origin: Origin = Origin.NEW,
    earlier: tuple[Earlier, ...] = (),
) -> Referral:
    """Return the referral as received, marked as a re-referral if a child's previous one is recent."""
    prior = prior_of(received_on=local_day(received_at), earlier=earlier)
    return Referral(
        id=referral_id,
        reference=reference,
        family_id=family_id,
        children=children,
        adults=adults,
        sent_by=sent_by,
        source=source,
        channel=channel,
        origin=Origin.RE_REFERRAL if prior is not None and origin is Origin.NEW else origin,
        area=area,
        received_at=received_at,
        changed_at=received_at,
        primary_need=primary_need,
        needs=needs,
        prior_referral_id=prior.referral_id if prior is not None else None,
        re_referral=prior is not None,
    )


def triage(referral: Referral, *, rag: Rag, level: int, at: datetime) -> Referral:
    """Return the referral with its urgency and level of need."""
    moved = _go(referral, Verb.TRIAGE, at)
    return replace(moved, screening=screen(rag=rag, level=level))


def seek_information(referral: Referral, *, asked: int, at: datetime) -> Referral:
    """Return the referral as gathering what `asked` agencies know."""
    moved = _go(referral, Verb.SEEK_INFORMATION, at)
    if asked < 1:
        raise NothingAsked("There is no question to any agency.", at="/requests")
    return moved


def ask_more(referral: Referral, *, at: datetime) -> Referral:
    """Return the referral, still gathering, with one agency more to answer."""
    return _stay(referral, Verb.ASK_MORE, at)


def conclude_gathering(referral: Referral, *, at: datetime) -> Referral:
    """Return the referral as triaged again, with what the agencies told."""
    return _go(referral, Verb.CONCLUDE_GATHERING, at)


def propose_decision(referral: Referral, *, outcome: Outcome, rationale: str, by: UUID, at: datetime) -> Referral:
    """Return the referral as waiting for a manager; an urgent one need not wait for the agencies."""
    moved = _go(referral, Verb.PROPOSE_DECISION, at)
    urgent = referral.screening is not None and referral.screening.is_urgent
    if referral.state is State.GATHERING and not urgent:
        raise NotInThatState(
            "It is gathering; only an urgent referral goes to a decision before gathering is concluded.",
            state=str(referral.state),
            verb=str(Verb.PROPOSE_DECISION),
        )
    return replace(moved, proposal=decisions.propose(outcome=outcome, rationale=rationale, by=by, at=at))


def accept(
    referral: Referral, *, by: UUID, at: datetime, outcome: Outcome | None = None, rationale: str = ""
) -> Referral:
    """Return the referral as accepted, so that a worker can be found; needs level 3 and a proposal."""
    moved = _go(referral, Verb.ACCEPT, at)
    if referral.screening is None or not referral.screening.may_be_accepted:
        raise LevelTooLow("The level of need is below 3; step it down, advise, or redirect it.")
    return _decided(moved, Kind.ACCEPT, outcome=outcome, rationale=rationale, by=by, at=at)


def step_down(referral: Referral, *, by: UUID, at: datetime, rationale: str = "") -> Referral:
    """Return the referral as offered to early help, which must accept."""
    moved = _go(referral, Verb.STEP_DOWN, at)
    return _decided(moved, Kind.STEP_DOWN, outcome=None, rationale=rationale, by=by, at=at)


def accept_step_down(referral: Referral, *, at: datetime) -> Referral:
    """Return the referral as taken by early help."""
    return _go(referral, Verb.ACCEPT_STEP_DOWN, at)


def refuse_step_down(referral: Referral, *, reason: str, at: datetime) -> Referral:
    """Return the referral as waiting for another decision, with the reason of early help."""
    return replace(_go(referral, Verb.REFUSE_STEP_DOWN, at), decision=None, reason=reason)


def advise(
    referral: Referral, *, by: UUID, at: datetime, outcome: Outcome | None = None, rationale: str = ""
) -> Referral:
    """Return the referral as ended with no further action, or with information and advice only."""
    moved = _go(referral, Verb.ADVISE, at)
    return _decided(moved, Kind.ADVISE, outcome=outcome, rationale=rationale, by=by, at=at)


def redirect(referral: Referral, *, authority: str, by: UUID, at: datetime, rationale: str = "") -> Referral:
    """Return the referral as sent to the authority that is responsible."""
    moved = replace(_go(referral, Verb.REDIRECT, at), redirected_to=authority, redirect_confirmed_at=None)
    return _decided(moved, Kind.REDIRECT, outcome=None, rationale=rationale, by=by, at=at)


def confirm_redirect(referral: Referral, *, at: datetime) -> Referral:
    """Return the referral with the moment at which the other authority said that it has it."""
    moved = _go(referral, Verb.CONFIRM_REDIRECT, at)
    return replace(moved, redirect_confirmed_at=at)


def join(referral: Referral, *, to: Referral, by: UUID, at: datetime, rationale: str = "") -> Referral:
    """Return the referral as joined to one that is open for the same family or one of the same children."""
    moved = _go(referral, Verb.JOIN, at)
    related = to.family_id == referral.family_id or bool(set(to.children) & set(referral.children))
    if to.id == referral.id or not to.is_open or not related:
        raise CannotJoin("The other referral is not an open one of this family.", at="/joined_to")
    if len({*to.children, *referral.children}) > MOST_CHILDREN:
        raise CannotJoin(f"Together they would name more than {MOST_CHILDREN} children.", at="/joined_to")
    left_out = [child for child in referral.children if child not in to.children]
    if left_out and to.state not in UNDECIDED:
        raise ChildrenLeftOut(
            "The other referral is decided and does not name these children; accept this one instead.",
            at="/joined_to",
            children=[str(child) for child in left_out],
        )
    return _decided(replace(moved, joined_to=to.id), Kind.JOIN, outcome=None, rationale=rationale, by=by, at=at)


def take_over(referral: Referral, *, joined: Referral) -> Referral:
    """Return the referral with everybody whom a concern names that joined it before it was decided."""
    if referral.state not in UNDECIDED:
        return referral
    return replace(
        referral,
        children=tuple(dict.fromkeys((*referral.children, *joined.children))),
        adults=tuple(dict.fromkeys((*referral.adults, *joined.adults))),
    )


def call_strategy(referral: Referral, *, at: datetime) -> Referral:
    """Return the referral, in its state, after a strategy discussion was held about it."""
    return _stay(referral, Verb.CALL_STRATEGY, at)


def allocate(referral: Referral, *, worker_id: UUID, at: datetime) -> Referral:
    """Return the referral with the family's worker; a later worker replaces the earlier."""
    if referral.state is State.ALLOCATED:
        return replace(referral, worker_id=worker_id)
    # Another service said so: its clock may differ from ours by a little, and that refuses nothing.
    return replace(_go(referral, Verb.ALLOCATE, max(at, referral.changed_at)), worker_id=worker_id)


def unallocate(referral: Referral, *, worker_id: UUID) -> Referral:
    """Return the referral without that worker, if it is still theirs; the family waits for the next one."""
    return replace(referral, worker_id=None) if referral.worker_id == worker_id else referral


def recognise(referral: Referral, *, person_id: UUID, known_id: UUID, earlier: tuple[Earlier, ...]) -> Referral:
    """Return the referral with a known person in the place of one who turned out to be the same.

    A child's earlier referral may make this one a re-referral, as it would have on receipt.
    """
    is_marked = referral.re_referral or referral.prior_referral_id is not None
    return replace(
        referral if is_marked else preceded(referral, earlier=earlier),
        children=_instead(referral.children, person_id, known_id),
        adults=_instead(referral.adults, person_id, known_id),
    )


def preceded(referral: Referral, *, earlier: tuple[Earlier, ...]) -> Referral:
    """Return the referral as a re-referral of the latest of these; the one that it follows so far stands among them."""
    prior = prior_of(received_on=referral.received_on, earlier=earlier)
    if prior is None or prior.referral_id == referral.prior_referral_id:
        return referral
    return replace(
        referral,
        re_referral=True,
        prior_referral_id=prior.referral_id,
        origin=Origin.RE_REFERRAL if referral.origin is Origin.NEW else referral.origin,
    )


def close(referral: Referral, *, reason: ClosureReason | None, at: datetime, on: date | None = None) -> Referral:
    """Return the referral as closed with its census reason; the workbook must be closed or never opened.

    The workbook's reason and day are the referral's; a day that was told (`on`) may not be another. Nobody holds it
    any more: that its worker has ended may be heard after this, when it is no longer looked for.
    """
    moved = _go(referral, Verb.CLOSE, at)
    _need_no_open_workbook(referral)
    ended = agreed(referral.work_ended, reason=reason, on=on, today=local_day(at))
    return replace(moved, closure_reason=ended.reason, closed_on=ended.on, worker_id=None)


def reopen(referral: Referral, *, reason: str, at: datetime, screening: Screening | None = None) -> Referral:
    """Return the referral as triaged again; within 12 months of its receipt, or last reopening, that is a re-referral.

    Without a new `screening` it is as urgent as it was.
    """
    moved = _go(referral, Verb.REOPEN, at)
    return replace(
        moved,
        screening=screening or referral.screening,
        re_referral=referral.re_referral
        or within_re_referral(previous_on=local_day(referral.clock_start), received_on=local_day(at)),
        reopened_at=at,
        reason=reason,
        proposal=None,
        decision=None,
        closure_reason=None,
        closed_on=None,
        worker_id=None,
        workbook=WorkbookStanding.NEVER_OPENED,
        work_ended=None,
    )


def withdraw(referral: Referral, *, reason: str, roles: frozenset[Role], at: datetime) -> Referral:
    """Return the referral as taken back; a sender from outside may do so only until it is decided."""
    moved = _go(referral, Verb.WITHDRAW, at)
    if referral.state not in UNDECIDED and not roles & FRONT_DOOR:
        raise AlreadyDecided("It is decided; only the front door can withdraw it now.", state=str(referral.state))
    _need_no_open_workbook(referral)
    return replace(moved, reason=reason, worker_id=None)


def mark_in_error(referral: Referral, *, reason: str, at: datetime) -> Referral:
    """Return the referral as one that should never have been recorded; it stays readable and counts nowhere."""
    moved = _go(referral, Verb.MARK_IN_ERROR, at)
    _need_no_open_workbook(referral)
    return replace(moved, reason=reason, worker_id=None)


def correct_area(referral: Referral, *, area: str) -> Referral:
    """Return the referral with the area where the family lives, before somebody is sought who works there."""
    move(MOVES, verb=Verb.CORRECT_AREA, state=referral.state)
    return replace(referral, area=area)


def heard_workbook(referral: Referral, standing: WorkbookStanding, *, ended: WorkEnded | None = None) -> Referral:
    """Return the referral with what the workbook service said."""
    return replace(referral, workbook=standing, work_ended=ended)


def _go(referral: Referral, verb: Verb, at: datetime) -> Referral:
    to = move(MOVES, verb=verb, state=referral.state)
    if at < referral.changed_at:
        raise BeforeWhatItFollows("It is before the step that it follows.", at="/occurred_at")
    return replace(referral, state=to, changed_at=at)


def _stay(referral: Referral, verb: Verb, at: datetime) -> Referral:
    # What leaves the state as it is may have happened before the last step and be recorded after it.
    move(MOVES, verb=verb, state=referral.state)
    if at < referral.received_at:
        raise BeforeWhatItFollows("It is before the referral was received.", at="/occurred_at")
    return referral


def _instead(people: tuple[UUID, ...], person_id: UUID, known_id: UUID) -> tuple[UUID, ...]:
    # Somebody who was named twice, once under each record, is then there once.
    return tuple(dict.fromkeys(known_id if one == person_id else one for one in people))


def _decided(
    referral: Referral, kind: Kind, *, outcome: Outcome | None, rationale: str, by: UUID, at: datetime
) -> Referral:
    made = decisions.decide(
        kind=kind,
        proposal=referral.proposal,
        outcome=outcome,
        rationale=rationale,
        active_risk=referral.screening is not None and referral.screening.is_active_risk,
        by=by,
        at=at,
    )
    return replace(referral, decision=made)


def _need_no_open_workbook(referral: Referral) -> None:
    if referral.workbook is WorkbookStanding.OPEN:
        raise WorkbookStillOpen("Close the family's workbook first.")
