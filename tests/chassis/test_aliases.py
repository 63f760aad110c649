"""What is said under an id that became another counts for the one that stays."""

from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from libs.chassis import aliases
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.chassis.example import merged_box
from tests.harness import Stage, caller

ONE, TWO, THREE = (derived_id("box", number) for number in ("one", "two", "three"))
SOMEBODY = caller(Role.SCREENER)


async def test_who_was_never_merged_is_known_as_itself(stage: Stage) -> None:
    async with stage.tx(SOMEBODY) as tx:
        assert await aliases.known_as(tx, merged_box, ONE) == ONE


@pytest.mark.parametrize("order", list(permutations([(ONE, TWO), (TWO, THREE)])))
async def test_merged_one_after_the_other_both_are_known_as_the_last_whichever_is_heard_first(
    stage: Stage, order: tuple[tuple[UUID, UUID], ...]
) -> None:
    async with stage.tx(SOMEBODY) as tx:
        for goes, into in order:
            stays = await aliases.known_as(tx, merged_box, into)
            await aliases.remember(tx, merged_box, stays=stays, goes=goes)

        assert [await aliases.known_as(tx, merged_box, one) for one in (ONE, TWO, THREE)] == [THREE] * 3


async def test_a_merge_that_is_heard_again_changes_nothing(stage: Stage) -> None:
    async with stage.tx(SOMEBODY) as tx:
        for _ in range(2):
            await aliases.remember(tx, merged_box, stays=TWO, goes=ONE)

        assert await aliases.known_as(tx, merged_box, ONE) == TWO


async def test_no_id_becomes_itself(stage: Stage) -> None:
    with pytest.raises(IntegrityError):
        async with stage.tx(SOMEBODY) as tx:
            await aliases.remember(tx, merged_box, stays=ONE, goes=ONE)
