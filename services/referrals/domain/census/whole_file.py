"""Rules on the file as a whole: its header, numbers used twice, and what only all children together show."""

from collections.abc import Callable, Iterator

from libs.kernel.codes import Disability, Sex
from services.referrals.domain.census.findings import Fault, Finding, Level, Period, Rule
from services.referrals.domain.census.judgement import finding
from services.referrals.domain.census.records import Child, Field, Header

_MOST_WITHOUT_SEX = 0.02
_FEWEST_DISABILITIES = 8
_HEADER = "The reference date is 31 March of the census year."


def _nothing(_: Child, __: Period) -> Iterator[Fault]:
    return iter(())


#: Checked while reading or at the end: the first on the header, two on every child against those before, four on all.
RULES: dict[str, Rule] = {
    number: Rule(number, words, level, _nothing)
    for number, words, level in (
        ("100", _HEADER, Level.ERROR),
        ("8510", "No two children have the same number of the authority.", Level.ERROR),
        ("1520", "No two children have the same UPN.", Level.ERROR),
        ("2883", "No more child protection plans start than initial conferences are held.", Level.ERROR),
        ("2886Q", "At most 2 % of the born children have no sex recorded.", Level.QUERY),
        ("2887Q", "At least 8 disability codes are used.", Level.QUERY),
        ("2888Q", "Some child has more than one disability.", Level.QUERY),
    )
}


def check_header(header: Header) -> Iterator[Finding]:
    """Find a reference date that is not 31 March of the year."""
    if not header.reference_date.given or header.reference_date.text != f"{header.year.text}-03-31":
        yield _on_file("100", header.reference_date)


class Tally:
    """What the rules on the whole file need to know of the children so far; grows as the file is read."""

    def __init__(self, header: Header, period: Period) -> None:
        """Begin with no child."""
        self._header = header
        self._period = period
        self._ids: set[str] = set()
        self._upns: set[str] = set()
        self._children = 0
        self._without_sex = 0
        self._disabilities: set[str] = set()
        self._most_disabilities = 0
        self._plans = 0
        self._conferences = 0

    def add(self, child: Child) -> Iterator[Finding]:
        """Count the child; find numbers that a child before it has."""
        self._count(child)
        for rule, field, seen, refuse in (
            ("8510", child.la_child_id, self._ids, child),
            ("1520", child.upn, self._upns, child.upn),
        ):
            if field.given and field.text in seen:
                yield finding(RULES[rule], Fault(field, refuse), child=child)
            seen.add(field.text)

    def end(self) -> Iterator[Finding]:
        """Find what only all children together show."""
        shown: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("2883", lambda: self._plans > self._conferences),
            ("2886Q", lambda: self._without_sex > _MOST_WITHOUT_SEX * self._children),
            ("2887Q", lambda: len(self._disabilities) < _FEWEST_DISABILITIES),
            ("2888Q", lambda: self._most_disabilities == 1),
        )
        for rule, broken in shown:
            if broken():
                yield _on_file(rule, self._header)

    def _count(self, child: Child) -> None:
        self._children += 1
        self._without_sex += not child.is_unborn and child.recorded_sex in {None, Sex.U}
        named = {field.text for field in child.disabilities} & (set(Disability) - {Disability.NONE})
        self._disabilities |= named
        self._most_disabilities = max(self._most_disabilities, len(named))
        for episode in child.episodes:
            held = (*(one.conference for one in episode.enquiries), episode.conference)
            self._conferences += sum(one.day is not None and self._period.covers(one.day) for one in held)
            starts = (plan.start.day for plan in episode.protection_plans)
            self._plans += sum(day is not None and self._period.covers(day) for day in starts)


def _on_file(rule: str, at: Field | Header) -> Finding:
    told = RULES[rule]
    return Finding(
        rule=told.number, words=told.words, level=told.level, position=0, la_child_id="", path=at.path, line=at.line
    )
