"""The document of the smallest service, and the refusal that names who may."""

import pytest

from libs.chassis import document
from libs.chassis.document import ClashingNames
from libs.kernel.roles import Role
from tests.harness import Stage, caller


async def test_a_refusal_names_the_roles_that_may(stage: Stage) -> None:
    answer = await stage.post("/v1/boxes", {"label": "Toys"}, by=caller(Role.ANALYST))

    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("It needs one of these roles: ")


def test_the_same_name_for_two_things_is_refused() -> None:
    two = {"a__clocks__State": {"enum": ["open"]}, "ClockState": {"enum": ["shut"]}}

    with pytest.raises(ClashingNames):
        document._named({"paths": {}, "components": {"schemas": two}})


def test_a_schema_that_differs_only_in_its_direction_is_told_once() -> None:
    clocks = {"a__clocks__State": {"enum": ["open"]}, "State-Input": {"enum": ["open"]}}
    reference = {"$ref": "#/components/schemas/State-Input"}

    named = document._named({"paths": reference, "components": {"schemas": clocks}})

    assert named == {
        "paths": {"$ref": "#/components/schemas/ClockState"},
        "components": {"schemas": {"ClockState": {"enum": ["open"]}}},
    }
