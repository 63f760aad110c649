"""What is hostile to a database, a browser or a spreadsheet is kept as the text that it is."""

import pytest

from libs.kernel.roles import Role
from tests.harness import Stage, caller

SCREENER = caller(Role.SCREENER)
KEPT = [
    "'; DROP TABLE box; --",
    "' OR '1'='1",
    ":label %s $1 %(label)s ?",
    "<script>alert(1)</script>",
    "{{7*7}} ${7*7}",
    '=HYPERLINK("https://example.org")',
    "{\\rtf1 \\b bold}",
    "a\\nb \\u0000 %00",
]


@pytest.mark.parametrize("text", KEPT)
async def test_hostile_text_is_kept_as_it_was_sent(stage: Stage, text: str) -> None:
    told = await stage.post("/v1/boxes", {"label": text, "story": text}, by=SCREENER)

    [box] = (await stage.get("/v1/boxes", by=SCREENER)).json()["items"]
    [(story,)] = await stage.as_owner("SELECT label FROM box")
    assert (told.json()["label"], box["label"], story) == (text, text, text)
    assert told.headers["content-type"] == "application/json"


@pytest.mark.parametrize("text", KEPT[:3])
async def test_a_filter_is_a_value_and_no_sql(stage: Stage, text: str) -> None:
    await stage.post("/v1/boxes", {"label": "A"}, by=SCREENER)

    answer = await stage.get("/v1/boxes", by=SCREENER, params={"state": text})

    assert answer.status_code == 422
