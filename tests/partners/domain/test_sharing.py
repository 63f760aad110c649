"""Agreements, and what an agency may see."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.partners.domain import answering, sharing
from services.partners.domain.agencies import Specialism
from services.partners.domain.request import ENDED, State
from services.partners.domain.sharing import (
    TABLE,
    Agreement,
    AgreementState,
    AgreementVerb,
    ImpossibleAgreement,
    LawfulBasis,
    SpecialCondition,
)
from tests.partners.domain.builders import MIND, a_request, after

DRAFT = Agreement(
    id=UUID(int=1),
    agency_id=MIND,
    specialisms=frozenset({Specialism.MENTAL_HEALTH}),
    basis=LawfulBasis.PUBLIC_TASK,
    condition=SpecialCondition.HEALTH_OR_SOCIAL_CARE,
    from_on=date(2026, 1, 1),
    until_on=date(2027, 1, 1),
)
IN_FORCE = sharing.say(DRAFT, AgreementVerb.START)


@pytest.mark.parametrize("state", AgreementState)
@pytest.mark.parametrize("verb", AgreementVerb)
def test_every_verb_in_every_state_of_an_agreement(state: AgreementState, verb: AgreementVerb) -> None:
    agreement = replace(DRAFT, state=state)

    if state in TABLE[verb].sources:
        assert sharing.say(agreement, verb).state is TABLE[verb].to
    else:
        with pytest.raises(NotInThatState):
            sharing.say(agreement, verb)


def test_only_the_privacy_officer_suspends() -> None:
    assert TABLE[AgreementVerb.SUSPEND].roles == {Role.AUDITOR}


@given(st.sampled_from(AgreementState), st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.sampled_from(Specialism))
def test_an_agency_is_told_only_under_an_agreement_in_force_that_day_for_that_specialism(
    state: AgreementState, day: date, specialism: Specialism
) -> None:
    told = sharing.covers(replace(DRAFT, state=state), specialism=specialism, on=day)

    in_time = date(2026, 1, 1) <= day < date(2027, 1, 1)
    assert told is (state is AgreementState.IN_FORCE and in_time and specialism is Specialism.MENTAL_HEALTH)


def test_a_suspension_works_at_once_and_can_be_lifted() -> None:
    suspended = sharing.say(IN_FORCE, AgreementVerb.SUSPEND)

    assert not sharing.covers(suspended, specialism=Specialism.MENTAL_HEALTH, on=date(2026, 6, 1))
    assert sharing.say(suspended, AgreementVerb.RESUME) == IN_FORCE


@pytest.mark.parametrize(
    "agreement", [replace(DRAFT, specialisms=frozenset()), replace(DRAFT, until_on=date(2026, 1, 1))]
)
def test_an_agreement_covers_something_for_some_time(agreement: Agreement) -> None:
    with pytest.raises(ImpossibleAgreement):
        sharing.check(agreement)


def test_the_fingerprint_changes_with_the_terms_and_not_with_the_state() -> None:
    assert sharing.fingerprint(DRAFT) == sharing.fingerprint(IN_FORCE)
    assert sharing.fingerprint(DRAFT) != sharing.fingerprint(replace(DRAFT, until_on=None))
    assert sharing.fingerprint(DRAFT) != sharing.fingerprint(replace(DRAFT, basis=LawfulBasis.CONSENT))


@pytest.mark.parametrize("state", State)
def test_the_family_is_shared_only_while_a_named_practitioner_works_with_the_adult(state: State) -> None:
    shared = sharing.shared_with_agency(a_request(state))

    assert ("family_id" in shared) is (state in {State.ACCEPTED, State.ENGAGED, State.ON_HOLD})
    assert state not in ENDED or "family_id" not in shared


def test_a_request_in_error_shares_nothing_any_more() -> None:
    assert sharing.shared_with_agency(a_request(State.IN_ERROR)) == frozenset()


def test_an_acceptance_without_a_name_shares_no_more_than_the_request() -> None:
    promised = answering.accept(
        a_request(), practitioner=None, practitioner_by=date(2026, 11, 9), at=after(hours=1), now=after(hours=1)
    )

    assert sharing.shared_with_agency(promised) == sharing.BEFORE_ACCEPTANCE
