"""A later census file: what is news goes in, what contradicts the services is reported and changes nothing."""

import pytest

from libs.contracts.referrals import ReReferralFound
from services.referrals.loading.report import Report
from tests.referrals.census.builders import FACTOR, REVIEW, A, Changes, E, N, P, S, child_xml, file_of
from tests.referrals.loading.conftest import Loader

_KEY = "X0000001.2025-05-01"
_CLOSED: Changes = {E + "CINclosureDate": "2026-01-05", E + "ReasonForClosure": "RC7"}
#: The clean child before the assessment was authorised, the enquiry led to a conference, and the plans came.
_BEGUN: Changes = {
    A + "AssessmentAuthorisationDate": None,
    A + "FactorsIdentifiedAtAssessment": None,
    N + "CINPlanEndDate": None,
    S + "DateOfInitialCPC": None,
    P[:-1]: None,
}
_NO_CONFERENCE: Changes = {S + "DateOfInitialCPC": None, S + "ICPCnotRequired": "1", P[:-1]: None}


def differing(report: Report) -> set[tuple[str, str]]:
    """Return by service and element what was reported as held otherwise."""
    return {(one.by, one.element.partition("/CINdetails/")[2]) for one in report.refused if one.rule == "differs"}


async def test_a_later_file_completes_what_was_begun(loader: Loader) -> None:
    await loader.load(file_of(child_xml(_BEGUN)))

    report = await loader.load(file_of(child_xml()))

    assert report.refused == []
    assert report.went_in == {
        "assessments authorised": 1,
        "child in need plans ended": 1,
        "initial conferences held": 1,
        "child protection plans started": 1,
        "categories changed": 1,
        "review conferences held": 1,
    }
    referral = await loader.referral_of(_KEY)
    (assessment,) = await loader.workbook_of(referral, "assessments")
    (enquiry,) = await loader.workbook_of(referral, "enquiries")
    assert (assessment["authorised_on"], assessment["factors"]) == ("2025-06-20", ["3B", "4B"])
    assert (enquiry["outcome"], enquiry["conference_on"]) == ("cp_conference", "2025-05-29")


@pytest.mark.parametrize(
    ("first", "later", "service", "element"),
    [
        ({}, {A + "AssessmentActualStartDate": "2025-05-07"}, "workbook", "Assessments"),
        ({}, {A + "AssessmentAuthorisationDate": "2025-06-23"}, "workbook", "Assessments/AssessmentAuthorisationDate"),
        ({}, {A + FACTOR: "3A"}, "workbook", "Assessments/FactorsIdentifiedAtAssessment/AssessmentFactors"),
        (
            {},
            {A + "AssessmentAuthorisationDate": None, A + "FactorsIdentifiedAtAssessment": None},
            "workbook",
            "Assessments/AssessmentAuthorisationDate",
        ),
        ({}, {N + "CINPlanStartDate": "2025-05-09"}, "workbook", "CINPlanDates"),
        ({}, {N + "CINPlanEndDate": "2025-05-28"}, "workbook", "CINPlanDates/CINPlanEndDate"),
        ({}, {S + "S47ActualStartDate": "2025-05-09", S + "InitialCPCtarget": "2025-06-02"}, "workbook", "Section47"),
        (_NO_CONFERENCE, {**_NO_CONFERENCE, S + "ICPCnotRequired": "0", S + "DateOfInitialCPC": "2025-05-28"},
         "workbook", "Section47/DateOfInitialCPC"),
        ({P[:-1]: None}, {P[:-1]: None, S + "DateOfInitialCPC": "2025-05-28"}, "workbook", "Section47/DateOfInitialCPC"),
        ({P[:-1]: None}, _NO_CONFERENCE, "workbook", "Section47/ICPCnotRequired"),
        ({}, {P + "InitialCategoryOfAbuse": "PHY"}, "workbook", "ChildProtectionPlans/InitialCategoryOfAbuse"),
        ({}, {P + "LatestCategoryOfAbuse": "PHY"}, "workbook", "ChildProtectionPlans/LatestCategoryOfAbuse"),
        ({}, {P + "LatestCategoryOfAbuse": "EMO"}, "workbook", "ChildProtectionPlans/LatestCategoryOfAbuse"),
        ({}, {P + "NumberOfPreviousCPP": "2"}, "workbook", "ChildProtectionPlans/NumberOfPreviousCPP"),
        ({P + "CPPendDate": "2026-01-05"}, {P + "CPPendDate": "2026-01-06"}, "workbook", "ChildProtectionPlans/CPPendDate"),
        ({P + "CPPendDate": "2026-01-05"}, {}, "workbook", "ChildProtectionPlans/CPPendDate"),
        (
            {P + "CPPendDate": "2026-01-05"},
            {P + "CPPendDate": "2026-01-05", P + "LatestCategoryOfAbuse": "PHY"},
            "workbook",
            "ChildProtectionPlans/LatestCategoryOfAbuse",
        ),
        (
            {**_CLOSED, P + "CPPendDate": "2026-01-05"},
            {**_CLOSED, P + "CPPendDate": "2026-01-05", E + "CINclosureDate": "2026-01-06"},
            "referrals",
            "CINclosureDate",
        ),
        (_CLOSED, {**_CLOSED, E + "ReasonForClosure": "RC3"}, "referrals", "ReasonForClosure"),
    ],
)  # fmt: skip
async def test_what_contradicts_is_reported_and_changes_nothing_however_often_it_comes(
    loader: Loader, first: Changes, later: Changes, service: str, element: str
) -> None:
    loaded = await loader.load(file_of(child_xml(first)))
    assert loaded.refused == []
    rows = await loader.counted()

    report = await loader.load(file_of(child_xml(later)))
    again = await loader.load(file_of(child_xml(later)))

    assert differing(report) == {(service, element)}
    assert report.as_json()["changed"] is False
    assert await loader.counted() == rows
    assert again.as_json() == report.as_json()


@pytest.mark.parametrize(
    ("first", "later", "element"),
    [
        (_NO_CONFERENCE, {}, "Section47/DateOfInitialCPC"),
        (
            {P[:-1]: None, S + "DateOfInitialCPC": None},
            {S + "S47ActualStartDate": "2025-05-09", S + "InitialCPCtarget": "2025-06-02"},
            "Section47",
        ),
    ],
)
async def test_a_plan_that_came_of_an_enquiry_held_otherwise_stays_out_with_it(
    loader: Loader, first: Changes, later: Changes, element: str
) -> None:
    await loader.load(file_of(child_xml(first)))

    report = await loader.load(file_of(child_xml(later)))

    assert differing(report) == {("workbook", element), ("workbook", "ChildProtectionPlans")}
    referral = await loader.referral_of(_KEY)
    assert [one["kind"] for one in await loader.workbook_of(referral, "plan-spells")] == ["cin"]
    assert await loader.workbook_of(referral, "conferences") == []


async def test_a_plan_with_another_start_day_is_not_begun_a_second_time(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))
    moved: Changes = {
        P + "CPPstartDate": "2025-05-30",
        S + "DateOfInitialCPC": "2025-05-30",
        P + "CPPendDate": "2026-01-05",
    }

    report = await loader.load(file_of(child_xml(moved)))

    assert differing(report) == {("workbook", "Section47/DateOfInitialCPC"), ("workbook", "ChildProtectionPlans")}
    spells = await loader.workbook_of(await loader.referral_of(_KEY), "plan-spells")
    assert [(one["started_on"], one["ended_on"]) for one in spells if one["kind"] == "cp"] == [("2025-05-29", None)]


async def test_a_second_change_of_category_comes_with_its_review(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))
    reviewed: Changes = {P + REVIEW + "[2]": "2025-12-01", P + "LatestCategoryOfAbuse": "PHY"}

    report = await loader.load(file_of(child_xml(reviewed)))
    older = await loader.load(file_of(child_xml()))

    assert (report.refused, report.went_in["categories changed"]) == ([], 1)
    assert differing(older) == {("workbook", "ChildProtectionPlans/LatestCategoryOfAbuse")}
    spells = await loader.workbook_of(await loader.referral_of(_KEY), "plan-spells")
    assert [one["latest_category"] for one in spells if one["kind"] == "cp"] == ["PHY"]


async def test_what_differs_does_not_keep_the_news_of_the_same_record_out(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))

    report = await loader.load(file_of(child_xml({P + "NumberOfPreviousCPP": "2", P + "CPPendDate": "2026-01-05"})))

    assert differing(report) == {("workbook", "ChildProtectionPlans/NumberOfPreviousCPP")}
    assert report.went_in == {"child protection plans ended": 1}


async def test_an_earlier_years_file_contradicts_nothing_that_came_after_it(loader: Loader) -> None:
    before: Changes = {
        "CINdetails/CINreferralDate": "2025-02-03",
        A + "AssessmentActualStartDate": "2025-02-04",
        A + "AssessmentAuthorisationDate": "2025-03-04",
        S[:-1]: None,
        P[:-1]: None,
    }
    open_then: Changes = {**before, N + "CINPlanStartDate": "2025-03-10", N + "CINPlanEndDate": None}
    ended_later: Changes = {**open_then, N + "CINPlanEndDate": "2025-05-29"}
    await loader.load(file_of(child_xml(open_then), year="2025", reference_date="2025-03-31"))
    await loader.load(file_of(child_xml(ended_later)))

    report = await loader.load(file_of(child_xml(open_then), year="2025", reference_date="2025-03-31"))

    assert differing(report) == set()
    assert report.as_json()["changed"] is False


async def test_another_day_of_the_conference_before_a_child_moved_in_is_reported(loader: Loader) -> None:
    moved_in: Changes = {E + "DateOfInitialCPC": "2025-05-12", P[:-1]: None, S[:-1]: None}
    first = await loader.load(file_of(child_xml(moved_in)))
    assert first.refused == []

    report = await loader.load(file_of(child_xml({**moved_in, E + "DateOfInitialCPC": "2025-05-13"})))

    assert differing(report) == {("workbook", "DateOfInitialCPC")}
    assert report.as_json()["changed"] is False


async def test_an_earlier_years_file_that_is_loaded_later_makes_a_re_referral(loader: Loader) -> None:
    await loader.load(file_of(child_xml()))
    before: Changes = {
        E + "CINreferralDate": "2025-02-03",
        E + "CINclosureDate": "2025-03-10",
        E + "ReasonForClosure": "RC8",
        A + "AssessmentActualStartDate": "2025-02-04",
        A + "AssessmentAuthorisationDate": "2025-03-04",
        N[:-1]: None,
        S[:-1]: None,
        P[:-1]: None,
    }

    report = await loader.load(file_of(child_xml(before), year="2025", reference_date="2025-03-31"))

    assert report.went_in["referrals received"] == 1
    earlier, later = await loader.referral_of("X0000001.2025-02-03"), await loader.referral_of(_KEY)
    assert (later["re_referral"], later["prior_referral_id"]) == (True, earlier["id"])
    (said,) = await loader.referrals.said(ReReferralFound)
    assert said.data["referral_id"] == later["id"]
