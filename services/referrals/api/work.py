"""What hangs on a referral and waits for somebody: questions, clocks, discussions, notices, matches, the work list."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.fields import Moment
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.deadline import Standing
from libs.kernel.roles import Role
from services.referrals.commands import matching, notices, screening, strategy
from services.referrals.commands.screening import Question
from services.referrals.commands.strategy import Held
from services.referrals.domain.clock_rules import TITLES, Kind
from services.referrals.domain.clocks import FrontDoorClock
from services.referrals.queries import work as queries
from services.referrals.schemas.people import Reason
from services.referrals.schemas.referrals import CallingStrategy, Happened, ReferralResource
from services.referrals.schemas.work import (
    AskingMore,
    Clocks,
    ClockView,
    InformationRequests,
    InformationRequestView,
    Matches,
    MatchResource,
    MatchView,
    NewAnswer,
    NewQuestion,
    NewQuestions,
    NewRefusal,
    Notices,
    NoticeView,
    StrategyDiscussions,
    Withholding,
    WorkItem,
)

routes = router(tags=["front door"])
_NOW = Happened()


def _question(asked: NewQuestion) -> Question:
    return Question(
        agency=asked.agency,
        question=asked.question,
        purpose=asked.purpose,
        lawful_basis=asked.lawful_basis,
        consent=asked.consent,
        family_informed=asked.family_informed,
        reason=asked.reason or "",
        due_at=asked.due_at,
    )


@routes.post("/referrals/{referral_id}:seek-information", dependencies=[may("referrals:seek-information")])
async def seek_information(tx: Tx, referral_id: UUID, revision: IfMatch, body: NewQuestions) -> ReferralResource:
    """Ask other agencies what they know; the referral's clocks go on running.

    A question needs its `reason` where the family's refusal is overridden or the family is not told (whatever its
    consent). Without `due_at` the local time for answers counts.
    """
    return ReferralResource.of(
        await screening.seek_information(
            tx,
            referral_id=referral_id,
            revision=revision,
            asked=tuple(_question(one) for one in body.requests),
            occurred_at=body.occurred_at,
        )
    )


@routes.get("/referrals/{referral_id}/information-requests", dependencies=[may("information:read")])
async def list_information_requests(tx: Tx, referral_id: UUID) -> InformationRequests:
    """List what other agencies were asked, and what they told."""
    return InformationRequests.model_validate({"items": await queries.questions_of(tx, referral_id)})


@routes.post("/referrals/{referral_id}/information-requests", status_code=201, dependencies=[may("referrals:ask-more")])
async def ask_more(tx: Tx, referral_id: UUID, revision: IfMatch, body: AskingMore) -> InformationRequestView:
    """Ask one agency more; `If-Match` is the referral's, and `reason` is needed as for `:seek-information`."""
    return InformationRequestView.model_validate(
        await screening.ask_more(
            tx, referral_id=referral_id, revision=revision, asked=_question(body), occurred_at=body.occurred_at
        )
    )


@routes.get("/information-requests/{request_id}", dependencies=[may("information:read")])
async def read_information_request(tx: Tx, request_id: UUID) -> InformationRequestView:
    """Read what an agency was asked, and what it told."""
    return InformationRequestView.model_validate(await queries.question(tx, request_id))


@routes.post("/information-requests/{request_id}:answer", dependencies=[may("information:answer")])
async def answer_information_request(
    tx: Tx, request_id: UUID, revision: IfMatch, body: NewAnswer
) -> InformationRequestView:
    """Record what an agency told; the last answer concludes the gathering."""
    return InformationRequestView.model_validate(
        await screening.answer(
            tx, request_id=request_id, revision=revision, text=body.answer, occurred_at=body.occurred_at
        )
    )


@routes.post("/information-requests/{request_id}:refuse", dependencies=[may("information:refuse")])
async def refuse_information_request(
    tx: Tx, request_id: UUID, revision: IfMatch, body: NewRefusal
) -> InformationRequestView:
    """Record that an agency decided not to share, and why."""
    return InformationRequestView.model_validate(
        await screening.refuse(
            tx, request_id=request_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
        )
    )


@routes.post("/information-requests/{request_id}:withdraw", dependencies=[may("information:withdraw")])
async def withdraw_information_request(
    tx: Tx, request_id: UUID, revision: IfMatch, body: Happened = _NOW
) -> InformationRequestView:
    """Take a question back."""
    return InformationRequestView.model_validate(
        await screening.withdraw(tx, request_id=request_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.post("/referrals/{referral_id}:call-strategy", dependencies=[may("referrals:call-strategy")])
async def call_strategy(tx: Tx, referral_id: UUID, revision: IfMatch, body: CallingStrategy) -> ReferralResource:
    """Record a strategy discussion; one that begins a section 47 enquiry starts the conference's clock."""
    called, _ = await strategy.call(
        tx,
        referral_id=referral_id,
        revision=revision,
        held=Held(
            held_at=body.held_at,
            agencies=frozenset(body.agencies),
            children=tuple(dict.fromkeys(body.children)),
            enquiry=body.enquiry,
            record=body.record or "",
        ),
    )
    return ReferralResource.of(called)


@routes.get("/referrals/{referral_id}/strategy-discussions", dependencies=[may("strategy:read")])
async def list_strategy_discussions(tx: Tx, referral_id: UUID) -> StrategyDiscussions:
    """List the strategy discussions about a referral, with the enquiries that they began."""
    return StrategyDiscussions.model_validate({"items": await queries.discussions_of(tx, referral_id)})


def _clock(one: FrontDoorClock, tx: Tx) -> ClockView:
    running = one.clock
    return ClockView(
        id=one.id,
        referral_id=one.referral_id,
        kind=one.kind,
        title=TITLES[one.kind],
        started_at=running.started_at,
        due_at=running.due_at,
        amber_at=running.amber_at,
        standing=running.standing(tx.now),
        met_at=running.met_at,
        voided_at=running.voided_at,
        basis=running.basis,
        source=running.source,
        calendar_version=running.calendar_version,
    )


@routes.get("/referrals/{referral_id}/clocks", dependencies=[may("clocks:read")])
async def list_clocks_of_referral(tx: Tx, referral_id: UUID) -> Clocks:
    """List a referral's clocks: since when, until when, by which rule, and how each stands."""
    return Clocks(items=[_clock(one, tx) for one in await queries.clocks_of(tx, referral_id)])


@routes.get("/clocks", dependencies=[may("clocks:list")])
async def list_clocks(
    tx: Tx,
    wanted: WantedPage,
    standing: Standing | None = None,
    due_before: Annotated[Moment | None, Query()] = None,
    kind: Kind | None = None,
) -> Page[ClockView]:
    """List clocks, those due first before the others."""
    found, following = await queries.page_of_clocks(
        tx, standing=standing, due_before=due_before, kind=kind, wanted=wanted
    )
    return Page(items=[_clock(one, tx) for one in found], next=following)


@routes.get("/referrals/{referral_id}/referrer-notices", dependencies=[may("notices:read")])
async def list_referrer_notices(tx: Tx, referral_id: UUID) -> Notices:
    """List what the referrer is to be told, and whether they were."""
    return Notices.model_validate({"items": await queries.notices_of(tx, referral_id)})


@routes.get("/referrer-notices/{notice_id}", dependencies=[may("notices:read")])
async def read_referrer_notice(tx: Tx, notice_id: UUID) -> NoticeView:
    """Read what the referrer is to be told about one decision, and whether they were."""
    return NoticeView.model_validate(await queries.notice(tx, notice_id))


@routes.post("/referrer-notices/{notice_id}:send", dependencies=[may("notices:send")])
async def send_referrer_notice(tx: Tx, notice_id: UUID, revision: IfMatch, body: Happened = _NOW) -> NoticeView:
    """Note that the referrer was told."""
    return NoticeView.model_validate(
        await notices.send(tx, notice_id=notice_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.post("/referrer-notices/{notice_id}:withhold", dependencies=[may("notices:withhold")])
async def withhold_referrer_notice(tx: Tx, notice_id: UUID, revision: IfMatch, body: Withholding) -> NoticeView:
    """Note why the referrer is not told."""
    return NoticeView.model_validate(
        await notices.withhold(tx, notice_id=notice_id, revision=revision, reason=body.reason)
    )


@routes.get("/referrals/{referral_id}/matches", dependencies=[may("matches:read")])
async def list_matches(tx: Tx, referral_id: UUID) -> Matches:
    """List known people who may be the same as those of the referral, with the reasons."""
    return Matches(items=[MatchView.model_validate(one) for one in await queries.matches_of(tx, referral_id)])


@routes.get("/matches/{match_id}", dependencies=[may("matches:read")])
async def read_match(tx: Tx, match_id: UUID) -> MatchResource:
    """Read why a known person may be the same as one of a referral, and what was decided."""
    return MatchResource.model_validate(await queries.match_of(tx, match_id))


@routes.post("/matches/{match_id}:confirm", dependencies=[may("matches:confirm")])
async def confirm_match(tx: Tx, match_id: UUID, revision: IfMatch, body: Reason) -> MatchResource:
    """Say that the person of the referral is the known one; nothing is deleted, the records are linked."""
    return MatchResource.model_validate(
        await matching.confirm(tx, match_id=match_id, revision=revision, reason=body.reason)
    )


@routes.post("/matches/{match_id}:reject", dependencies=[may("matches:reject")])
async def reject_match(tx: Tx, match_id: UUID, revision: IfMatch, body: Reason) -> MatchResource:
    """Say that the candidate is somebody else."""
    return MatchResource.model_validate(
        await matching.reject(tx, match_id=match_id, revision=revision, reason=body.reason)
    )


@routes.get("/work-list", dependencies=[may("work-list:read")])
async def read_work_list(tx: Tx, wanted: WantedPage, waiting_on: Role | None = None) -> Page[WorkItem]:
    """List what needs whom, by when, in the order in which to take it.

    A referral whose family's workbook was closed waits to be closed likewise: `work_ended` says why and on which day.
    """
    items, following = await queries.page_of_work(tx, waiting_on=waiting_on, wanted=wanted)
    return Page(
        items=[
            WorkItem(
                need=one.need,
                waiting_on=one.waiting_on,
                referral_id=one.referral_id,
                subject_id=one.subject_id,
                reference=one.reference,
                rag=one.rag,
                due_at=one.due_at,
                since=one.since,
                overdue=one.is_overdue(tx.now),
                work_ended=one.work_ended,
            )
            for one in items
        ],
        next=following,
    )
