"""Protected details as they are kept: nobody reads them from the table, or in another's row."""

import base64
import json
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from libs.kernel.ids import new_id
from services.referrals.domain.protected import Secret
from services.referrals.repository.sealing import CannotOpen, seal, unseal
from services.referrals.settings import Sealing, sealing_keys
from tests.harness import Stage
from tests.referrals.actors import SCREENER, Actors, adult

PLACE = "1 Refuge Row"
_SETTING = "FS_REFERRALS_SEALING_KEYS"


@pytest.fixture
def fresh_keys() -> Iterator[None]:
    sealing_keys.cache_clear()
    yield
    sealing_keys.cache_clear()


def _set(monkeypatch: pytest.MonkeyPatch, *keys: bytes) -> None:
    monkeypatch.setenv(_SETTING, json.dumps([base64.b64encode(key).decode() for key in keys]))
    sealing_keys.cache_clear()


async def test_the_bytes_of_the_table_do_not_hold_the_address(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(adults=[adult(protected=[{"kind": "address", "value": PLACE}])])

    ((sealed,),) = await stage.as_owner("SELECT sealed FROM protected_contact_point")
    assert PLACE.encode() not in sealed
    (listed,) = (await stage.get(f"/v1/people/{received['adults'][0]}/protected-contact-points", by=SCREENER)).json()[
        "items"
    ]
    shown = await stage.get(f"/v1/protected-contact-points/{listed['id']}?purpose=visit", by=SCREENER)
    assert shown.json()["value"] == PLACE


def test_the_same_detail_is_never_sealed_the_same() -> None:
    record = new_id()

    assert seal(Secret(PLACE), record_id=record) != seal(Secret(PLACE), record_id=record)


def test_what_was_sealed_for_one_record_does_not_open_in_another_or_when_changed() -> None:
    record = new_id()
    sealed = seal(Secret(PLACE), record_id=record)

    for wrong, of in ((sealed, new_id()), (sealed[:-1] + bytes([sealed[-1] ^ 1]), record), (b"\x00" + sealed, record)):
        with pytest.raises(CannotOpen):
            unseal(wrong, record_id=of)


@pytest.mark.usefixtures("fresh_keys")
def test_a_new_key_seals_and_the_one_before_it_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    record, old, new = new_id(), b"o" * 32, b"n" * 32
    _set(monkeypatch, old)
    sealed = seal(Secret(PLACE), record_id=record)

    _set(monkeypatch, new, old)
    again = seal(Secret(PLACE), record_id=record)
    assert unseal(sealed, record_id=record).reveal() == PLACE

    _set(monkeypatch, new)
    assert unseal(again, record_id=record).reveal() == PLACE
    with pytest.raises(CannotOpen):
        unseal(sealed, record_id=record)


@pytest.mark.parametrize("keys", ["[]", '["KEY_IN_BASE64"]', '["c2hvcnQ="]'])
def test_no_key_the_one_of_the_example_and_a_short_one_are_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv(_SETTING, keys)

    with pytest.raises(ValidationError):
        Sealing()


def test_there_is_no_key_without_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(_SETTING)

    with pytest.raises(ValidationError):
        Sealing()
