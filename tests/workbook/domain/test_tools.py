"""Scores of structured tools fall into exactly one band."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.tools import Tool
from services.workbook.domain import tools
from services.workbook.domain.tools import (
    SHEETS,
    Change,
    ItemsImpossible,
    JudgementBelowScore,
    JudgementNotOfThisTool,
    ScoreOutOfRange,
)


@pytest.mark.parametrize("tool", list(Tool))
def test_the_bands_cover_the_whole_range_of_a_tool_once(tool: Tool) -> None:
    sheet = SHEETS[tool]

    for total in range(sheet.scale.low, sheet.scale.high + 1):
        fitting = [band.code for band in sheet.bands if band.low <= total <= band.high]
        assert fitting == [tools.score(tool, total=total).band]


@given(tool=st.sampled_from(Tool), total=st.integers())
def test_a_score_is_in_range_or_refused(tool: Tool, total: int) -> None:
    sheet = SHEETS[tool]

    if sheet.scale.low <= total <= sheet.scale.high:
        assert tools.score(tool, total=total).total == total
    else:
        with pytest.raises(ScoreOutOfRange):
            tools.score(tool, total=total)


@pytest.mark.parametrize(
    ("tool", "total", "band"),
    [
        (Tool.AUDIT, 7, "low_risk"), (Tool.AUDIT, 8, "hazardous"), (Tool.AUDIT, 16, "harmful"),
        (Tool.AUDIT, 20, "possible_dependence"), (Tool.SADQ, 31, "severe"), (Tool.DAST_10, 0, "none"),
        (Tool.DAST_10, 9, "severe"), (Tool.PHQ_9, 15, "moderately_severe"), (Tool.GAD_7, 15, "severe"),
        (Tool.CORE_10, 10, "non_clinical"), (Tool.CORE_10, 25, "severe"), (Tool.SDQ, 13, "normal"),
        (Tool.SDQ, 17, "cause_for_concern"), (Tool.DASH_RIC, 14, "high"), (Tool.DASH_RIC, 13, "medium"),
    ],
)  # fmt: skip
def test_a_score_at_the_edge_of_a_band(tool: Tool, total: int, band: str) -> None:
    assert tools.score(tool, total=total).band == band


@pytest.mark.parametrize("tool", [tool for tool in Tool if SHEETS[tool].item_range])
def test_all_items_at_their_highest_make_the_highest_score(tool: Tool) -> None:
    sheet = SHEETS[tool]
    assert sheet.items is not None
    assert sheet.item_range is not None
    items = [sheet.item_range[1]] * sheet.items

    assert tools.score(tool, total=sheet.scale.high, items=items).band == sheet.bands[-1].code


def test_items_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ItemsImpossible):
        tools.score(Tool.GAD_7, total=5, items=[1, 1, 1, 0, 0, 0, 0])


def test_too_few_items_are_refused() -> None:
    with pytest.raises(ItemsImpossible):
        tools.score(Tool.GAD_7, total=1, items=[1])


def test_a_tool_kept_without_items_takes_none() -> None:
    with pytest.raises(ItemsImpossible):
        tools.score(Tool.GCP2, total=3, items=[3])


def test_judgement_may_raise_the_level_of_domestic_abuse_risk() -> None:
    raised = tools.score(Tool.DASH_RIC, total=5, judged="high")

    assert (raised.band, raised.raised_by_judgement, raised.refer_to_marac) == ("high", True, True)


def test_judgement_may_never_lower_the_level() -> None:
    with pytest.raises(JudgementBelowScore):
        tools.score(Tool.DASH_RIC, total=14, judged="standard")


@pytest.mark.parametrize(("tool", "level"), [(Tool.PHQ_9, "severe"), (Tool.DASH_RIC, "catastrophic")])
def test_judgement_belongs_to_tools_that_have_it(tool: Tool, level: str) -> None:
    with pytest.raises(JudgementNotOfThisTool):
        tools.score(tool, total=3, judged=level)


def test_a_lower_depression_score_is_better() -> None:
    before, now = tools.score(Tool.PHQ_9, total=18), tools.score(Tool.PHQ_9, total=8)

    compared = tools.compare(now, before=before)

    assert (compared.change, compared.difference, compared.band_changed) == (Change.BETTER, -10, True)


def test_a_higher_rung_of_the_ladder_is_better() -> None:
    before, now = tools.score(Tool.OUTCOMES_STAR, total=3), tools.score(Tool.OUTCOMES_STAR, total=4)

    compared = tools.compare(now, before=before)

    assert (compared.change, compared.band_changed) == (Change.BETTER, False)


def test_the_first_score_and_the_same_score_say_so() -> None:
    score = tools.score(Tool.AUDIT, total=9)

    assert tools.compare(score, before=None).change is Change.FIRST
    assert tools.compare(score, before=score).change is Change.SAME
    assert tools.compare(tools.score(Tool.AUDIT, total=11), before=score).change is Change.WORSE
