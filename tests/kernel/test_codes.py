"""Code sets: complete, labelled, and read back from what a return writes."""

import pytest

from libs.kernel import codes
from libs.kernel.codes import Coded

SETS = [
    found
    for found in vars(codes).values()
    if isinstance(found, type) and issubclass(found, Coded) and found is not Coded
]


@pytest.mark.parametrize(
    ("code_set", "expected"),
    [
        (codes.ReferralSource, "1A 1B 1C 1D 2A 2B 3A 3B 3C 3D 3E 3F 4 5A 5B 5C 5D 6 7 8 9 10"),
        (codes.PrimaryNeed, "N1 N2 N3 N4 N5 N6 N7 N8 N9 N0"),
        (codes.ClosureReason, "RC1 RC2 RC3 RC4 RC5 RC6 RC7 RC8 RC9"),
        (codes.CategoryOfAbuse, "NEG PHY SAB EMO MUL"),
        (
            codes.AssessmentFactor,
            (
                "1A 1B 1C 2A 2B 2C 3A 3B 3C 4A 4B 4C 5A 5B 5C 6A 6B 6C 7A 8B 8C 8D 8E 8F 9A 10A 11A 12A 13A 14A 15A "
                "16A 17A 18B 18C 19B 19C 20 21 22A 23A 24A"
            ),
        ),
        (
            codes.Ethnicity,
            "WBRI WIRI WIRT WROM WOTH MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH REFU NOBT",
        ),
        (codes.Disability, "NONE MOB HAND PC INC COMM LD HEAR VIS BEH CON AUT DDA"),
        (codes.Sex, "M F U"),
        (codes.UpnUnknown, "UN1 UN2 UN3 UN4 UN5 UN6 UN7"),
        (codes.WorkerChangeReason, "MANAGE FCONTA LEFTRL ORGRST TSPROC ABSENC CHCHAN PCCHAN SWDIED OTHERS"),
        (codes.ReviewParticipation, "PN0 PN1 PN2 PN3 PN4 PN5 PN6 PN7"),
    ],
)
def test_a_code_set_has_exactly_its_published_codes(code_set: type[Coded], expected: str) -> None:
    assert [member.value for member in code_set] == expected.split()


@pytest.mark.parametrize("code_set", SETS, ids=lambda found: found.__name__)
def test_every_code_reads_back_and_has_a_label_of_its_own(code_set: type[Coded]) -> None:
    labels = [member.label for member in code_set]

    assert all(code_set(member.value) is member for member in code_set)
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_a_code_is_its_text_and_formats_as_it() -> None:
    assert codes.ReferralSource("2A") == "2A"
    assert f"{codes.ReferralSource.SCHOOL}" == "2A"
    assert codes.ReferralSource.SCHOOL.label == "schools"


@pytest.mark.parametrize("retired", sorted(codes.RETIRED_FACTORS))
def test_a_retired_factor_is_not_a_factor(retired: str) -> None:
    with pytest.raises(ValueError, match=retired):
        codes.AssessmentFactor(retired)
