"""Telling the referrer what was decided: when it is due, what it says, and when it is better withheld."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import ReferralSource
from libs.kernel.errors import Invalid
from libs.kernel.transitions import Move, move
from services.referrals.domain.decision import Kind
from services.referrals.domain.referral import Channel
from services.referrals.domain.states import FRONT_DOOR


class NoticeState(StrEnum):
    """Whether the referrer knows."""

    DUE = "due"
    SENT = "sent"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"  # the referral was reopened or taken back before the referrer was told


class Content(StrEnum):
    """What the referrer is told: no more than what happens next."""

    ACCEPTED = "accepted"
    EARLY_HELP = "early_help"
    ADVICE = "advice"
    REDIRECTED = "redirected"
    JOINED = "joined"


class WithheldReason(StrEnum):
    """Why the referrer is not told."""

    ANONYMOUS = "anonymous"
    UNSAFE = "unsafe"
    MEMBER_OF_PUBLIC = "member_of_public"  # is told only that the concern was received
    NO_WAY_TO_REACH = "no_way_to_reach"


CONTENT: Mapping[Kind, Content] = {
    Kind.ACCEPT: Content.ACCEPTED,
    Kind.STEP_DOWN: Content.EARLY_HELP,
    Kind.ADVISE: Content.ADVICE,
    Kind.REDIRECT: Content.REDIRECTED,
    Kind.JOIN: Content.JOINED,
}

MOVES: Mapping[str, Move[NoticeState]] = {
    "send": Move(frozenset({NoticeState.DUE}), NoticeState.SENT, FRONT_DOOR),
    "withhold": Move(frozenset({NoticeState.DUE}), NoticeState.WITHHELD, FRONT_DOOR),
}

#: These referrers are not professionals: the decision about a family is not theirs to know.
_PUBLIC = frozenset(
    {
        ReferralSource.FAMILY,
        ReferralSource.ACQUAINTANCE,
        ReferralSource.SELF,
        ReferralSource.OTHER_INDIVIDUAL,
    }
)
#: Whoever sent it through these themselves reads the notice where they sent it: it is told by being there.
_ANSWERED_WHERE_SENT = frozenset({Channel.PORTAL, Channel.PARTNER, Channel.CASE_SYSTEM})


class SentBeforeDecided(Invalid):
    """The referrer cannot be told before there is a decision."""

    slug = "implausible-date"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferrerNotice:
    """What the referrer is to be told about one decision."""

    id: UUID
    referral_id: UUID
    content: Content
    decided_at: datetime
    due_at: datetime
    state: NoticeState = NoticeState.DUE
    sent_at: datetime | None = None
    withheld_reason: WithheldReason | None = None
    revision: int = 1


def draw_up(
    *,
    notice_id: UUID,
    referral_id: UUID,
    decided: Kind,
    source: ReferralSource,
    channel: Channel,
    sent_from_outside: bool,
    unsafe: bool,
    decided_at: datetime,
    due_at: datetime,
) -> ReferrerNotice:
    """Return the notice of a decision: told already, withheld with its reason, or due with the decision's clock."""
    notice = ReferrerNotice(
        id=notice_id,
        referral_id=referral_id,
        content=CONTENT[decided],
        decided_at=decided_at,
        due_at=max(due_at, decided_at),
    )
    reason = _reason_to_withhold(source, unsafe=unsafe)
    if reason is not None:
        return withhold(notice, reason=reason)
    if sent_from_outside and channel in _ANSWERED_WHERE_SENT:
        return send(notice, at=decided_at)
    return notice


def send(notice: ReferrerNotice, *, at: datetime) -> ReferrerNotice:
    """Return the notice as told."""
    state = move(MOVES, verb="send", state=notice.state)
    if at < notice.decided_at:
        raise SentBeforeDecided("It is before the decision.", at="/occurred_at")
    return replace(notice, state=state, sent_at=at)


def withhold(notice: ReferrerNotice, *, reason: WithheldReason) -> ReferrerNotice:
    """Return the notice as withheld, for a recorded reason."""
    return replace(notice, state=move(MOVES, verb="withhold", state=notice.state), withheld_reason=reason)


def _reason_to_withhold(source: ReferralSource, *, unsafe: bool) -> WithheldReason | None:
    if unsafe:
        return WithheldReason.UNSAFE
    if source is ReferralSource.ANONYMOUS:
        return WithheldReason.ANONYMOUS
    if source is ReferralSource.UNKNOWN:
        return WithheldReason.NO_WAY_TO_REACH
    return WithheldReason.MEMBER_OF_PUBLIC if source in _PUBLIC else None
