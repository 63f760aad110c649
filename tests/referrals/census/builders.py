"""Invented children of a census, as XML: one clean child to change, and clean children at random."""

import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from services.referrals import census_file
from services.referrals.domain.census.findings import Finding, period_of
from services.referrals.domain.census.judgement import judge
from services.referrals.domain.census.records import Child
from services.referrals.domain.census.whole_file import Tally, check_header

HERE = Path(__file__).parent
SAMPLE_2021 = HERE / "CIN_Census_2021.xml"
SAMPLE_2024 = HERE / "CIN_Census_2024.xml"

#: From an element's path under Child to its text; None removes the element, a new path makes it.
Changes = Mapping[str, str | None]
#: Draws a whole number between two, both included: a seeded generator's `randint`, or Hypothesis.
Draw = Callable[[int, int], int]

_I = "ChildIdentifiers/"
_C = "ChildCharacteristics/"
E = "CINdetails/"
A = E + "Assessments/"
S = E + "Section47/"
P = E + "ChildProtectionPlans/"
N = E + "CINPlanDates/"
FACTOR = "FactorsIdentifiedAtAssessment/AssessmentFactors"
REVIEW = "Reviews/CPPreviewDate"

#: A child of the year to March 2026: referred in May, assessed, in need for three weeks, then on a protection plan.
CLEAN: Changes = {
    _I + "LAchildID": "X0000001",
    _I + "UPN": "U931200026001",
    _I + "PersonBirthDate": "2015-03-15",
    _I + "Sex": "F",
    _C + "Ethnicity": "WBRI",
    _C + "Disabilities/Disability": "NONE",
    E + "CINreferralDate": "2025-05-01",
    E + "ReferralSource": "2A",
    E + "PrimaryNeedCode": "N1",
    A + "AssessmentActualStartDate": "2025-05-06",
    A + "AssessmentAuthorisationDate": "2025-06-20",
    A + FACTOR: "3B",
    A + FACTOR + "[2]": "4B",
    N + "CINPlanStartDate": "2025-05-08",
    N + "CINPlanEndDate": "2025-05-29",
    S + "S47ActualStartDate": "2025-05-08",
    S + "InitialCPCtarget": "2025-05-30",
    S + "DateOfInitialCPC": "2025-05-29",
    S + "ICPCnotRequired": "0",
    E + "ReferralNFA": "0",
    P + "CPPstartDate": "2025-05-29",
    P + "InitialCategoryOfAbuse": "EMO",
    P + "LatestCategoryOfAbuse": "NEG",
    P + "NumberOfPreviousCPP": "0",
    P + REVIEW: "2025-08-20",
}


def child_xml(*changes: Changes) -> ET.Element:
    """Build the clean child with changes."""
    texts: dict[str, str | None] = {}
    for some in (CLEAN, *changes):
        texts.update(some)
        for path in [path for path, text in some.items() if text is None]:
            for under in [known for known in texts if known == path or known.startswith(path + "/")]:
                texts[under] = None
    element = ET.Element("Child")
    for path, text in texts.items():
        if text is not None:
            _put(element, path, text)
    return element


def _put(element: ET.Element, path: str, text: str) -> None:
    for step in path.split("/"):
        name, _, index = step.rstrip("]").partition("[")
        found = element.findall(name)
        while len(found) < int(index or 1):
            found.append(ET.SubElement(element, name))
        element = found[int(index or 1) - 1]
    element.text = text


def file_of(*children: ET.Element, year: str = "2026", reference_date: str = "2026-03-31") -> bytes:
    """Write a census file with these children."""
    message = ET.Element("Message")
    for path, text in (
        ("Header/CollectionDetails/Collection", "CIN"),
        ("Header/CollectionDetails/Year", year),
        ("Header/CollectionDetails/ReferenceDate", reference_date),
        ("Header/Source/LEA", "931"),
    ):
        _put(message, path, text)
    ET.SubElement(message, "Children").extend(children)
    ET.indent(message)
    return ET.tostring(message, encoding="utf-8", xml_declaration=True)


def read_all(content: bytes) -> list[Child]:
    """Read all children of a file."""
    _, children = census_file.read(io.BytesIO(content))
    return list(children)


def findings_of(content: bytes) -> list[Finding]:
    """Read a file and check every rule on its header, its children and itself."""
    header, children = census_file.read(io.BytesIO(content))
    period = period_of(header)
    tally = Tally(header, period)
    found = list(check_header(header))
    for child in children:
        found += tally.add(child)
        found += judge(child, period).findings
    return found + list(tally.end())


def rules_broken(*changes: Changes) -> set[str]:
    """Name the rules that the clean child breaks after the changes, without those on whole files."""
    (child,) = read_all(file_of(child_xml(*changes)))
    header, _ = census_file.read(io.BytesIO(file_of()))
    return {one.rule for one in judge(child, period_of(header)).findings}


def upn_of(number: int) -> str:
    """Make the pupil number of this serial number, with its check letter."""
    body = f"931{number:09}"
    total = sum(int(sign) * weight for sign, weight in zip(body, range(2, 14), strict=True))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + body


FIRST, LAST = date(2024, 4, 1), date(2025, 3, 31)
_FACTORS = ("1B", "2B", "3B", "3A", "4A", "4B", "7A", "16A", "17A", "24A")
_DISABILITIES = ("MOB", "HAND", "PC", "INC", "COMM", "LD", "HEAR", "VIS", "BEH", "AUT")


class Invented:
    """A clean child of the year to March 2025, invented by drawing numbers."""

    def __init__(self, number: int, draw: Draw) -> None:
        """Draw one of the journeys that a child can take."""
        self.number = number
        self.draw = draw
        self.texts: dict[str, str] = {}
        journey = (self._unborn, self._no_action, self._assessed, self._in_need, self._enquired, self._protected)
        chosen = journey[draw(0, len(journey) - 1)]
        self._identify(unborn=chosen == self._unborn)
        self._refer(FIRST + timedelta(days=draw(0, 120)), action=chosen != self._no_action)
        chosen()

    @property
    def xml(self) -> ET.Element:
        """The child's element."""
        element = ET.Element("Child")
        for path, text in self.texts.items():
            _put(element, path, text)
        return element

    def _identify(self, *, unborn: bool) -> None:
        self.texts[_I + "LAchildID"] = f"INV{self.number:07}"
        if unborn:
            self.texts[_I + "UPNunknown"] = "UN1"
            self.texts[_I + "ExpectedPersonBirthDate"] = (LAST + timedelta(days=self.draw(-20, 200))).isoformat()
        else:
            self.texts[_I + "UPN"] = upn_of(self.number)
            self.texts[_I + "PersonBirthDate"] = (FIRST - timedelta(days=self.draw(200, 16 * 365))).isoformat()
        self.texts[_I + "Sex"] = "U" if unborn else ("F", "M")[self.draw(0, 1)]
        self.texts[_C + "Ethnicity"] = ("WBRI", "MWBC", "APKN", "BAFR", "NOBT")[self.draw(0, 4)]
        codes = [_DISABILITIES[self.draw(0, 4)], _DISABILITIES[self.draw(5, 9)]][: self.draw(0, 2)] or ["NONE"]
        for place, code in enumerate(codes, 1):
            self.texts[f"{_C}Disabilities/Disability[{place}]"] = code

    def _refer(self, day: date, *, action: bool) -> None:
        self.referred = day
        self._say(E + "CINreferralDate", day)
        self.texts[E + "ReferralSource"] = ("1A", "2A", "3A", "6", "10")[self.draw(0, 4)]
        self.texts[E + "ReferralNFA"] = "0" if action else "1"
        if action:
            self.texts[E + "PrimaryNeedCode"] = f"N{self.draw(1, 8)}"

    def _say(self, path: str, day: date) -> date:
        self.texts[path] = day.isoformat()
        return day

    def _later(self, day: date, fewest: int, most: int) -> date:
        return day + timedelta(days=self.draw(fewest, most))

    def _weekday(self, day: date) -> date:
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)

    def _unborn(self) -> None:
        # Referred late in the year, within forty weeks of the birth; the assessment goes on.
        self.referred = self._say(E + "CINreferralDate", LAST - timedelta(days=self.draw(40, 55)))
        self._say(A + "AssessmentActualStartDate", self._later(self.referred, 0, 5))

    def _no_action(self) -> None:
        """Only a referral."""

    def _assess(self) -> date:
        started = self._say(A + "AssessmentActualStartDate", self._later(self.referred, 0, 5))
        done = self._say(A + "AssessmentAuthorisationDate", self._later(started, 5, 60))
        first, second = self.draw(0, 4), self.draw(5, 9)
        for place, factor in enumerate((_FACTORS[first], _FACTORS[second])[: self.draw(1, 2)], 1):
            self.texts[f"{A}{FACTOR}[{place}]"] = factor
        return done

    def _close(self, day: date, reason: str) -> None:
        self._say(E + "CINclosureDate", day)
        self.texts[E + "ReasonForClosure"] = reason

    def _assessed(self) -> None:
        self._close(self._later(self._assess(), 0, 5), ("RC8", "RC9")[self.draw(0, 1)])

    def _in_need(self) -> None:
        self._plan(self._assess())

    def _plan(self, day: date) -> None:
        start = self._say(N + "CINPlanStartDate", self._later(day, 0, 10))
        if self.draw(0, 1):
            end = self._say(N + "CINPlanEndDate", self._later(start, 1, 60))
            self._close(self._later(end, 0, 3), "RC7")

    def _enquired(self) -> None:
        self._say(S + "S47ActualStartDate", self._later(self.referred, 0, 3))
        self.texts[S + "ICPCnotRequired"] = ("1", "true")[self.draw(0, 1)]
        self._plan(self._assess())

    def _protected(self) -> None:
        assessed = self._assess()
        started = self._say(S + "S47ActualStartDate", self._later(self.referred, 0, 3))
        held = self._weekday(self._later(max(started, self.referred), 8, 18))
        self._say(S + "InitialCPCtarget", self._weekday(started + timedelta(days=21)))
        self._say(S + "DateOfInitialCPC", held)
        self.texts[S + "ICPCnotRequired"] = "0"
        start = self._say(P + "CPPstartDate", held)
        self.texts[P + "InitialCategoryOfAbuse"] = ("NEG", "EMO", "PHY", "SAB")[self.draw(0, 3)]
        self.texts[P + "LatestCategoryOfAbuse"] = ("NEG", "EMO")[self.draw(0, 1)]
        self.texts[P + "NumberOfPreviousCPP"] = str(self.draw(0, 3))
        review = self._say(P + REVIEW, self._weekday(self._later(start, 60, 90)))
        if self.draw(0, 1):
            end = self._say(P + "CPPendDate", self._later(review, 0, 1))
            self._plan(max(end, assessed))


def invented_file(children: Iterable[ET.Element]) -> bytes:
    """Write the census file of the year to March 2025 with these children."""
    return file_of(*children, year="2025", reference_date="2025-03-31")
