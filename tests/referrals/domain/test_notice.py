"""Telling the referrer, or not."""

from datetime import timedelta

import pytest

from libs.kernel.codes import ReferralSource
from libs.kernel.transitions import NotInThatState
from services.referrals.domain import notice as rules
from services.referrals.domain.decision import Kind
from services.referrals.domain.notice import Content, NoticeState, ReferrerNotice, SentBeforeDecided, WithheldReason
from services.referrals.domain.referral import Channel
from tests.referrals.domain.builders import LATER, RECEIVED_AT, some_id

DUE_AT = RECEIVED_AT + timedelta(days=1)


def drawn_up(
    *,
    source: ReferralSource = ReferralSource.SCHOOL,
    channel: Channel = Channel.PHONE,
    sent_from_outside: bool = True,
    unsafe: bool = False,
    decided: Kind = Kind.ACCEPT,
) -> ReferrerNotice:
    """Return the notice of a decision."""
    return rules.draw_up(
        notice_id=some_id("notice"),
        referral_id=some_id("referral"),
        decided=decided,
        source=source,
        channel=channel,
        sent_from_outside=sent_from_outside,
        unsafe=unsafe,
        decided_at=LATER,
        due_at=DUE_AT,
    )


def test_who_telephoned_is_told_by_a_person_in_time() -> None:
    notice = drawn_up()

    assert (notice.state, notice.due_at) == (NoticeState.DUE, DUE_AT)
    assert rules.send(notice, at=LATER).state is NoticeState.SENT


@pytest.mark.parametrize("channel", [Channel.PORTAL, Channel.PARTNER, Channel.CASE_SYSTEM])
def test_who_sent_it_through_a_system_is_told_there_at_once(channel: Channel) -> None:
    notice = drawn_up(channel=channel)

    assert (notice.state, notice.sent_at) == (NoticeState.SENT, LATER)


def test_what_a_screener_keyed_in_for_a_partner_is_answered_by_a_person() -> None:
    assert drawn_up(channel=Channel.PARTNER, sent_from_outside=False).state is NoticeState.DUE


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (ReferralSource.ANONYMOUS, WithheldReason.ANONYMOUS),
        (ReferralSource.UNKNOWN, WithheldReason.NO_WAY_TO_REACH),
        (ReferralSource.FAMILY, WithheldReason.MEMBER_OF_PUBLIC),
    ],
)
def test_some_referrers_are_not_told(source: ReferralSource, reason: WithheldReason) -> None:
    notice = drawn_up(source=source, channel=Channel.PORTAL)

    assert (notice.state, notice.withheld_reason) == (NoticeState.WITHHELD, reason)


def test_where_an_answer_could_hurt_nobody_is_told() -> None:
    assert drawn_up(unsafe=True).withheld_reason is WithheldReason.UNSAFE


def test_nobody_is_told_twice_or_before_the_decision() -> None:
    with pytest.raises(NotInThatState):
        rules.send(drawn_up(channel=Channel.PORTAL), at=LATER)
    with pytest.raises(SentBeforeDecided):
        rules.send(drawn_up(), at=LATER - timedelta(seconds=1))


@pytest.mark.parametrize("decided", list(Kind))
def test_every_decision_has_its_words(decided: Kind) -> None:
    assert drawn_up(decided=decided).content in Content


def test_a_late_decision_is_told_no_earlier_than_it_was_made() -> None:
    notice = rules.draw_up(
        notice_id=some_id("notice"),
        referral_id=some_id("referral"),
        decided=Kind.ACCEPT,
        source=ReferralSource.SCHOOL,
        channel=Channel.PHONE,
        sent_from_outside=False,
        unsafe=False,
        decided_at=DUE_AT + timedelta(days=2),
        due_at=DUE_AT,
    )

    assert notice.due_at == notice.decided_at
