"""Routing to agencies, and the register."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain import offers
from services.partners.domain.agencies import REGISTER, Specialism
from services.partners.domain.capacity import Answer, Room
from services.partners.domain.offers import Candidate, Exclusion, ImpossibleOffer, Offer
from tests.partners.domain.builders import an_agreement

TODAY = date(2026, 11, 2)
OXFORD = frozenset({"oxford_east"})


def candidate(
    number: int,
    *,
    specialism: Specialism | None = Specialism.SUBSTANCE_MISUSE,
    areas: frozenset[str] = frozenset(),
    until_on: date | None = None,
    preference: int = 1,
    active: bool = True,
    agreement: bool = True,
    room: Answer = Answer.HAS_CAPACITY,
) -> Candidate:
    return Candidate(
        offer=Offer(
            id=UUID(int=100 + number),
            agency_id=UUID(int=number),
            specialism=specialism,
            title="Practitioners",
            audience="Adults of the family.",
            areas=areas,
            preference=preference,
            from_on=date(2026, 1, 1),
            until_on=until_on,
        ),
        agency_code=f"agency_{number}",
        agency_active=active,
        agreement=an_agreement(agency_id=UUID(int=number)) if agreement else None,
        room=Room(answer=room),
    )


def choose(*candidates: Candidate, asked: frozenset[UUID] = frozenset()) -> offers.Route:
    return offers.route(candidates, specialism=Specialism.SUBSTANCE_MISUSE, areas=OXFORD, on=TODAY, asked=asked)


def test_the_agency_with_room_is_asked_before_the_preferred_one_without() -> None:
    full = candidate(1, preference=1, room=Answer.NONE)
    free = candidate(2, preference=9)

    assert choose(full, free).chosen == free
    assert choose(full).chosen == full


def test_of_two_with_room_the_preferred_is_asked() -> None:
    assert choose(candidate(1, preference=2), candidate(2, preference=1)).chosen == candidate(2, preference=1)


@pytest.mark.parametrize(
    ("unfit", "rule"),
    [
        (candidate(1, specialism=Specialism.MENTAL_HEALTH), Exclusion.NOT_OFFERED),
        (candidate(1, specialism=None), Exclusion.NOT_OFFERED),
        (candidate(1, until_on=TODAY), Exclusion.NOT_OFFERED),
        (candidate(1, areas=frozenset({"cherwell"})), Exclusion.OUT_OF_AREA),
        (candidate(1, active=False), Exclusion.AGENCY_INACTIVE),
        (candidate(1, agreement=False), Exclusion.NO_AGREEMENT),
    ],
)
def test_an_unfit_agency_is_excluded_with_its_rule(unfit: Candidate, rule: Exclusion) -> None:
    route = choose(unfit)

    assert route.chosen is None
    assert route.excluded == ((unfit, rule),)


def test_an_agency_whose_answer_stands_is_not_asked_again() -> None:
    route = choose(candidate(1), candidate(2), asked=frozenset({UUID(int=1)}))

    assert route.chosen == candidate(2)
    assert route.excluded == ((candidate(1), Exclusion.ALREADY_ASKED),)


candidates = st.builds(
    candidate,
    st.integers(1, 4),
    specialism=st.sampled_from([*Specialism, None]),
    areas=st.frozensets(st.sampled_from(["cherwell", "oxford_east"])),
    until_on=st.sampled_from([None, TODAY, date(2027, 1, 1)]),
    preference=st.integers(1, 3),
    active=st.booleans(),
    agreement=st.booleans(),
    room=st.sampled_from(Answer),
)


@given(st.lists(candidates, max_size=8, unique_by=lambda one: one.offer.agency_id), st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_the_candidates(every: list[Candidate], chance: object) -> None:
    shuffled = sorted(every, key=lambda _: chance.random())  # type: ignore[attr-defined]

    assert choose(*every) == choose(*shuffled)


@given(st.lists(candidates, max_size=8), st.frozensets(st.builds(lambda number: UUID(int=number), st.integers(1, 4))))
def test_whoever_is_chosen_breaks_no_rule_and_nobody_is_left_out_without_one(
    every: list[Candidate], asked: frozenset[UUID]
) -> None:
    route = choose(*every, asked=asked)

    chosen = route.chosen
    if chosen is None:
        assert len(route.excluded) == len(every)
        return
    assert chosen.offer.agency_id not in asked
    assert chosen.agreement is not None
    assert chosen.agency_active
    assert chosen.offer.specialism is Specialism.SUBSTANCE_MISUSE
    assert offers.is_open(chosen.offer, on=TODAY)
    assert offers.reaches(chosen.offer, areas=OXFORD)


def test_an_offer_ends_after_it_begins() -> None:
    with pytest.raises(ImpossibleOffer):
        offers.check(candidate(1, until_on=date(2026, 1, 1)).offer)


def test_the_register_offers_each_specialism_at_exactly_one_agency() -> None:
    offered = [offer.specialism for agency in REGISTER for offer in agency.offers if offer.specialism is not None]

    assert sorted(offered) == sorted(Specialism)
    assert sum(agency.stated_fte or 0 for agency in REGISTER) == 30
    assert len({agency.code for agency in REGISTER}) == len(REGISTER) == 8
