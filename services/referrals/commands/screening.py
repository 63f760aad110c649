"""Triage, and what other agencies are asked before a decision is proposed."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit, happened_at
from libs.contracts.referrals import InformationAnswered, InformationRequested, ReferralTriaged
from libs.kernel.deadline import end_of_day, local_day
from libs.kernel.errors import Invalid
from libs.kernel.ids import new_id
from libs.kernel.working_days import add_working_days
from services.referrals.commands import clocks, deciding, steps
from services.referrals.domain import information as questions
from services.referrals.domain import referral as rules
from services.referrals.domain.clock_rules import Happening
from services.referrals.domain.clocks import Occasion, happenings_of
from services.referrals.domain.decision import Outcome
from services.referrals.domain.information import Consent, InformationRequest, LawfulBasis, RefusalReason
from services.referrals.domain.referral import Referral
from services.referrals.domain.screening import Rag
from services.referrals.domain.states import State
from services.referrals.repository import information, referrals, strategy
from services.referrals.settings import front_door


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask an agency; without a due moment the local time for answers counts."""

    agency: str
    question: str
    purpose: str
    lawful_basis: LawfulBasis
    consent: Consent
    family_informed: bool
    reason: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A decision that a screener proposes."""

    outcome: Outcome
    rationale: str


def occasions_of(referral: Referral, *, at: datetime, held: bool = False) -> tuple[Occasion, ...]:
    """Return what a triage of that result means for the clocks: decisions count from receipt, harm from now.

    Nobody is waited for to hold a strategy discussion that was `held` already.
    """
    if referral.screening is None:
        return ()
    return tuple(
        Occasion(
            happening=one,
            at=at,
            from_moment=None if one is Happening.HARM_SUSPECTED else referral.clock_start,
        )
        for one in happenings_of(referral.screening)
        if not (held and one is Happening.HARM_SUSPECTED)
    )


async def triage(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    rag: Rag,
    level: int,
    proposed: Proposed | None,
    occurred_at: datetime | None,
) -> Referral:
    """Set how urgent a referral is and which level of need it shows; an urgent one may go on to a decision at once."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    triaged = rules.triage(before, rag=rag, level=level, at=at)
    harm = triaged.screening is not None and triaged.screening.suspects_significant_harm
    held = harm and await strategy.was_held(tx, triaged.id, since=triaged.clock_start)
    triaged = await clocks.turn(tx, triaged, *occasions_of(triaged, at=at, held=held))
    emit(tx, ReferralTriaged(referral_id=triaged.id, family_id=triaged.family_id, rag=rag, level=level), occurred_at=at)
    if proposed is None:
        return await steps.save(tx, triaged, verb="triage")
    audit.record(tx, "referrals:triage", record_id=triaged.id, family_id=triaged.family_id)
    return await deciding.proposed(tx, triaged, outcome=proposed.outcome, rationale=proposed.rationale, at=at)


async def seek_information(
    tx: Transaction,
    *,
    referral_id: UUID,
    revision: int,
    asked: tuple[Question, ...],
    occurred_at: datetime | None,
) -> Referral:
    """Ask other agencies what they know; the referral's clocks go on running."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    gathering = rules.seek_information(before, asked=len(asked), at=at)
    await _ask(tx, gathering, asked, at=at, where="/requests")
    return await steps.save(tx, gathering, verb="seek-information")


async def ask_more(
    tx: Transaction, *, referral_id: UUID, revision: int, asked: Question, occurred_at: datetime | None
) -> InformationRequest:
    """Ask one agency more; a triaged referral is gathering from then on."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    if before.state is State.TRIAGED:
        gathering = rules.seek_information(before, asked=1, at=at)
    else:
        gathering = rules.ask_more(before, at=at)
    requests = await _ask(tx, gathering, (asked,), at=at)
    await steps.save(tx, gathering, verb="ask-more")
    return requests[0]


def _checked(request: InformationRequest, *, within: str) -> InformationRequest:
    try:
        return questions.ask(request)
    except Invalid as fault:
        fault.at = f"{within}{fault.at}"
        raise


async def _ask(
    tx: Transaction, referral: Referral, asked: tuple[Question, ...], *, at: datetime, where: str | None = None
) -> tuple[InformationRequest, ...]:
    """Send questions; `where` is the list in the body that they stand in, for the pointer to a fault."""
    usual = end_of_day(add_working_days(local_day(at), front_door().information_working_days))
    requests = tuple(
        _checked(
            InformationRequest(
                id=new_id(),
                referral_id=referral.id,
                agency=one.agency,
                question=one.question,
                purpose=one.purpose,
                lawful_basis=one.lawful_basis,
                consent=one.consent,
                family_informed=one.family_informed,
                reason=one.reason,
                asked_by=tx.by.id,
                sent_at=at,
                due_at=one.due_at or usual,
            ),
            within="" if where is None else f"{where}/{place}",
        )
        for place, one in enumerate(asked)
    )
    await information.add(tx, *requests)
    for one in requests:
        emit(
            tx,
            InformationRequested(
                referral_id=referral.id, information_request_id=one.id, agency=one.agency, due_at=one.due_at
            ),
            occurred_at=at,
        )
    return requests


async def conclude_gathering(
    tx: Transaction, *, referral_id: UUID, revision: int, occurred_at: datetime | None
) -> Referral:
    """Go on with what is known, whoever has not answered."""
    at = happened_at(tx, occurred_at)
    before = await referrals.take(tx, referral_id, revision=revision)
    return await steps.save(tx, rules.conclude_gathering(before, at=at), verb="conclude-gathering")


async def answer(
    tx: Transaction, *, request_id: UUID, revision: int, text: str, occurred_at: datetime | None
) -> InformationRequest:
    """Record what an agency told; the last answer concludes the gathering."""
    at = happened_at(tx, occurred_at)
    request, referral = await _take(tx, request_id, revision=revision)
    return await _end(tx, questions.answer(request, text=text, at=at), referral, at=at, action="answer")


async def refuse(
    tx: Transaction, *, request_id: UUID, revision: int, reason: RefusalReason, occurred_at: datetime | None
) -> InformationRequest:
    """Record that an agency decided not to share, and why."""
    at = happened_at(tx, occurred_at)
    request, referral = await _take(tx, request_id, revision=revision)
    return await _end(tx, questions.refuse(request, reason=reason, at=at), referral, at=at, action="refuse")


async def withdraw(
    tx: Transaction, *, request_id: UUID, revision: int, occurred_at: datetime | None
) -> InformationRequest:
    """Take a question back."""
    at = happened_at(tx, occurred_at)
    request, referral = await _take(tx, request_id, revision=revision)
    return await _end(tx, questions.withdraw(request, at=at), referral, at=at, action="withdraw")


async def _take(tx: Transaction, request_id: UUID, *, revision: int) -> tuple[InformationRequest, Referral]:
    # The referral is locked first, as by every other verb, so that two answers cannot both miss being the last.
    referral_id = (await information.get(tx, request_id)).referral_id
    referral = await referrals.lock(tx, referral_id)
    request = await information.get(tx, request_id)
    steps.need(revision=revision, found=request.revision)
    return request, referral


async def _end(
    tx: Transaction, ended: InformationRequest, referral: Referral, *, at: datetime, action: str
) -> InformationRequest:
    saved = replace(ended, revision=await information.save(tx, ended, revision=ended.revision))
    audit.record(tx, f"information:{action}", record_id=saved.id, family_id=referral.family_id)
    emit(
        tx,
        InformationAnswered(referral_id=referral.id, information_request_id=saved.id, outcome=saved.state),
        occurred_at=at,
    )
    if referral.state is State.GATHERING and questions.all_answered(await information.of_referral(tx, referral.id)):
        concluded = rules.conclude_gathering(referral, at=max(at, referral.changed_at))
        await steps.save(tx, concluded, verb="conclude-gathering")
    return saved
