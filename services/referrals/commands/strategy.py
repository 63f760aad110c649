"""Strategy discussions: held while a referral is not decided, with or without a section 47 enquiry."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import StrategyCalled
from libs.kernel.deadline import due, local_day
from libs.kernel.ids import new_id
from services.referrals.commands import clocks, steps
from services.referrals.domain import clock_rules
from services.referrals.domain import referral as rules
from services.referrals.domain import strategy as strategies
from services.referrals.domain.clock_rules import Happening, Kind
from services.referrals.domain.clocks import Occasion
from services.referrals.domain.referral import Referral
from services.referrals.domain.strategy import StrategyDiscussion
from services.referrals.repository import referrals
from services.referrals.repository import strategy as repository
from services.referrals.settings import local_times


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A discussion as it was held; no children means all of the referral."""

    held_at: datetime | None
    agencies: frozenset[str]
    children: tuple[UUID, ...]
    enquiry: bool
    record: str


async def call(tx: Transaction, *, referral_id: UUID, revision: int, held: Held) -> tuple[Referral, StrategyDiscussion]:
    """Record a strategy discussion; one that begins an enquiry starts the conference's clock."""
    at = steps.moment(tx, held.held_at, at="/held_at")
    before = await referrals.take(tx, referral_id, revision=revision)
    called = rules.call_strategy(before, at=at)
    discussion = strategies.hold(
        StrategyDiscussion(
            id=new_id(),
            referral_id=before.id,
            held_at=at,
            agencies=held.agencies,
            children=held.children or before.children,
            enquiry=held.enquiry,
            record=held.record,
        ),
        referral=before,
        earlier=await repository.of_referral(tx, before.id),
    )
    await repository.add(tx, discussion)
    begun = (Occasion(happening=Happening.ENQUIRY_BEGUN, at=at),) if discussion.enquiry else ()
    called = await clocks.turn(tx, called, Occasion(happening=Happening.STRATEGY_HELD, at=at), *begun)
    saved = await steps.save(tx, called, verb="call-strategy")
    emit(tx, _said(saved, discussion, at=at), occurred_at=at)
    return saved, discussion


def _said(referral: Referral, discussion: StrategyDiscussion, *, at: datetime) -> StrategyCalled:
    conference = next(
        rule
        for rule in clock_rules.starts(Happening.ENQUIRY_BEGUN, local=local_times())
        if rule.kind == Kind.CONFERENCE
    )
    return StrategyCalled(
        referral_id=referral.id,
        strategy_id=discussion.id,
        family_id=referral.family_id,
        children=discussion.children,
        held_at=at,
        enquiry=discussion.enquiry,
        conference_due_on=local_day(due(conference, at=at)) if discussion.enquiry else None,
    )
