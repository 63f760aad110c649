"""The order of the front door's work list."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.roles import Role
from services.referrals.domain import worklist as rules
from services.referrals.domain.screening import Rag
from services.referrals.domain.worklist import WAITING_ON, Item, Need
from tests.referrals.domain.builders import RECEIVED_AT, some_id


def item(name: str, **changes: object) -> Item:
    """Something to decide about."""
    values: dict[str, object] = {
        "need": Need.DECIDE,
        "referral_id": some_id(name),
        "subject_id": some_id(name),
        "reference": "R-TEST-TEST",
        "rag": Rag.AMBER,
        "due_at": RECEIVED_AT,
        "since": RECEIVED_AT,
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def test_what_is_due_first_comes_first_and_what_is_never_due_last() -> None:
    tomorrow = item("tomorrow", due_at=RECEIVED_AT + timedelta(days=1))
    today, someday = item("today"), item("someday", due_at=None)

    assert rules.order([someday, tomorrow, today]) == (today, tomorrow, someday)


def test_at_the_same_time_red_comes_before_amber_before_green() -> None:
    green, amber, red = (item(rag, rag=rag) for rag in (Rag.GREEN, Rag.AMBER, Rag.RED))
    not_yet_known = item("new", rag=None)

    assert rules.order([green, amber, not_yet_known, red]) == (red, not_yet_known, amber, green)


def test_everything_waits_for_somebody() -> None:
    assert set(WAITING_ON) == set(Need)
    assert item("one").waiting_on is Role.FRONT_DOOR_MANAGER


def test_overdue_is_after_the_due_moment() -> None:
    assert not item("one").is_overdue(RECEIVED_AT)
    assert item("one").is_overdue(RECEIVED_AT + timedelta(seconds=1))
    assert not item("one", due_at=None).is_overdue(RECEIVED_AT)


_ITEMS = st.lists(
    st.builds(
        lambda number, need, rag, hours: item(
            str(number), need=need, rag=rag, due_at=hours and RECEIVED_AT + timedelta(hours=hours)
        ),
        st.integers(0, 9),
        st.sampled_from(list(Need)),
        st.sampled_from([None, *Rag]),
        st.one_of(st.none(), st.integers(1, 50)),
    ),
    max_size=20,
)


@given(_ITEMS, st.randoms())
def test_the_order_does_not_depend_on_the_order_before(items: list[Item], random: object) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert rules.order(items) == rules.order(shuffled)
    assert len(rules.order(items)) == len(items)
