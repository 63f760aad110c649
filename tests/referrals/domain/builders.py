"""Invented referrals, people and moments; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.kernel.codes import ReferralSource
from libs.kernel.ids import derived_id
from services.referrals.domain import decision, referral
from services.referrals.domain.decision import Outcome
from services.referrals.domain.household import Person
from services.referrals.domain.referral import Channel, Referral
from services.referrals.domain.screening import Rag, screen
from services.referrals.domain.states import State

# A Tuesday in term time, at a quarter past nine in the morning.
RECEIVED_AT = datetime(2026, 3, 3, 9, 15, tzinfo=UTC)
LATER = RECEIVED_AT + timedelta(hours=2)
MANAGER = derived_id("test", "manager")
SCREENER = derived_id("test", "screener")
RATIONALE = "The school sees an injury without an explanation."


def some_id(*parts: object) -> UUID:
    """Return the same identifier for the same parts."""
    return derived_id("test", *parts)


def received(**changes: Any) -> Referral:
    """Return a referral that has just come in from a school."""
    made = referral.receive(
        referral_id=some_id("referral"),
        reference="R-TEST-TEST",
        family_id=some_id("family"),
        children=(some_id("child"),),
        sent_by=some_id("school"),
        source=ReferralSource.SCHOOL,
        channel=Channel.PORTAL,
        area="cherwell",
        received_at=RECEIVED_AT,
    )
    return replace(made, **changes)


def in_state(state: State, *, rag: Rag = Rag.AMBER, level: int = 3, **changes: Any) -> Referral:
    """Return a referral in that state, with everything that it has gathered on the way there."""
    made = received(state=state, **changes)
    if state is State.RECEIVED:
        return made
    made = replace(made, screening=screen(rag=rag, level=level))
    if state in {State.TRIAGED, State.GATHERING}:
        return made
    proposal = decision.propose(
        outcome=Outcome.SINGLE_ASSESSMENT, rationale=RATIONALE, by=SCREENER, at=RECEIVED_AT + timedelta(hours=1)
    )
    return replace(made, proposal=proposal)


def child(name: str = "Wren", **changes: Any) -> Person:
    """Return an invented child of eight."""
    made = Person(id=some_id("person", name), given_name=name, family_name="Invented", birth_date=date(2018, 1, 20))
    return replace(made, **changes)


def adult(name: str = "Robin", **changes: Any) -> Person:
    """Return an invented adult."""
    made = Person(id=some_id("person", name), given_name=name, family_name="Invented", birth_date=date(1990, 5, 4))
    return replace(made, **changes)
