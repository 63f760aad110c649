"""Reading census files: places, odd elements, and files that mean harm."""

import io
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import pytest

from services.referrals import census_file
from services.referrals.census_file import CensusFileRefused
from tests.referrals.census.builders import SAMPLE_2021, SAMPLE_2024, child_xml, file_of, findings_of, read_all

_HEADER = (
    b"<Message><Header><CollectionDetails><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate>"
    b"</CollectionDetails></Header><Children>"
)


def refused(content: bytes) -> CensusFileRefused:
    with pytest.raises(CensusFileRefused) as caught:
        read_all(content)
    return caught.value


def test_a_file_is_read_with_the_line_of_every_text() -> None:
    (child,) = read_all(SAMPLE_2021.read_bytes())

    lines = SAMPLE_2021.read_text().splitlines()
    (episode,) = child.episodes
    for field in (child.la_child_id, child.birth_date, episode.referral_date, episode.protection_plans[0].reviews[0]):
        assert field.text in lines[field.line - 1]


def test_stray_text_between_elements_is_passed_over() -> None:
    (child,) = read_all(SAMPLE_2021.read_bytes())

    assert (child.upn_unknown.text, child.birth_date.text) == ("UN3", "1965-03-27")


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (
            SAMPLE_2021,
            "1103 1104 1105 1510 1530 1560Q 2887Q 2889 4013 4016 8525Q 8530Q 8545Q 8565 8620 8696 8715 8875 8930",
        ),
        (
            SAMPLE_2024,
            (
                "100 1103 1104 1105 1510 1530 1560Q 1570 1580 2886Q 2887Q 2889 4013 4016 4180 8565 8600 8608 8620 8696 "
                "8715 8897Q 8930"
            ),
        ),
    ],
    ids=["2021", "2024"],
)
def test_the_rules_that_a_sample_breaks_are_found(sample: Path, expected: str) -> None:
    assert sorted({one.rule for one in findings_of(sample.read_bytes())}) == expected.split()


def test_unknown_and_missing_elements_are_no_obstacle() -> None:
    content = (
        _HEADER
        + b"<Child><Wish>x</Wish><CINdetails><New><Deeper/></New></CINdetails></Child><Child/></Children></Message>"
    )

    first, second = read_all(content)

    assert (first.position, second.position) == (1, 2)
    assert not first.la_child_id.given
    assert (len(first.episodes), len(second.episodes)) == (1, 0)


def test_names_with_a_prefix_are_read_by_their_own_part() -> None:
    content = file_of(child_xml()).replace(b"<Child>", b"<c:Child xmlns:c='urn:x'>").replace(b"</Child>", b"</c:Child>")

    assert read_all(content)[0].la_child_id.text == "X0000001"


def test_factors_and_reviews_may_be_repeated_inside_or_outside() -> None:
    content = _HEADER + (
        b"<Child><CINdetails><ChildProtectionPlans><Reviews><CPPreviewDate>2025-08-01</CPPreviewDate>"
        b"<CPPreviewDate>2025-09-01</CPPreviewDate></Reviews><Reviews><CPPreviewDate>2025-10-01</CPPreviewDate></Reviews>"
        b"</ChildProtectionPlans></CINdetails></Child></Children></Message>"
    )

    (child,) = read_all(content)

    reviews = child.episodes[0].protection_plans[0].reviews
    assert [one.text for one in reviews] == ["2025-08-01", "2025-09-01", "2025-10-01"]
    assert len({one.path for one in reviews}) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_files_in_the_usual_encodings_are_read(encoding: str) -> None:
    text = file_of(child_xml()).decode().replace("utf-8", encoding.removesuffix("-sig"))

    assert len(read_all(text.encode(encoding))) == 1


_LAUGHS = b"<!DOCTYPE Message [<!ENTITY a 'ha'>" + b"".join(
    f"<!ENTITY {name} '{'&' + before + ';'}{('&' + before + ';') * 9}'>".encode()
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "content",
    [
        _LAUGHS + b"]><Message>&i;</Message>",
        b"<!DOCTYPE Message SYSTEM 'file:///etc/passwd'><Message/>",
        b"<!DOCTYPE Message [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><Message><Header>&x;</Header></Message>",
        b"<!DOCTYPE Message [<!ENTITY % x SYSTEM 'http://127.0.0.1/x'> %x;]><Message/>",
        b"<!DOCTYPE Message><Message/>",
    ],
    ids=["billion laughs", "outside DTD", "outside entity", "parameter entity", "bare DTD"],
)
def test_document_types_entities_and_references_are_refused(content: bytes) -> None:
    assert refused(content).detail == "Document types, entities and references to other files are not read."


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"LAchildID,UPN\n1,2\n",
        b"<Message",
        b"<Message></Mess>",
        b"<Children/>",
        b"<Message><Children><Child/></Children></Message>",
        b"<?xml version='1.0' encoding='klingon'?><Message/>",
        b"\xff\xfe\x00",
        b"<Message>\x00</Message>",
        _HEADER + b"<Child>",
        _HEADER + b"<Child>" + b"<a>" * 20,
        _HEADER + b"<Child>" + b"<a/>" * 5_001 + b"</Child></Children></Message>",
        _HEADER + b"<Child a='" + b"x" * 3_000_000 + b"'/></Children></Message>",
        _HEADER + b"<!--" + b"x" * 3_000_000 + b"--></Children></Message>",
        _HEADER + b"&nothing;</Children></Message>",
    ],
)
def test_what_is_no_census_file_is_refused(content: bytes) -> None:
    assert refused(content).slug == "census-file"


def test_children_before_the_break_of_a_file_are_read_and_the_break_has_its_line() -> None:
    whole = file_of(child_xml(), child_xml())
    cut = whole[: whole.rindex(b"<Ethnicity>")]
    _, children = census_file.read(io.BytesIO(cut))

    assert next(children).position == 1
    with pytest.raises(CensusFileRefused) as caught:
        next(children)
    assert caught.value.facts["line"] == cut.count(b"\n") + 1


class _Endless(io.RawIOBase):
    """A file of many children that stands nowhere."""

    def __init__(self, times: int) -> None:
        head, _, rest = file_of(child_xml()).partition(b"<Child>")
        child, _, tail = rest.partition(b"</Children>")
        self._parts = iter([head, *[b"<Child>" + child] * times, b"</Children>" + tail])
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        del size
        part = next(self._parts, b"")
        self.size += len(part)
        return part


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(times: int) -> int:
        stream: BinaryIO = _Endless(times)  # type: ignore[assignment]
        tracemalloc.start()
        try:
            assert sum(1 for _ in census_file.read(stream)[1]) == times
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(2_000) < 1_000_000  # all of them together take some 20 MB
