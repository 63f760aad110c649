"""Reading a children in need census file as a stream: one child at a time, with the place of every text.

A census file comes from outside. Document types, entities and references to other files are refused while
parsing; what is kept of one child is bounded; nothing of a child is kept once the next one begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml import DefusedXmlException

from libs.kernel.errors import Invalid
from services.referrals.domain.census.records import (
    Assessment,
    Child,
    CinPlan,
    Enquiry,
    Episode,
    Field,
    Header,
    ProtectionPlan,
)

_CHUNK = 64 * 1024
_MOST_SILENCE = 1024 * 1024  # bytes read without any element: one giant tag or comment
_MOST_ELEMENTS = 5_000  # of one child; a long history has some hundreds
_DEEPEST = 12
_LONGEST_TEXT = 64  # characters kept of one element; the longest code or date has 20
_LONGEST_NAME = 64
_RECORDS = frozenset({"Header", "Child"})


class CensusFileRefused(Invalid):
    """The file is not a children in need census that can be read."""

    slug = "census-file"


@dataclass(slots=True)
class _Element:
    """An element while it is read."""

    name: str
    path: str
    line: int
    text: str = ""
    children: list["_Element"] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)  # how many children of each name it has so far


class _Collector(ContentHandler):
    """Gathers the header and each child; texts between elements, and elements outside both, are passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.finished: list[_Element] = []
        self.heard = False
        self.children = 0
        self._depth = 0
        self._root_seen = False
        self._open: list[_Element] = []
        self._elements = 0
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 (the parser's name)
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: ARG002, N802
        self.heard = True
        self._depth += 1
        line = self._locator.getLineNumber()
        if self._depth > _DEEPEST:
            raise CensusFileRefused(f"Elements are nested more than {_DEEPEST} deep.", line=line)
        local = name.rpartition(":")[2][:_LONGEST_NAME]
        if not self._root_seen:
            self._root_seen = True
            if local != "Message":
                raise CensusFileRefused("The outermost element is not Message.", line=line)
        if self._open:
            self._enter(local, line)
        elif local in _RECORDS:
            self._begin(local, line)

    def _begin(self, name: str, line: int) -> None:
        self._elements = 0
        self.children += name == "Child"
        path = f"Child[{self.children}]" if name == "Child" else name
        self._open.append(_Element(name, path, line))

    def _enter(self, name: str, line: int) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise CensusFileRefused(f"A child has more than {_MOST_ELEMENTS} elements.", line=line)
        parent = self._open[-1]
        count = parent.named[name] = parent.named.get(name, 0) + 1
        element = _Element(name, f"{parent.path}/{name}" + (f"[{count}]" if count > 1 else ""), line)
        parent.children.append(element)
        self._open.append(element)

    def characters(self, content: str) -> None:
        self.heard = True
        if self._open and len(self._open[-1].text) <= _LONGEST_TEXT:
            self._open[-1].text += content[: _LONGEST_TEXT + 1]

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        self.heard = True
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            if not self._open:
                self.finished.append(element)


def read(stream: BinaryIO) -> tuple[Header, Iterator[Child]]:
    """Return the header of a census file and its children, read as they are asked for.

    Raises `CensusFileRefused` if it has a document type, entities or references, or is no such file; while
    the children are read, if it is broken further on.
    """
    elements = _elements(stream)
    first = next(elements, None)
    if first is None or first.name != "Header":
        raise CensusFileRefused("There is no header before the children.")
    return _header(first), _children(elements)


def _children(elements: Iterator[_Element]) -> Iterator[Child]:
    position = 0
    for element in elements:
        if element.name == "Child":
            position += 1
            yield _child(element, position)


def _elements(stream: BinaryIO) -> Iterator[_Element]:
    collector = _Collector()
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(collector)
    collector.setDocumentLocator(parser)  # a parser that is fed by hand does not say so itself
    silence = 0
    while chunk := stream.read(_CHUNK):
        _feed(parser, chunk)
        silence = 0 if collector.heard else silence + len(chunk)
        if silence > _MOST_SILENCE:
            raise CensusFileRefused("There is a tag or a comment of more than a megabyte.", line=_line(parser))
        collector.heard = False
        yield from collector.finished
        collector.finished.clear()
    _close(parser)
    yield from collector.finished


def _feed(parser: Any, chunk: bytes) -> None:
    try:
        parser.feed(chunk)
    except DefusedXmlException:
        raise CensusFileRefused(
            "Document types, entities and references to other files are not read.", line=_line(parser)
        ) from None
    except SAXParseException as broken:
        raise CensusFileRefused("It is not well-formed XML.", line=broken.getLineNumber()) from None
    except (UnicodeError, ValueError, LookupError):
        raise CensusFileRefused("Its text cannot be decoded.", line=_line(parser)) from None


def _close(parser: Any) -> None:
    try:
        parser.close()
    except SAXParseException as broken:
        raise CensusFileRefused("It ends too early.", line=broken.getLineNumber()) from None


def _line(parser: Any) -> int:
    return int(parser.getLineNumber() or 0)


def _header(element: _Element) -> Header:
    details = _under(element, "CollectionDetails")
    return Header(
        path=element.path,
        line=element.line,
        collection=_field(details, "Collection"),
        year=_field(details, "Year"),
        reference_date=_field(details, "ReferenceDate"),
        authority=_field(_under(element, "Source"), "LEA"),
    )


def _child(element: _Element, position: int) -> Child:
    identifiers = _under(element, "ChildIdentifiers")
    characteristics = _under(element, "ChildCharacteristics")
    return Child(
        path=element.path,
        line=element.line,
        position=position,
        la_child_id=_field(identifiers, "LAchildID"),
        upn=_field(identifiers, "UPN"),
        former_upn=_field(identifiers, "FormerUPN"),
        upn_unknown=_field(identifiers, "UPNunknown"),
        birth_date=_field(identifiers, "PersonBirthDate"),
        expected_date=_field(identifiers, "ExpectedPersonBirthDate"),
        sex=_field(identifiers, "Sex"),
        gender=_field(identifiers, "GenderCurrent"),
        death_date=_field(identifiers, "PersonDeathDate"),
        ethnicity=_field(characteristics, "Ethnicity"),
        disabilities=_fields(_all_under(characteristics, "Disabilities"), "Disability"),
        episodes=tuple(_episode(one) for one in _all_under(element, "CINdetails")),
    )


def _episode(element: _Element) -> Episode:
    return Episode(
        path=element.path,
        line=element.line,
        referral_date=_field(element, "CINreferralDate"),
        source=_field(element, "ReferralSource"),
        primary_need=_field(element, "PrimaryNeedCode"),
        closure_date=_field(element, "CINclosureDate"),
        closure_reason=_field(element, "ReasonForClosure"),
        conference=_field(element, "DateOfInitialCPC"),
        no_further_action=_field(element, "ReferralNFA"),
        assessments=tuple(_assessment(one) for one in _all_under(element, "Assessments")),
        cin_plans=tuple(_cin_plan(one) for one in _all_under(element, "CINPlanDates")),
        enquiries=tuple(_enquiry(one) for one in _all_under(element, "Section47")),
        protection_plans=tuple(_protection_plan(one) for one in _all_under(element, "ChildProtectionPlans")),
    )


def _assessment(element: _Element) -> Assessment:
    return Assessment(
        path=element.path,
        line=element.line,
        started=_field(element, "AssessmentActualStartDate"),
        authorised=_field(element, "AssessmentAuthorisationDate"),
        factors=_fields(_all_under(element, "FactorsIdentifiedAtAssessment"), "AssessmentFactors"),
    )


def _cin_plan(element: _Element) -> CinPlan:
    return CinPlan(
        path=element.path,
        line=element.line,
        start=_field(element, "CINPlanStartDate"),
        end=_field(element, "CINPlanEndDate"),
    )


def _enquiry(element: _Element) -> Enquiry:
    return Enquiry(
        path=element.path,
        line=element.line,
        started=_field(element, "S47ActualStartDate"),
        target=_field(element, "InitialCPCtarget"),
        conference=_field(element, "DateOfInitialCPC"),
        not_required=_field(element, "ICPCnotRequired"),
    )


def _protection_plan(element: _Element) -> ProtectionPlan:
    return ProtectionPlan(
        path=element.path,
        line=element.line,
        start=_field(element, "CPPstartDate"),
        end=_field(element, "CPPendDate"),
        initial_category=_field(element, "InitialCategoryOfAbuse"),
        latest_category=_field(element, "LatestCategoryOfAbuse"),
        previous=_field(element, "NumberOfPreviousCPP"),
        reviews=_fields(_all_under(element, "Reviews"), "CPPreviewDate"),
    )


def _all_under(element: _Element, name: str) -> tuple[_Element, ...]:
    return tuple(child for child in element.children if child.name == name)


def _under(element: _Element, name: str) -> _Element:
    found = _all_under(element, name)
    return found[0] if found else _Element(name, f"{element.path}/{name}", element.line)


def _field(element: _Element, name: str) -> Field:
    found = _under(element, name)
    return Field(found.path, found.line, found.text.strip())


def _fields(elements: tuple[_Element, ...], name: str) -> tuple[Field, ...]:
    """Return every such text of every such element: some systems repeat the outer one, some the inner."""
    found = (child for element in elements for child in _all_under(element, name))
    return tuple(Field(child.path, child.line, child.text.strip()) for child in found)
