"""A version of a definition that is in force never changes: its fingerprint is committed.

`python -m tests.metrics.domain.test_definitions` adds the fingerprints of new versions.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from libs.kernel.ids import digest
from services.metrics.domain.definitions import MEASURES
from services.metrics.domain.measures import Measure

FINGERPRINTS = Path(__file__).with_name("definitions.json")


def fingerprint(measure: Measure) -> str:
    said = {name: value for name, value in asdict(measure).items() if name != "state"}
    return digest(json.dumps({**said, "dimensions": sorted(measure.dimensions)}, sort_keys=True))


def name(measure: Measure) -> str:
    return f"{measure.code} {measure.version}"


def committed() -> dict[str, str]:
    found: dict[str, str] = json.loads(FINGERPRINTS.read_text()) if FINGERPRINTS.exists() else {}
    return found


@pytest.mark.parametrize("measure", MEASURES.values(), ids=name)
def test_a_definition_does_not_change_without_a_new_version(measure: Measure) -> None:
    assert committed()[name(measure)] == fingerprint(measure)


def test_no_version_disappears() -> None:
    assert set(committed()) == {name(measure) for measure in MEASURES.values()}


if __name__ == "__main__":
    fresh = {name(measure): fingerprint(measure) for measure in MEASURES.values()}
    FINGERPRINTS.write_text(json.dumps(fresh | committed(), indent=1, sort_keys=True) + "\n")
