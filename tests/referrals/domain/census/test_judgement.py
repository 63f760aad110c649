"""What of a child can go in: the record that breaks a rule stays out, the rest goes in."""

import dataclasses
import io
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals import census_file
from services.referrals.domain.census.findings import NoCensusYear, period_of
from services.referrals.domain.census.judgement import RULES, Judgement, judge
from services.referrals.domain.census.records import Child
from tests.referrals.census.builders import (
    CLEAN,
    FACTOR,
    REVIEW,
    A,
    Changes,
    E,
    Invented,
    N,
    P,
    S,
    child_xml,
    file_of,
    findings_of,
    invented_file,
)

_I = "ChildIdentifiers/"


def judged(*changes: Changes, **header: str) -> Judgement:
    read, children = census_file.read(io.BytesIO(file_of(child_xml(*changes), **header)))
    return judge(next(children), period_of(read))


def admitted(*changes: Changes) -> Child:
    child = judged(*changes).admitted
    assert child is not None
    return child


def refused(*changes: Changes) -> set[str]:
    return {one.refused.removeprefix("Child[1]/") for one in judged(*changes).findings if one.refused is not None}


def test_a_clean_child_goes_in_whole() -> None:
    (read,) = list(census_file.read(io.BytesIO(file_of(child_xml())))[1])

    assert admitted() == read


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({_I + "UPN": "X"}, {"ChildIdentifiers/UPN"}),
        ({A + "AssessmentAuthorisationDate": "2025-05-05"}, {"CINdetails/Assessments"}),
        ({A + FACTOR + "[2]": "RB"}, {"CINdetails/Assessments/FactorsIdentifiedAtAssessment/AssessmentFactors[2]"}),
        ({P + REVIEW: "2025-05-01"}, {"CINdetails/ChildProtectionPlans/Reviews/CPPreviewDate"}),
        ({P + "CPPstartDate": "2025-05-30"}, {"CINdetails/ChildProtectionPlans"}),
        ({N + "CINPlanEndDate": "2025-06-10"}, {"CINdetails/CINPlanDates"}),
        ({E + "CINclosureDate": "2026-01-05"}, {"CINdetails", "Child[1]"}),
        ({_I + "LAchildID": "a b"}, {"Child[1]"}),
        ({_I + "PersonBirthDate": "yesterday"}, {"Child[1]"}),
        ({E + "CINclosureDate": "2025-03-01", E + "ReasonForClosure": "RC7"}, {"CINdetails", "Child[1]"}),
    ],
)
def test_only_what_breaks_a_rule_stays_out(changes: Changes, left_out: set[str]) -> None:
    assert left_out <= refused(changes)


def test_a_refused_text_is_blank_and_a_refused_record_is_gone() -> None:
    child = admitted({_I + "UPN": "X", A + FACTOR: "RB", N + "CINPlanEndDate": "2025-06-10"})

    assert not child.upn.given
    (episode,) = child.episodes
    assert [factor.text for factor in episode.assessments[0].factors] == ["4B"]
    assert episode.cin_plans == ()
    assert len(episode.protection_plans) == 1


def test_a_plan_whose_conference_was_refused_is_refused_in_consequence() -> None:
    judgement = judged({S + "S47ActualStartDate": "2025-04-30"})

    following = [one for one in judgement.findings if one.in_consequence]
    assert [(one.rule, one.refused) for one in following] == [("2885", "Child[1]/CINdetails/ChildProtectionPlans")]
    assert judgement.admitted is not None
    assert judgement.admitted.episodes[0].protection_plans == ()


def test_a_plan_that_collides_only_with_a_refused_one_goes_in() -> None:
    changes = {P + "InitialCategoryOfAbuse": "XXX", N + "CINPlanEndDate": "2025-06-10"}

    child = admitted(changes)

    assert len(child.episodes[0].cin_plans) == 1
    assert child.episodes[0].protection_plans == ()
    assert ("4017", None) in {(one.rule, one.refused) for one in judged(changes).findings}


def test_of_two_open_episodes_the_latest_goes_in() -> None:
    later = "CINdetails[2]/"
    changes = {
        later + "CINreferralDate": "2025-09-01",
        later + "ReferralSource": "6",
        later + "PrimaryNeedCode": "N5",
        later + "ReferralNFA": "0",
    }

    assert [episode.path for episode in admitted(changes).episodes] == ["Child[1]/CINdetails[2]"]


def test_a_mere_contact_during_open_work_stays_out_and_the_work_goes_in() -> None:
    later = "CINdetails[2]/"
    changes = {later + "CINreferralDate": "2025-09-01", later + "ReferralSource": "6", later + "ReferralNFA": "1"}

    assert [episode.path for episode in admitted(changes).episodes] == ["Child[1]/CINdetails"]


def test_a_child_without_an_episode_left_stays_out() -> None:
    judgement = judged({E + "PrimaryNeedCode": "N77"})

    assert judgement.admitted is None
    assert "8590" in {one.rule for one in judgement.findings if one.in_consequence}


def test_findings_name_the_child_by_position_and_number_and_no_value() -> None:
    (found,) = [one for one in judged({_I + "PersonBirthDate": "2026-04-09"}).findings if one.rule == "8520"]

    assert (found.position, found.la_child_id, found.path) == (
        1,
        CLEAN[_I + "LAchildID"],
        "Child[1]/ChildIdentifiers/PersonBirthDate",
    )
    assert "2026-04-09" not in str(dataclasses.replace(found, la_child_id=""))


def test_the_year_is_told_by_the_reference_date_or_else_by_the_year() -> None:
    header, _ = census_file.read(io.BytesIO(file_of(reference_date="31/03/2026")))
    assert period_of(header).last.isoformat() == "2026-03-31"
    header, _ = census_file.read(io.BytesIO(file_of(year="none")))
    assert period_of(header).first.isoformat() == "2025-04-01"
    for year, reference_date in (("none", "never"), ("0", ""), ("1999", "1999-03-31"), ("9999", "9999-03-31")):
        header, _ = census_file.read(io.BytesIO(file_of(year=year, reference_date=reference_date)))
        with pytest.raises(NoCensusYear):
            period_of(header)


@given(st.data())
def test_an_invented_clean_child_breaks_no_rule_and_goes_in_whole(data: st.DataObject) -> None:
    child = Invented(1, lambda low, high: data.draw(st.integers(low, high)))
    header, children = census_file.read(io.BytesIO(invented_file([child.xml])))
    (read,) = children

    judgement = judge(read, period_of(header))

    assert judgement.findings == ()
    assert judgement.admitted == read


def test_a_file_of_invented_clean_children_breaks_no_rule() -> None:
    numbers = random.Random(11)

    content = invented_file(Invented(number, numbers.randint).xml for number in range(300))

    assert findings_of(content) == []


_VALUES = st.sampled_from(
    ["", "0", "1", "RC8", "N1", "21", "2025-03-31", "2025-05-29", "2025-06-01", "2026-03-31", "2026-04-01", "9999-12-31",
     "0001-01-01", "2025-02-30", "٣", "x" * 80, "UN7", "NONE", "NEG"]
)  # fmt: skip
_PATHS = st.sampled_from(
    [re.sub(r"CINdetails", episode, path) for path in CLEAN for episode in ("CINdetails", "CINdetails[2]")]
)


@given(st.dictionaries(_PATHS, _VALUES, max_size=12))
def test_whatever_is_changed_what_goes_in_refuses_nothing_more(changes: dict[str, str]) -> None:
    header, children = census_file.read(io.BytesIO(file_of(child_xml(changes))))
    period = period_of(header)

    judgement = judge(next(children), period)

    if judgement.admitted is not None:
        again = judge(judgement.admitted, period)
        assert {one.refused for one in again.findings} <= {one.refused for one in judgement.findings} | {None}
        assert again.admitted == judgement.admitted


def test_rules_come_with_words_that_end_in_a_full_stop() -> None:
    assert all(rule.words.endswith(".") for rule in RULES)
