"""Every rule of the census: what just breaks it, and what just keeps it."""

import pytest

from services.referrals.domain.census.judgement import RULES
from services.referrals.domain.census.whole_file import RULES as FILE_RULES
from tests.referrals.census.builders import (
    CLEAN,
    FACTOR,
    REVIEW,
    A,
    Changes,
    E,
    N,
    P,
    S,
    child_xml,
    file_of,
    findings_of,
    rules_broken,
    upn_of,
)

_I = "ChildIdentifiers/"
_C = "ChildCharacteristics/"
_BORN, _EXPECTED, _DIED = _I + "PersonBirthDate", _I + "ExpectedPersonBirthDate", _I + "PersonDeathDate"
_REFERRED, _NFA = E + "CINreferralDate", E + "ReferralNFA"
_CLOSED, _REASON = E + "CINclosureDate", E + "ReasonForClosure"
_START, _DONE = A + "AssessmentActualStartDate", A + "AssessmentAuthorisationDate"
_FACTORS = A + "FactorsIdentifiedAtAssessment"
_ENQUIRED, _HELD, _NOT_REQUIRED = S + "S47ActualStartDate", S + "DateOfInitialCPC", S + "ICPCnotRequired"
_IN_NEED, _IN_NEED_END = N + "CINPlanStartDate", N + "CINPlanEndDate"
_PLAN, _PLAN_END = P + "CPPstartDate", P + "CPPendDate"
_NOTHING_ELSE: Changes = {N[:-1]: None, S[:-1]: None, P[:-1]: None}


def closed(day: str, reason: str = "RC7") -> Changes:
    return {_CLOSED: day, _REASON: reason}


def second_episode(referred: str, closed: str | None = None) -> Changes:
    episode = "CINdetails[2]/"
    texts = {
        episode + "CINreferralDate": referred,
        episode + "ReferralSource": "6",
        episode + "PrimaryNeedCode": "N5",
        episode + "ReferralNFA": "0",
    }
    return texts | ({episode + "CINclosureDate": closed, episode + "ReasonForClosure": "RC7"} if closed else {})


def second(group: str, **texts: str) -> Changes:
    return {f"{E}{group}[2]/{name}": text for name, text in texts.items()}


def second_protection(start: str) -> Changes:
    return second(
        "ChildProtectionPlans",
        CPPstartDate=start,
        InitialCategoryOfAbuse="NEG",
        LatestCategoryOfAbuse="NEG",
        NumberOfPreviousCPP="1",
    )


#: Rule, what breaks it, what keeps it although it comes near.
CASES: list[tuple[str, Changes, Changes]] = [
    ("schema", {_BORN: "2015-02-29"}, {_BORN: "2016-02-29"}),
    ("schema", {_NOT_REQUIRED: "no"}, {_NOT_REQUIRED: "FALSE"}),
    ("8500", {_I + "LAchildID": None}, {_I + "LAchildID": "1"}),
    ("1570", {_I + "LAchildID": "X" * 21}, {_I + "LAchildID": "X" * 20}),
    ("1580", {_I + "LAchildID": "X-1"}, {_I + "LAchildID": "x1"}),
    ("1510", {_I + "UPN": "A" + upn_of(7)[1:]}, {_I + "UPN": upn_of(7)}),
    ("1540", {_I + "UPN": "U9312000260²1"}, {_I + "UPN": "A93120002600A"}),
    ("1530", {_I + "UPN": "A999200026001"}, {_I + "UPN": "A001200026001"}),
    ("1540", {_I + "UPN": "A9312000A6001"}, {_I + "UPN": "A93120002600A"}),
    ("1550", {_I + "UPN": "A93120002600I"}, {_I + "UPN": "A93120002600H"}),
    ("1560Q", {_I + "FormerUPN": "X98765432123B"}, {_I + "FormerUPN": "X987654321234"}),
    ("8770Q", {_I + "UPN": None, _I + "UPNunknown": "UN1"}, {_I + "UPN": None, _I + "UPNunknown": "UN3"}),
    ("8770Q", {_I + "UPN": None, _BORN: "2020-08-31"}, {_I + "UPN": None, _BORN: "2020-09-01"}),
    ("8772", {_I + "UPNunknown": "UN7"}, {_I + "UPNunknown": "UN7", _NFA: "1"}),
    ("8525Q", {_EXPECTED: "2026-05-01"}, {_BORN: None, _EXPECTED: "2026-05-01"}),
    ("8525Q", {_BORN: None}, {}),
    ("8520", {_BORN: "2026-04-01"}, {_BORN: "2026-03-31"}),
    ("8530Q", {_BORN: None, _EXPECTED: "2026-12-31"}, {_BORN: None, _EXPECTED: "2026-12-30"}),
    ("8530Q", {_BORN: None, _EXPECTED: "2026-03-01"}, {_BORN: None, _EXPECTED: "2026-03-02"}),
    ("8535Q", {_DIED: "2015-03-14"}, {_DIED: "2015-03-15"}),
    ("8545Q", {_DIED: "2025-03-31"}, {_DIED: "2025-04-01"}),
    ("8585Q", closed("2026-01-05", "RC2"), {**closed("2026-01-05", "RC2"), _DIED: "2026-01-01"}),
    ("8775Q", {_BORN: "2001-03-30"}, {_BORN: "2001-03-31"}),
    ("8775Q", {_BORN: "2000-06-01"}, {_BORN: "2000-06-01", **closed("2025-06-01")}),
    ("4180", {_I + "Sex": "1"}, {_I + "Sex": "U"}),
    ("4180", {_I + "Sex": None, _I + "GenderCurrent": "1"}, {_I + "GenderCurrent": "1"}),
    ("8750", {_BORN: None, _EXPECTED: "2026-05-01"}, {_BORN: None, _EXPECTED: "2026-05-01", _I + "Sex": "U"}),
    ("4220", {_C + "Ethnicity": "WHIT"}, {_C + "Ethnicity": "REFU"}),
    ("4220", {_C[:-1]: None}, {}),
    ("8540", {_C + "Disabilities": None}, {_C + "Disabilities": None, _NFA: "1"}),
    ("8540", {_C + "Disabilities/Disability": "LEG"}, {_C + "Disabilities/Disability": "MOB"}),
    ("8790", {_C + "Disabilities/Disability[2]": "MOB"}, {_C + "Disabilities/Disability": "MOB"}),
    ("8794", {_C + "Disabilities/Disability[2]": "NONE"}, {_C + "Disabilities/Disability[2]": "MOB"}),
    ("8590", {E[:-1]: None}, {}),
    ("8600", {_REFERRED: "2026-04-01"}, {_REFERRED: "2026-03-31"}),
    ("8600", {_REFERRED: None}, {}),
    (
        "8606",
        {_BORN: None, _EXPECTED: "2026-05-15", _REFERRED: "2025-08-07"},
        {_BORN: None, _EXPECTED: "2026-05-15", _REFERRED: "2025-08-08"},
    ),
    ("8555Q", {_DIED: "2025-04-30"}, {_DIED: "2025-05-01"}),
    ("8568", {_NFA: "yes"}, {_NFA: "true"}),
    ("8569Q", {_REFERRED: "2025-03-28", _NFA: "1"}, {_REFERRED: "2025-03-31", _NFA: "1"}),
    ("8610", {E + "PrimaryNeedCode": None}, {E + "PrimaryNeedCode": None, _NFA: "1"}),
    ("8650", {E + "PrimaryNeedCode": "N10"}, {E + "PrimaryNeedCode": "N0"}),
    ("8866", {E + "ReferralSource": "2C"}, {E + "ReferralSource": "10"}),
    (
        "8866",
        {E + "ReferralSource": None, _REFERRED: "2013-04-01"},
        {E + "ReferralSource": None, _REFERRED: "2013-03-31"},
    ),
    ("8805", {_CLOSED: "2026-01-05"}, closed("2026-01-05")),
    ("8810", {_REASON: "RC7"}, closed("2026-01-05")),
    ("8640", closed("2026-01-05", "RC10"), closed("2026-01-05", "RC6")),
    ("8620", closed("2025-03-31"), closed("2025-04-01")),
    ("8620", closed("2026-04-01"), closed("2026-03-31")),
    ("8630", closed("2025-04-30"), closed("2025-05-01")),
    ("8815", second_episode("2025-09-01"), {**second_episode("2025-09-01"), **closed("2025-08-31")}),
    ("8816", second_episode("2025-09-01", "2025-10-01"), second_episode("2025-04-10", "2025-04-30")),
    ("8820", second_episode("2025-04-10", "2025-05-02"), second_episode("2025-04-10", "2025-05-01")),
    ("2990", closed("2026-01-05", "RC8"), {**closed("2026-01-05", "RC8"), **_NOTHING_ELSE}),
    (
        "8825Q",
        {**closed("2026-01-05", "RC9"), **_NOTHING_ELSE, A[:-1]: None},
        {**closed("2026-01-05", "RC9"), **_NOTHING_ELSE},
    ),
    ("2991Q", {A[:-1]: None}, {A[:-1]: None, S[:-1]: None}),
    ("8867", {**closed("2026-01-05"), _DONE: None}, closed("2026-01-05")),
    ("8868", {**closed("2026-01-05"), _HELD: None}, {**closed("2026-01-05"), _HELD: None, _NOT_REQUIRED: "1"}),
    ("8868", {**closed("2026-01-05"), _NOT_REQUIRED: "1"}, closed("2026-01-05")),
    ("8565", closed("2025-06-19"), closed("2025-06-20")),
    ("8565", {**closed("2026-01-05"), _PLAN_END: "2026-01-06"}, {**closed("2026-01-05"), _PLAN_END: "2026-01-05"}),
    ("4000", {_NFA: "1"}, {_NFA: "1", N[:-1]: None}),
    ("8831", {_NFA: "1", S[:-1]: None}, {_NFA: "1", S[:-1]: None, A[:-1]: None}),
    ("8832", {_NFA: "1"}, {_NFA: "1", P[:-1]: None}),
    ("1103", {_START: "2025-04-30"}, {_START: "2025-05-01"}),
    ("8608", {_START: None}, {_START: "2025-06-20"}),
    ("8608", {_DONE: "2025-05-05"}, {_DONE: "2025-05-06"}),
    ("8696", {_DONE: "2026-04-01"}, {_DONE: "2026-03-31"}),
    ("8736", {_DONE: None, _START: "2025-03-31"}, {_DONE: None, _START: "2025-04-01"}),
    ("8736", {_DONE: None, _START: None}, {_START: None}),
    ("8670Q", {_DONE: None, _START: "2026-01-26"}, {_DONE: None, _START: "2026-01-27"}),
    (
        "8896",
        {_DONE: None, **second("Assessments", AssessmentActualStartDate="2025-07-01")},
        second("Assessments", AssessmentActualStartDate="2025-07-01"),
    ),
    (
        "8863Q",
        second("Assessments", AssessmentActualStartDate="2025-06-20"),
        second("Assessments", AssessmentActualStartDate="2025-06-21"),
    ),
    ("8614", {_DONE: None}, {_DONE: None, _FACTORS: None}),
    ("8897Q", {_FACTORS: None}, {_FACTORS: None, _DONE: None}),
    ("8897Q", {A + FACTOR: "RB"}, {A + FACTOR: "24A"}),
    ("8869", {A + FACTOR: "21"}, {_FACTORS: None, A + FACTOR + "[3]": "20"}),
    (
        "8873Q",
        {A + FACTOR: "21", A + FACTOR + "[2]": None},
        {A + FACTOR: "21", A + FACTOR + "[2]": None, **closed("2026-01-05", "RC8")},
    ),
    ("8898", {A + FACTOR + "[2]": "3B"}, {A + FACTOR + "[2]": "3C"}),
    ("8945Q", {A + FACTOR: "18A"}, {A + FACTOR: "18B"}),
    ("8950Q", {A + FACTOR: "19A"}, {A + FACTOR: "19C"}),
    ("2889", {_ENQUIRED: "2025-04-30"}, {_ENQUIRED: "2025-05-01"}),
    ("1104", {_HELD: "2025-04-30"}, {_HELD: "2025-05-01"}),
    ("1104", {E + "DateOfInitialCPC": "2025-04-30"}, {E + "DateOfInitialCPC": "2025-05-01"}),
    ("8615", {_ENQUIRED: "2025-05-30"}, {_ENQUIRED: "2025-05-29"}),
    ("8615", {_ENQUIRED: None}, {}),
    ("8675Q", {_HELD: None}, {_HELD: None, _NOT_REQUIRED: "1"}),
    ("8675Q", {_HELD: None, _ENQUIRED: "2026-03-09"}, {_HELD: None, _ENQUIRED: "2026-03-10"}),
    (
        "8890",
        second("Section47", S47ActualStartDate="2025-05-29", ICPCnotRequired="1"),
        second("Section47", S47ActualStartDate="2025-05-30", ICPCnotRequired="1"),
    ),
    (
        "8839",
        {_HELD: None, **second("Section47", S47ActualStartDate="2025-06-02")},
        {_HELD: None, **second("Section47", S47ActualStartDate="2025-06-02", ICPCnotRequired="1")},
    ),
    ("8740", {_HELD: None, _ENQUIRED: "2025-03-31"}, {_HELD: None, _ENQUIRED: "2025-04-01"}),
    ("8870Q", {S + "InitialCPCtarget": "2025-05-31"}, {S + "InitialCPCtarget": "2025-05-30"}),
    ("8875", {_HELD: "2025-05-31"}, {_HELD: "2025-05-30"}),
    ("8875", {E + "DateOfInitialCPC": "2025-06-01"}, {E + "DateOfInitialCPC": "2025-06-02"}),
    ("8715", {_HELD: "2025-03-31"}, {_HELD: "2025-04-01"}),
    ("2884", {E + "DateOfInitialCPC": "2025-05-29"}, {E + "DateOfInitialCPC": "2025-05-28"}),
    ("4015", {_IN_NEED: "2025-04-30"}, {_IN_NEED: "2025-05-01"}),
    ("4010", {_IN_NEED: "2026-04-01"}, {_IN_NEED: "2026-03-31"}),
    ("4010", {_IN_NEED: None}, {}),
    ("4011", {_IN_NEED_END: "2025-05-07"}, {_IN_NEED_END: "2025-05-08"}),
    ("4012Q", {_IN_NEED_END: "2025-05-08"}, {_IN_NEED_END: "2025-05-09"}),
    ("4013", {_IN_NEED_END: "2026-04-01"}, {_IN_NEED_END: "2026-03-31"}),
    (
        "4004",
        {_IN_NEED_END: None, **second("CINPlanDates", CINPlanStartDate="2025-05-20")},
        second("CINPlanDates", CINPlanStartDate="2025-05-20"),
    ),
    (
        "4014",
        second("CINPlanDates", CINPlanStartDate="2025-05-29", CINPlanEndDate="2025-06-01"),
        second("CINPlanDates", CINPlanStartDate="2025-05-30", CINPlanEndDate="2025-06-01"),
    ),
    ("4008", {_DIED: "2025-05-07"}, {_DIED: "2025-05-08"}),
    ("4009Q", {_DIED: "2025-05-28"}, {_DIED: "2025-05-29"}),
    ("4001", {_IN_NEED_END: None}, {_IN_NEED_END: None, _PLAN_END: "2025-09-01"}),
    (
        "4003",
        {_PLAN_END: "2025-08-25", **second("CINPlanDates", CINPlanStartDate="2025-08-20", CINPlanEndDate="2025-09-01")},
        {_PLAN_END: "2025-08-25", **second("CINPlanDates", CINPlanStartDate="2025-08-21", CINPlanEndDate="2025-09-01")},
    ),
    ("4016", second("CINPlanDates", CINPlanStartDate="2025-05-29"), {_IN_NEED: "2025-05-28"}),
    (
        "4016",
        {_PLAN_END: "2025-09-01", **second("CINPlanDates", CINPlanStartDate="2025-08-31")},
        {_PLAN_END: "2025-09-01", **second("CINPlanDates", CINPlanStartDate="2025-09-01")},
    ),
    ("4017", {_IN_NEED_END: "2025-05-30"}, {_IN_NEED_END: "2025-05-29"}),
    ("1105", {_PLAN: "2025-04-30"}, {_PLAN: "2025-05-01"}),
    ("2885", {_PLAN: "2025-05-30"}, {_PLAN: "2025-05-30", E + "DateOfInitialCPC": "2025-05-30"}),
    ("2885", {_NOT_REQUIRED: "1"}, {_NOT_REQUIRED: "1", _PLAN: "2025-03-31"}),
    ("8720", {_PLAN: "2026-04-01"}, {_PLAN: "2026-03-31"}),
    ("8720", {_PLAN: None}, {}),
    ("8925", {_PLAN_END: "2025-05-28"}, {_PLAN_END: "2025-05-30"}),
    ("8840", {_PLAN_END: "2025-05-29"}, {_PLAN_END: "2025-05-30"}),
    ("8930", {_PLAN_END: "2025-03-31"}, {_PLAN_END: "2025-04-01"}),
    ("8905", {P + "InitialCategoryOfAbuse": "XXX"}, {P + "InitialCategoryOfAbuse": "MUL"}),
    ("8910", {P + "LatestCategoryOfAbuse": None}, {P + "LatestCategoryOfAbuse": "SAB"}),
    ("8730", {P + "NumberOfPreviousCPP": None}, {P + "NumberOfPreviousCPP": "10"}),
    ("8730", {P + "NumberOfPreviousCPP": "-1"}, {P + "NumberOfPreviousCPP": "0"}),
    ("8841", {P + REVIEW: "2025-05-29"}, {P + REVIEW: "2025-05-30"}),
    ("8842Q", {P + REVIEW: ""}, {P + "Reviews": None}),
    ("8935", second_protection("2025-07-01"), {_PLAN_END: "2025-06-30", **second_protection("2025-07-01")}),
    (
        "8940",
        {_PLAN_END: "2025-07-01", **second_protection("2025-07-01")},
        {_PLAN_END: "2025-06-30", **second_protection("2025-07-01")},
    ),
    ("8915", {_DIED: "2025-05-28"}, {_DIED: "2025-05-29"}),
    ("8920", {_PLAN_END: "2025-09-02", _DIED: "2025-09-01"}, {_PLAN_END: "2025-09-01", _DIED: "2025-09-01"}),
]


@pytest.mark.parametrize(("rule", "breaking", "keeping"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_a_rule_finds_what_breaks_it_and_not_what_keeps_it(rule: str, breaking: Changes, keeping: Changes) -> None:
    assert rule in rules_broken(breaking)
    assert rule not in rules_broken(keeping)


def test_the_clean_child_breaks_no_rule() -> None:
    assert rules_broken() == set()


def test_every_rule_has_a_case() -> None:
    assert {rule.number for rule in RULES} == {rule for rule, _, _ in CASES}


def test_every_rule_of_the_reference_table_is_here() -> None:
    table = (
        "100 1570 1580 8500 8510 1510 1520 1530 1540 1550 1560Q 8525Q 8520 8530Q 8540 4220 4180 8600 8606 8568 8569Q "
        "8610 8805 8810 8620 8630 8815 8816 8820 8590 4000 8831 8832 2990 8825Q 8867 8868 8565 1103 1104 1105 2889 4015 "
        "8608 8696 8736 8614 8897Q 8896 8869 8873Q 8898 8615 8675Q 8890 8839 8740 8870Q 8875 2884 2883 2885 8840 8841 "
        "8925 8930 8935 8940 8905 8910 8730 4001 4003 4016 4017 4004 4010 4011 4013 4014 4012Q 4008 4009Q 8915 8920 "
        "8555Q 8585Q 8545Q 2886Q 2887Q 2888Q 8866 8650 8640 8750 8772 8790 8794 8945Q 8950Q"
    )

    assert set(table.split()) <= {rule.number for rule in RULES} | set(FILE_RULES)


def test_rule_numbers_and_words_are_used_once() -> None:
    rules = [*RULES, *FILE_RULES.values()]

    assert len({rule.number for rule in rules}) == len(rules)
    assert len({rule.words for rule in rules}) == len(rules)


def on_file(content: bytes) -> set[str]:
    return {one.rule for one in findings_of(content)}


def with_id(number: int, changes: Changes | None = None) -> Changes:
    return {_I + "LAchildID": f"X{number}", _I + "UPN": upn_of(number), **(changes or {})}


def test_the_reference_date_is_31_march_of_the_year() -> None:
    assert "100" in on_file(file_of(year="2025"))
    assert "100" in on_file(file_of(reference_date="2026-03-30"))
    assert "100" not in on_file(file_of())


def test_two_children_with_one_number_are_found_and_the_second_is_refused() -> None:
    twice = findings_of(file_of(child_xml(), child_xml()))

    assert [(one.rule, one.refused) for one in twice if one.rule in {"8510", "1520"}] == [
        ("8510", "Child[2]"),
        ("1520", "Child[2]/ChildIdentifiers/UPN"),
    ]
    assert not {"8510", "1520"} & on_file(file_of(child_xml(with_id(1)), child_xml(with_id(2))))


def test_more_plans_than_conferences_are_found() -> None:
    without_conference: Changes = {_HELD: None, _NOT_REQUIRED: "1"}

    assert "2883" in on_file(file_of(child_xml(without_conference)))
    assert "2883" not in on_file(file_of(child_xml()))


def test_more_than_two_per_cent_without_a_sex_are_found() -> None:
    without = child_xml(with_id(100, {_I + "Sex": "U"}))
    others = [child_xml(with_id(number)) for number in range(49)]

    assert "2886Q" in on_file(file_of(without, *others[:48]))
    assert "2886Q" not in on_file(file_of(without, *others))


def test_the_unborn_need_no_sex() -> None:
    unborn: Changes = {_BORN: None, _EXPECTED: "2026-05-01", _I + "Sex": "U"}

    assert "2886Q" not in on_file(file_of(child_xml(unborn)))


def test_fewer_than_eight_disability_codes_and_one_code_for_each_child_are_found() -> None:
    codes = ("MOB", "HAND", "PC", "INC", "COMM", "LD", "HEAR", "VIS")
    single = [child_xml(with_id(n, {_C + "Disabilities/Disability": code})) for n, code in enumerate(codes)]
    double = child_xml(with_id(9, {_C + "Disabilities/Disability": "MOB", _C + "Disabilities/Disability[2]": "VIS"}))

    assert "2887Q" in on_file(file_of(*single[:7]))
    assert "2887Q" not in on_file(file_of(*single))
    assert "2888Q" in on_file(file_of(*single))
    assert "2888Q" not in on_file(file_of(*single, double))


def test_gender_codes_are_read_up_to_the_year_in_which_sex_replaced_them() -> None:
    gendered = child_xml({_I + "Sex": None, _I + "GenderCurrent": "2"})
    wrong = child_xml({_I + "Sex": None, _I + "GenderCurrent": "F"})

    assert "4180" not in on_file(file_of(gendered, year="2024", reference_date="2024-03-31"))
    assert "4180" in on_file(file_of(wrong, year="2024", reference_date="2024-03-31"))
    assert "4180" in on_file(file_of(gendered, year="2025", reference_date="2025-03-31"))


def test_a_clean_child_is_described_with_paths_that_exist() -> None:
    assert all(rules_broken({path: text}) == set() for path, text in CLEAN.items())
