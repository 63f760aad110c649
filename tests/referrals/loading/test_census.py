"""Loading a census: true dates in both services, the same file again changes nothing, refusals by rule."""

import random
from collections import Counter
from io import BytesIO
from typing import Any

import pytest

from libs.contracts.workbook import WorkbookClosed, WorkbookOpened
from services.referrals import census_file
from services.referrals.domain.census.findings import period_of
from services.referrals.domain.census.records import Child
from services.referrals.domain.census.story import Kind, stories_of
from services.referrals.loading import census
from tests.referrals.actors import CASE_SYSTEM
from tests.referrals.census.builders import (
    REVIEW,
    SAMPLE_2021,
    SAMPLE_2024,
    A,
    Changes,
    E,
    Invented,
    N,
    P,
    S,
    child_xml,
    file_of,
    invented_file,
)
from tests.referrals.loading.conftest import Loader

_CLOSED: Changes = {E + "CINclosureDate": "2026-01-05", E + "ReasonForClosure": "RC7"}
_KEY = "X0000001.2025-05-01"


async def test_a_child_goes_in_with_true_dates(loader: Loader) -> None:
    report = await loader.load(file_of(child_xml(_CLOSED)))

    assert report.refused == []
    assert (report.children, report.children_in) == (1, 1)
    assert "1 of 1 children are in now." in report.as_text()
    assert dict(report.let_in) == {
        "children": 1,
        "referrals": 1,
        "assessments": 1,
        "section 47 enquiries": 1,
        "child in need plans": 1,
        "child protection plans": 1,
        "review conferences": 1,
    }
    referral = await loader.referral_of(_KEY)
    assert (referral["state"], referral["received_on"], referral["closed_on"], referral["closure_reason"]) == (
        "closed",
        "2025-05-01",
        "2026-01-05",
        "RC7",
    )
    assert (referral["referral_source"], referral["primary_need"], referral["channel"]) == ("2A", "N1", "case_system")
    spells = await loader.workbook_of(referral, "plan-spells")
    assert {(one["kind"], one["started_on"], one["ended_on"]) for one in spells} == {
        ("cin", "2025-05-08", "2025-05-29"),
        ("cp", "2025-05-29", "2026-01-05"),
    }
    (protection,) = [one for one in spells if one["kind"] == "cp"]
    assert (protection["initial_category"], protection["latest_category"]) == ("EMO", "NEG")
    assert (protection["previous_cp_plans"], protection["reviewed_on"]) == (0, ["2025-08-20"])
    (assessment,) = await loader.workbook_of(referral, "assessments")
    assert (assessment["started_on"], assessment["authorised_on"]) == ("2025-05-06", "2025-06-20")
    assert (assessment["factors"], assessment["outcome"]) == (["3B", "4B"], "services")
    (enquiry,) = await loader.workbook_of(referral, "enquiries")
    assert (enquiry["started_on"], enquiry["conference_on"], enquiry["outcome"]) == (
        "2025-05-08",
        "2025-05-29",
        "cp_conference",
    )
    conferences = await loader.workbook_of(referral, "conferences")
    assert {(one["kind"], one["held_on"]) for one in conferences} == {
        ("initial", "2025-05-29"),
        ("review", "2025-08-20"),
    }
    workbook = await loader.workbook_of(referral)
    assert (workbook["state"], workbook["opened_on"], workbook["closed_on"]) == ("closed", "2025-05-01", "2026-01-05")
    assert workbook["imported"]


async def test_next_years_file_brings_the_birth_of_a_child(loader: Loader) -> None:
    unborn: Changes = {
        "ChildIdentifiers/PersonBirthDate": None,
        "ChildIdentifiers/UPN": None,
        "ChildIdentifiers/ExpectedPersonBirthDate": "2026-05-01",
        "ChildIdentifiers/Sex": "U",
        E + "CINreferralDate": "2026-02-02",
        A + "AssessmentActualStartDate": "2026-02-05",
        A + "AssessmentAuthorisationDate": "2026-03-02",
        N[:-1]: None,
        S[:-1]: None,
        P[:-1]: None,
    }
    await loader.load(file_of(child_xml(unborn)))
    born: Changes = {
        **unborn,
        "ChildIdentifiers/ExpectedPersonBirthDate": None,
        "ChildIdentifiers/PersonBirthDate": "2026-04-28",
        "ChildIdentifiers/Sex": "F",
    }
    report = await loader.load(file_of(child_xml(born), year="2027", reference_date="2027-03-31"))

    person = await _child_of(loader, "X0000001.2026-02-02")
    assert (person["birth_date"], person["expected_date"], person["sex"]) == ("2026-04-28", None, "F")
    assert report.went_in["births recorded"] == 1


async def test_a_later_file_brings_a_death_and_corrections_once(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))
    later: Changes = {"ChildIdentifiers/PersonDeathDate": "2026-01-05", "ChildCharacteristics/Ethnicity": "BAFR"}

    report = await loader.load(file_of(child_xml(later)))
    again = await loader.load(file_of(child_xml(later)))

    person = await _child_of(loader, _KEY)
    assert (person["died_on"], person["ethnicity"]) == ("2026-01-05", "BAFR")
    assert report.went_in["children corrected"] == 1
    assert not again.went_in


async def _child_of(loader: Loader, key: str) -> dict[str, Any]:
    (child,) = (await loader.referral_of(key))["children"]
    return dict((await loader.referrals.get(f"/v1/people/{child}", by=CASE_SYSTEM)).json())


@pytest.mark.parametrize("place", ["judge", "stories_of"])
async def test_a_fault_of_the_loader_on_one_child_is_reported_and_the_others_go_in(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    real = getattr(census, place)

    def failing(child: Child, *rest: Any) -> Any:
        if child.position == 1:
            raise IndexError
        return real(child, *rest)

    monkeypatch.setattr(census, place, failing)
    other: Changes = {"ChildIdentifiers/LAchildID": "X2", "ChildIdentifiers/UPN": None}
    report = await loader.load(file_of(child_xml(), child_xml(other)))

    assert [(one.child, one.rule, one.by) for one in report.refused] == [(1, "unexpected", "census")]
    assert report.went_in["referrals received"] == 1


async def test_the_person_is_the_child_of_the_file(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))

    referral = await loader.referral_of(_KEY)
    (child,) = referral["children"]
    person = (await loader.referrals.get(f"/v1/people/{child}", by=CASE_SYSTEM)).json()
    assert (person["la_child_id"], person["upn"], person["birth_date"], person["sex"]) == (
        "X0000001",
        "U931200026001",
        "2015-03-15",
        "F",
    )
    assert (person["ethnicity"], person["disabilities"], person["given_name"]) == ("WBRI", ["NONE"], "")


async def test_events_bear_the_true_dates(loader: Loader) -> None:
    await loader.load(file_of(child_xml(_CLOSED)))

    said = {(one.type.split(".", 2)[2], one.occurred_at.date().isoformat()) for one in await loader.workbook.said()}
    assert {
        ("plan_spell.started.v1", "2025-05-07"),  # midnight of 8 May in London, in UTC
        ("conference.held.v1", "2025-05-28"),
        ("workbook.closed.v1", "2026-01-05"),
    } <= said
    assert all(one.occurred_at.year < 2026 or one.occurred_at.month == 1 for one in await loader.referrals.said())


@pytest.mark.parametrize("sample", [SAMPLE_2021, SAMPLE_2024], ids=["2021", "2024"])
async def test_a_sample_goes_in_as_far_as_it_can_and_again_changes_nothing(loader: Loader, sample: Any) -> None:
    first = await loader.load(sample.read_bytes(), sample.name)
    rows = await loader.counted()
    second = await loader.load(sample.read_bytes(), sample.name)

    assert first.broken_off is None
    assert {one.rule for one in first.refused} >= {"2889", "1103", "1105"}
    assert await loader.counted() == rows
    assert (second.as_json()["changed"], second.as_text().count("Nothing was changed.")) == (False, 1)
    assert [one.rule for one in second.refused] == [one.rule for one in first.refused]


async def test_what_the_2024_sample_holds_of_its_good_child_goes_in(loader: Loader) -> None:
    report = await loader.load(SAMPLE_2024.read_bytes())

    referral = await loader.referral_of("DfEX0000001.2022-10-06", authority="201")
    assert (referral["state"], referral["closed_on"]) == ("closed", "2023-02-27")
    (spell,) = await loader.workbook_of(referral, "plan-spells")
    assert (spell["kind"], spell["started_on"], spell["ended_on"]) == ("cin", "2023-01-24", "2023-01-26")
    assert report.went_in["referrals received"] == 1


@pytest.mark.timeout(1200)  # some five thousand requests, on a busy machine
async def test_three_hundred_clean_children_go_in_whole_and_again_change_nothing(loader: Loader) -> None:
    numbers = random.Random(2025)
    content = invented_file([Invented(number, numbers.randint).xml for number in range(300)])
    expected = expected_of(content)

    first = await loader.load(content)
    rows = await loader.counted()
    second = await loader.load(content)

    assert (first.refused, first.remarks, first.children) == ([], [], 300)
    assert first.went_in == expected
    assert rows["workbook.plan_spell"] == (
        expected["child in need plans started"] + expected["child protection plans started"]
    )
    assert rows["referrals.referral"] == rows["referrals.person"] == 300
    assert await loader.counted() == rows
    assert second.went_in == Counter()
    assert second.unchanged == expected


def expected_of(content: bytes) -> Counter[str]:
    """Count what the file holds, in the words of the report."""
    header, children = census_file.read(BytesIO(content))
    told = {
        Kind.START_ASSESSMENT: "assessments started",
        Kind.AUTHORISE_ASSESSMENT: "assessments authorised",
        Kind.START_ENQUIRY: "section 47 enquiries started",
        Kind.END_ENQUIRY: "section 47 enquiries ended",
        Kind.HOLD_CONFERENCE: "initial conferences held",
        Kind.HOLD_REVIEW: "review conferences held",
        Kind.CHANGE_CATEGORY: "categories changed",
        Kind.START_PROTECTION: "child protection plans started",
        Kind.END_PROTECTION: "child protection plans ended",
        Kind.START_PLAN: "child in need plans started",
        Kind.END_PLAN: "child in need plans ended",
    }
    counts: Counter[str] = Counter()
    for child in children:
        for story in stories_of(child, period_of(header)):
            counts["referrals received"] += 1
            counts["referrals accepted" if story.further_action else "referrals without further action"] += 1
            counts["workbooks opened"] += story.further_action
            counts["workbooks closed"] += story.closed_on is not None
            counts["referrals closed"] += story.closed_on is not None
            for step in story.steps:
                counts[told[step.kind]] += 1
                counts["initial conferences held"] += step.kind is Kind.START_PROTECTION
    return +counts


async def test_next_years_file_adds_what_happened_since(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))

    since = {**_CLOSED, P + "CPPendDate": "2026-01-05", P + REVIEW + "[2]": "2025-12-01"}
    report = await loader.load(file_of(child_xml(since)))

    assert report.refused == []
    assert report.went_in == Counter(
        {
            "review conferences held": 1,
            "child protection plans ended": 1,
            "workbooks closed": 1,
            "referrals closed": 1,
        }
    )


async def test_a_referral_is_closed_when_the_news_of_its_workbook_has_come(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))
    referral = await loader.referral_of(_KEY)
    (opened,) = await loader.workbook.said(WorkbookOpened)
    await loader.referrals.hear(WorkbookOpened(**opened.data))

    waiting = await loader.load(file_of(child_xml(_CLOSED)))

    assert [(one.by, one.refused) for one in waiting.refused] == [("referrals", "Child[1]/CINdetails")]
    assert waiting.went_in["workbooks closed"] == 1
    assert (await loader.referral_of(_KEY))["state"] == referral["state"] == "accepted"

    (closed,) = await loader.workbook.said(WorkbookClosed)
    await loader.referrals.hear(WorkbookClosed(**closed.data))
    after = await loader.load(file_of(child_xml(_CLOSED)))

    assert after.refused == []
    assert after.went_in == Counter({"referrals closed": 1})
    assert (await loader.referral_of(_KEY))["closed_on"] == "2026-01-05"


async def test_a_child_who_came_back_goes_on_in_the_same_workbook(loader: Loader) -> None:
    before = "CINdetails[2]/"
    earlier: Changes = {
        before + "CINreferralDate": "2025-04-02",
        before + "ReferralSource": "6",
        before + "PrimaryNeedCode": "N5",
        before + "ReferralNFA": "0",
        before + "Assessments/AssessmentActualStartDate": "2025-04-03",
        before + "Assessments/AssessmentAuthorisationDate": "2025-04-20",
        before + "Assessments/FactorsIdentifiedAtAssessment/AssessmentFactors": "3B",
        before + "CINclosureDate": "2025-04-22",
        before + "ReasonForClosure": "RC8",
    }

    first = await loader.load(file_of(child_xml(earlier)))
    second = await loader.load(file_of(child_xml(earlier)))

    assert first.refused == []
    old, new = await loader.referral_of("X0000001.2025-04-02"), await loader.referral_of(_KEY)
    assert old["family_id"] == new["family_id"]
    assert (old["state"], new["state"], new["re_referral"]) == ("closed", "accepted", True)
    assert [one["started_on"] for one in await loader.workbook_of(new, "assessments")] == ["2025-05-06", "2025-04-03"]
    assert (await loader.workbook_of(new))["state"] != "closed"
    assert second.as_json()["changed"] is False
    assert second.refused == []


async def test_what_a_service_refuses_is_reported_with_its_rule_and_the_rest_goes_in(loader: Loader) -> None:
    # A plan from before the census year whose start, and so its conference, was on a Saturday.
    old = {
        E + "CINreferralDate": "2024-11-01",
        P + "CPPstartDate": "2024-11-30",
        N[:-1]: None,
        S[:-1]: None,
        A[:-1]: None,
    }

    report = await loader.load(file_of(child_xml(old)))

    assert {(one.rule, one.by, one.refused) for one in report.refused} == {
        ("8875", "workbook", "Child[1]/CINdetails/ChildProtectionPlans")
    }
    assert report.went_in["workbooks opened"] == 1
    assert (
        await loader.workbook_of(await loader.referral_of(_KEY.replace("2025-05-01", "2024-11-01")), "plan-spells")
        == []
    )


async def test_a_refused_review_keeps_neither_its_plan_nor_the_closure_out(loader: Loader) -> None:
    report = await loader.load(file_of(child_xml({**_CLOSED, P + REVIEW: "2025-08-23"})))

    assert {(one.rule, one.by, one.refused) for one in report.refused} == {
        ("8875", "workbook", "Child[1]/CINdetails/ChildProtectionPlans/Reviews/CPPreviewDate")
    }
    assert report.went_in["child protection plans ended"] == report.went_in["referrals closed"] == 1


async def test_a_file_that_breaks_off_puts_in_the_children_before_the_break(loader: Loader) -> None:
    whole = file_of(child_xml(), child_xml({"ChildIdentifiers/LAchildID": "X2", "ChildIdentifiers/UPN": None}))
    cut = whole[: whole.rindex(b"<Ethnicity>")]

    report = await loader.load(cut)

    assert report.broken_off is not None
    assert report.broken_off.startswith("line ")
    assert report.went_in["referrals received"] == 1


async def test_the_unborn_go_in_with_their_expected_date(loader: Loader) -> None:
    unborn: Changes = {
        "ChildIdentifiers/PersonBirthDate": None,
        "ChildIdentifiers/UPN": None,
        "ChildIdentifiers/ExpectedPersonBirthDate": "2026-05-01",
        "ChildIdentifiers/Sex": "U",
        E + "CINreferralDate": "2026-02-02",
        A + "AssessmentActualStartDate": "2026-02-05",
        A + "AssessmentAuthorisationDate": "2026-03-02",
        N[:-1]: None,
        S[:-1]: None,
        P[:-1]: None,
    }

    report = await loader.load(file_of(child_xml(unborn)))

    assert report.refused == []
    referral = await loader.referral_of("X0000001.2026-02-02")
    person = (await loader.referrals.get(f"/v1/people/{referral['children'][0]}", by=CASE_SYSTEM)).json()
    assert (person["birth_date"], person["expected_date"], person["sex"]) == (None, "2026-05-01", "U")
