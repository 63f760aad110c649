"""What every verb on a referral has in common: it is saved, audited, and if it decides, told."""

from datetime import datetime

from libs.chassis import audit
from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.chassis.outbox import NotYet, emit, happened_at
from libs.contracts.referrals import ReferrerNotified
from libs.kernel.ids import new_id
from services.referrals.domain import clocks, notice
from services.referrals.domain.intake import SourceKey
from services.referrals.domain.notice import NoticeState, ReferrerNotice
from services.referrals.domain.referral import Referral
from services.referrals.domain.states import FRONT_DOOR
from services.referrals.repository import notices, referrals
from services.referrals.settings import local_times


def moment(tx: Transaction, said: datetime | None, *, at: str) -> datetime:
    """Return when it happened: as said, if that is not in the future, else now; `at` is where the body says it."""
    try:
        return happened_at(tx, said)
    except NotYet as fault:
        fault.at = at
        raise


def own_key(tx: Transaction, key: SourceKey | None) -> SourceKey | None:
    """Return the key as it is kept: what a sender from outside calls a record is theirs alone."""
    if key is None or tx.by.roles & FRONT_DOOR:
        return key
    return SourceKey(f"{tx.by.agency_id or tx.by.id}:{key.system}", key.key)


def need(*, revision: int, found: int) -> None:
    """Raise `ChangedMeanwhile` if the caller decided on an older reading than what was found."""
    if found != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)


async def save(tx: Transaction, changed: Referral, *, verb: str) -> Referral:
    """Store what a verb made of a referral, with its audit row."""
    saved = await referrals.save(tx, changed)
    audit.record(tx, f"referrals:{verb}", record_id=saved.id, family_id=saved.family_id)
    return saved


async def note(tx: Transaction, referral: Referral, *, step: str, at: datetime) -> None:
    """Add the referral's present decision, or its reason, to the history of deciding."""
    made = referral.decision
    await referrals.note_decision(
        tx,
        referral_id=referral.id,
        step=step,
        outcome=made.outcome if made else None,
        rationale=made.rationale if made else referral.reason or "",
        at=at,
    )


async def tell(tx: Transaction, referral: Referral, *, at: datetime) -> None:
    """Draw up the notice to the referrer; where they are told by reading it, they are told."""
    if referral.decision is None:
        return
    unsafe, from_outside = await referrals.way_back(tx, referral.id)
    drawn_up = notice.draw_up(
        notice_id=new_id(),
        referral_id=referral.id,
        decided=referral.decision.kind,
        source=referral.source,
        channel=referral.channel,
        sent_from_outside=from_outside,
        unsafe=unsafe,
        decided_at=at,
        due_at=clocks.response_due(since=referral.clock_start, local=local_times()),
    )
    await notices.add(tx, drawn_up)
    if drawn_up.state is not NoticeState.DUE:
        say_told(tx, drawn_up, at=at)


def say_told(tx: Transaction, told: ReferrerNotice, *, at: datetime) -> None:
    """Say that the referrer knows, or will not be told."""
    emit(
        tx,
        ReferrerNotified(
            referral_id=told.referral_id, content=told.content, withheld=told.state is NoticeState.WITHHELD
        ),
        occurred_at=at,
    )
