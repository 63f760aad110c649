"""The catalogue of bad input is whole: each line is proven by a test that exists, or its capability does not exist."""

from collections import Counter
from pathlib import Path

import pytest

from libs.kernel.ids import new_id
from tests.architecture.documents import SERVICES
from tests.badinput.catalogue import Row
from tests.badinput.catalogue.common import ROWS as COMMON
from tests.badinput.catalogue.services import ROWS as OWN
from tests.badinput.common import NONSENSE
from tests.badinput.routes import EVERYBODY, Staged

CATALOGUE = COMMON + OWN
_TESTS = Path(__file__).parents[1]


def test_every_line_has_its_proof_and_only_one_kind_of_it() -> None:
    assert not [row.input for row in CATALOGUE if bool(row.proof) + bool(row.absent) + bool(row.left) != 1]
    assert set(Counter(row.section for row in CATALOGUE)) == {"6.1", "6.2", "6.3", "6.4", "6.5", "6.6"}


@pytest.mark.parametrize("row", [row for row in CATALOGUE if row.proof], ids=lambda row: row.input)
def test_the_proof_of_a_line_exists(row: Row) -> None:
    file, _, name = row.proof.partition("::")
    written = (_TESTS / file).read_text(encoding="utf-8")

    assert f"def {name}(" in written


def test_what_is_sent_to_every_route_is_a_line_of_the_catalogue() -> None:
    said = {(row.status, row.slug) for row in COMMON}

    assert {(sent.status, sent.slug) for sent in NONSENSE.values()} <= said


@pytest.mark.parametrize("name", SERVICES)
async def test_what_is_not_offered_is_not_there(name: str, staged: Staged) -> None:
    absent = [(row, told.split()) for row in OWN for told in row.absent if told.startswith(f"{name} ")]
    async with staged(name) as stage:
        for row, (_, verb, path) in absent:
            answer = await stage.call(verb, path.replace("{id}", str(new_id())), {}, by=EVERYBODY)
            assert answer.status_code in {404, 405}, f"{row.input}: {verb} {path}"
            assert answer.json()["type"].rpartition(":")[2] in {"not-found", "method-not-allowed"}
