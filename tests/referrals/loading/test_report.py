"""The report of a load: what went in, what stayed out, which rule each line breaks."""

import io
import json

from services.referrals import census_file
from services.referrals.domain.census.findings import period_of
from services.referrals.domain.census.judgement import judge
from services.referrals.loading.report import Line, Report
from tests.referrals.census.builders import SAMPLE_2024, E, child_xml, file_of


def reported(content: bytes) -> Report:
    report = Report("census.xml", authority="931", year_to="2026-03-31")
    header, children = census_file.read(io.BytesIO(content))
    for child in children:
        report.children += 1
        report.found(judge(child, period_of(header)).findings)
    return report


def test_a_refused_line_is_named_with_its_rule() -> None:
    report = reported(SAMPLE_2024.read_bytes())

    text = report.as_text()

    assert "line     55  child 1 DfEX0000001" in text
    assert "rule 2889   An enquiry does not start before its referral." in text
    assert "<CINdetails/Section47/S47ActualStartDate>" in text


def test_the_report_file_holds_every_line_with_place_and_rule() -> None:
    report = reported(SAMPLE_2024.read_bytes())

    told = json.loads(json.dumps(report.as_json()))

    (refused,) = [one for one in told["refused"] if one["rule"] == "2889"]
    assert refused == {
        "line": 55,
        "child": 1,
        "la_child_id": "DfEX0000001",
        "element": "Child[1]/CINdetails/Section47/S47ActualStartDate",
        "rule": "2889",
        "words": "An enquiry does not start before its referral.",
        "level": "error",
        "refused": "Child[1]/CINdetails/Section47",
        "in_consequence": False,
        "by": "census",
    }
    assert {one["rule"] for one in told["remarks"]} >= {"8620", "4013", "8930"}
    assert not told["changed"]


def test_what_a_service_refused_stands_beside_what_the_rules_refused() -> None:
    report = Report("census.xml")
    (child,) = list(census_file.read(io.BytesIO(file_of(child_xml())))[1])

    report.turned_away(
        (1, child.la_child_id.text), child.episodes[0], rules=("implausible-date",), words="Too old.", by="referrals"
    )

    assert "rule implausible-date Too old. [referrals]" in report.as_text()
    assert report.as_json()["refused"][0]["by"] == "referrals"


def test_a_load_that_changed_nothing_says_so() -> None:
    report = Report("census.xml")
    report.unchanged["referrals"] = 3

    assert "Nothing was changed." in report.as_text()
    assert "3  referrals" in report.as_text()

    report.went_in["plans"] = 1
    assert "Nothing was changed." not in report.as_text()


def test_a_rule_that_stands_in_both_lists_is_explained() -> None:
    after, before = (
        child_xml({f"{E}CINclosureDate": day, f"{E}ReasonForClosure": "RC7"}) for day in ("2026-04-01", "2025-03-31")
    )
    one = "Rule 8620 stands in both lists"

    assert one in reported(file_of(after, before)).as_text()
    assert "stands in both lists" not in reported(file_of(after)).as_text()


def test_what_is_broken_only_in_consequence_is_explained() -> None:
    report = Report("census.xml")
    assert "in consequence" not in report.as_text()
    report.lines.append(
        Line(
            line=1,
            child=1,
            la_child_id="X1",
            element="Child[1]",
            rule="4000",
            words="It goes.",
            level="error",
            refused="Child[1]",
            in_consequence=True,
            by="census",
        )
    )

    assert "(in consequence): the rule is broken only because another record stayed out." in report.as_text()


def test_a_check_says_what_would_go_in() -> None:
    report = Report("census.xml", is_check=True)
    report.let_in.update({"children": 2, "referrals": 3})

    text = report.as_text()

    assert "Checked only: nothing was loaded." in text
    assert "3  referrals" in text
    assert "Nothing was changed." not in text
    assert (report.as_json()["checked_only"], report.as_json()["children_in"]) == (True, None)


def test_long_lists_are_cut_on_the_screen_only() -> None:
    report = reported(file_of(*[child_xml({"ChildIdentifiers/UPN": "X"}) for _ in range(100)]))

    assert "and 40 more" in report.as_text()
    assert len(report.as_json()["refused"]) == 100
