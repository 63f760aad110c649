"""A version of a definition that is in force never changes: its fingerprint is committed.

`python -m tests.metrics.domain.test_definitions` adds the fingerprints of new versions.
"""

import json
from pathlib import Path

import pytest

from services.metrics.domain.definitions import MEASURES
from services.metrics.domain.measures import Measure

FINGERPRINTS = Path(__file__).with_name("definitions.json")


def name(measure: Measure) -> str:
    return f"{measure.code} {measure.version}"


def committed() -> dict[str, str]:
    found: dict[str, str] = json.loads(FINGERPRINTS.read_text()) if FINGERPRINTS.exists() else {}
    return found


@pytest.mark.parametrize("measure", MEASURES.values(), ids=name)
def test_a_definition_does_not_change_without_a_new_version(measure: Measure) -> None:
    assert committed()[name(measure)] == measure.digest


def test_a_version_that_follows_another_says_why() -> None:
    for measure in MEASURES.values():
        assert (measure.reason is not None) == (measure.version > 1)


def test_no_version_disappears() -> None:
    assert set(committed()) == {name(measure) for measure in MEASURES.values()}


if __name__ == "__main__":
    fresh = {name(measure): measure.digest for measure in MEASURES.values()}
    FINGERPRINTS.write_text(json.dumps(fresh | committed(), indent=1, sort_keys=True) + "\n")
