"""Rules on a child's identifiers, characteristics and death."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from libs.kernel.codes import ClosureReason, Disability, Ethnicity, Sex
from libs.kernel.working_days import add_months
from services.referrals.domain.census.findings import Fault, Level, Period, Rule, is_before
from services.referrals.domain.census.records import Child, Field

_LONGEST_ID = 20
_UPN_LENGTH = 13
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # 23 of them: no I, O, S
# Source: children in need census, rule 1530: the numbers of authorities that issue pupil numbers, from and to.
_AUTHORITIES = frozenset(
    f"{number:03}"
    for first, last in (
        (1, 5), (201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394),
        (420, 420), (660, 681), (701, 708), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823), (825, 826),
        (830, 831), (835, 841), (845, 846), (850, 852), (855, 857), (860, 861), (865, 896), (908, 909), (916, 916),
        (919, 919), (921, 921), (925, 926), (928, 929), (931, 931), (933, 933), (935, 938), (940, 943),
    )
    for number in range(first, last + 1)
)  # fmt: skip
_REASONS_AT_SCHOOL_AGE = frozenset({"UN2", "UN3", "UN4", "UN5", "UN6", "UN7"})
_LAST_YEAR_OF_GENDER = 2024
_SCHOOL_AGE = 6  # on the last day of the August after the census year
_OLDEST = 25
_EXPECTED_BEFORE = timedelta(days=30)
_EXPECTED_MONTHS = 9


def _id_missing(child: Child, _: Period) -> Iterator[Fault]:
    if not child.la_child_id.given:
        yield Fault(child.la_child_id, child)


def _id_too_long(child: Child, _: Period) -> Iterator[Fault]:
    if len(child.la_child_id.text) > _LONGEST_ID:
        yield Fault(child.la_child_id, child)


def _id_not_alphanumeric(child: Child, _: Period) -> Iterator[Fault]:
    text = child.la_child_id.text
    if text and not (text.isascii() and text.isalnum()):
        yield Fault(child.la_child_id, child)


def _wrong_check_letter(child: Child, _: Period) -> Iterator[Fault]:
    text = child.upn.text
    if len(text) != _UPN_LENGTH or not _are_digits(text[1:12]) or not _is_last_sign(text[12]):
        return
    values = [_UPN_LETTERS.index(sign) if sign in _UPN_LETTERS else int(sign) for sign in text[1:]]
    total = sum(value * weight for value, weight in zip(values, range(2, 14), strict=True))
    if text[0] != _UPN_LETTERS[total % len(_UPN_LETTERS)]:
        yield Fault(child.upn, child.upn)


def _wrong_authority(child: Child, _: Period) -> Iterator[Fault]:
    if len(child.upn.text) == _UPN_LENGTH and child.upn.text[1:4] not in _AUTHORITIES:
        yield Fault(child.upn, child.upn)


def _wrong_body(child: Child, _: Period) -> Iterator[Fault]:
    text = child.upn.text
    if text and not (len(text) == _UPN_LENGTH and text.isascii() and text[4:12].isdigit()):
        yield Fault(child.upn, child.upn)


def _wrong_last_sign(child: Child, _: Period) -> Iterator[Fault]:
    if len(child.upn.text) == _UPN_LENGTH and not _is_last_sign(child.upn.text[12]):
        yield Fault(child.upn, child.upn)


def _are_digits(signs: str) -> bool:
    # Other scripts have digits too, and a superscript counts as one although it is no number.
    return signs.isascii() and signs.isdigit()


def _is_last_sign(sign: str) -> bool:
    return sign.isascii() and (sign.isdigit() or sign in _UPN_LETTERS)


def _wrong_former_upn(child: Child, _: Period) -> Iterator[Fault]:
    text = child.former_upn.text
    formed = len(text) == _UPN_LENGTH and text.isascii() and text[0].isalpha() and text[1:].isdigit()
    if text and not formed:
        yield Fault(child.former_upn, child.former_upn)


def _no_upn_at_school_age(child: Child, period: Period) -> Iterator[Fault]:
    born = child.birth_date.day
    if born is None or child.upn.given or child.upn_unknown.text in _REASONS_AT_SCHOOL_AGE:
        return
    of_school_age = born <= date(period.last.year - _SCHOOL_AGE, 8, 31)
    if of_school_age and _any_further_action(child):
        yield Fault(child.upn)


def _no_upn_for_want_of_action(child: Child, _: Period) -> Iterator[Fault]:
    if child.upn_unknown.text == "UN7" and _any_further_action(child):
        yield Fault(child.upn_unknown)


def _any_further_action(child: Child) -> bool:
    return any(episode.no_further_action.flag is False for episode in child.episodes)


def _birth_or_expected(child: Child, _: Period) -> Iterator[Fault]:
    if child.birth_date.given and child.expected_date.given:
        yield Fault(child.expected_date, child.expected_date)
    if not child.birth_date.given and not child.expected_date.given:
        yield Fault(child.birth_date, child)


def _born_after_the_year(child: Child, period: Period) -> Iterator[Fault]:
    if child.birth_date.day is not None and child.birth_date.day > period.last:
        yield Fault(child.birth_date, child)


def _expected_out_of_range(child: Child, period: Period) -> Iterator[Fault]:
    day = child.expected_date.day
    if day is None:
        return
    if not period.last - _EXPECTED_BEFORE < day < add_months(period.last, _EXPECTED_MONTHS):
        yield Fault(child.expected_date)


def _death_before_birth(child: Child, _: Period) -> Iterator[Fault]:
    if child.death_date.given and (not child.birth_date.given or is_before(child.death_date, child.birth_date)):
        yield Fault(child.death_date, child.death_date)


def _death_outside(child: Child, period: Period) -> Iterator[Fault]:
    if child.death_date.day is not None and not period.covers(child.death_date.day):
        yield Fault(child.death_date, child.death_date if child.death_date.day > period.last else None)


def _died_without_a_date(child: Child, _: Period) -> Iterator[Fault]:
    if not child.death_date.given:
        for episode in child.episodes:
            if episode.closure_reason.text == ClosureReason.RC2:
                yield Fault(episode.closure_reason)


def _over_25(child: Child, period: Period) -> Iterator[Fault]:
    born = child.birth_date.day
    if born is None or born > period.last:
        return
    birthday = add_months(born, 12 * _OLDEST)
    if birthday < period.last and any(
        one.closure_date.day is None or one.closure_date.day > birthday for one in child.episodes
    ):
        yield Fault(child.birth_date)


def _sex(child: Child, period: Period) -> Iterator[Fault]:
    by_gender = not child.sex.given and child.gender.given
    if child.recorded_sex is None or (by_gender and period.last.year > _LAST_YEAR_OF_GENDER):
        wrong = child.gender if by_gender else child.sex
        yield Fault(wrong, wrong)


def _sex_of_the_unborn(child: Child, _: Period) -> Iterator[Fault]:
    if child.is_unborn and child.recorded_sex not in {None, Sex.U}:
        wrong = child.sex if child.sex.given else child.gender
        yield Fault(wrong, wrong)


def _ethnicity(child: Child, _: Period) -> Iterator[Fault]:
    if child.ethnicity.text not in set(Ethnicity):
        yield Fault(child.ethnicity, child.ethnicity)


def _disability(child: Child, _: Period) -> Iterator[Fault]:
    for field in child.disabilities:
        if field.text not in set(Disability):
            yield Fault(field, field)
    if not child.disabilities and child.birth_date.given and _any_further_action(child):
        yield Fault(child)


def _none_with_others(child: Child, _: Period) -> Iterator[Fault]:
    none = [field for field in child.disabilities if field.text == Disability.NONE]
    if none and len(none) < len(child.disabilities):
        yield from (Fault(field, field) for field in none)


def _said_twice(child: Child, _: Period) -> Iterable[Fault]:
    return repeated(child.disabilities)


def repeated(fields: Iterable[Field]) -> Iterator[Fault]:
    """Find the texts that were said before."""
    seen: set[str] = set()
    for field in fields:
        if field.text in seen:
            yield Fault(field, field)
        seen.add(field.text)


def _no_episode(child: Child, _: Period) -> Iterator[Fault]:
    if not child.episodes:
        yield Fault(child, child)


RULES = (
    Rule("8500", "A child has the authority's child number.", Level.ERROR, _id_missing),
    Rule("1570", "The authority's child number has at most 20 characters.", Level.ERROR, _id_too_long),
    Rule("1580", "The authority's child number has letters and digits only.", Level.ERROR, _id_not_alphanumeric),
    Rule("1510", "The first letter of a UPN fits its other signs.", Level.ERROR, _wrong_check_letter),
    Rule("1530", "Signs 2 to 4 of a UPN are the number of an authority.", Level.ERROR, _wrong_authority),
    Rule("1540", "A UPN has 13 signs, and signs 5 to 12 are digits.", Level.ERROR, _wrong_body),
    Rule("1550", "The last sign of a UPN is a digit or one of its letters.", Level.ERROR, _wrong_last_sign),
    Rule("1560Q", "A former UPN has a letter and 12 digits.", Level.QUERY, _wrong_former_upn),
    Rule("8770Q", "A child of school age has a UPN or a reason that fits.", Level.QUERY, _no_upn_at_school_age),
    Rule("8772", "Reason UN7 is only for referrals without further action.", Level.ERROR, _no_upn_for_want_of_action),
    Rule("8525Q", "There is a birth date or an expected one, never both.", Level.QUERY, _birth_or_expected),
    Rule("8520", "The birth is not after the census year.", Level.ERROR, _born_after_the_year),
    Rule("8530Q", "An expected birth is near the end of the census year.", Level.QUERY, _expected_out_of_range),
    Rule("8535Q", "A death is not before the birth, and the birth date is known.", Level.QUERY, _death_before_birth),
    Rule("8545Q", "A death lies in the census year.", Level.QUERY, _death_outside),
    Rule("8585Q", "A case closed because the child died has a date of death.", Level.QUERY, _died_without_a_date),
    Rule("8775Q", "A child of the census is not over 25.", Level.QUERY, _over_25),
    Rule("4180", "Sex is M, F or U (gender 0, 1, 2 or 9 up to 2023-24).", Level.ERROR, _sex),
    Rule("8750", "The sex of an unborn child is U.", Level.ERROR, _sex_of_the_unborn),
    Rule("4220", "Ethnicity is given with one of its codes.", Level.ERROR, _ethnicity),
    Rule("8540", "Disability is given with its codes once there was further action.", Level.ERROR, _disability),
    Rule("8790", "No disability does not stand beside a disability.", Level.ERROR, _none_with_others),
    Rule("8794", "No disability is said twice.", Level.ERROR, _said_twice),
    Rule("8590", "A child has at least one episode.", Level.ERROR, _no_episode),
)
