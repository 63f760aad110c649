"""What loading a file led to: what went in, what stayed out, and which rule each line of it breaks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from services.referrals.domain.census.findings import Finding, Placed

_MOST_LINES = 60  # on the screen; the report file has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the file that stayed out, or that a rule remarks on."""

    line: int
    child: int  # its position in the file; 0: the file as a whole
    la_child_id: str
    element: str
    rule: str
    words: str
    level: str
    refused: str | None  # path of the record that stayed out
    in_consequence: bool
    by: str  # census: the rules here; otherwise the service that refused


@dataclass(slots=True)
class Report:
    """What loading a file led to so far."""

    file: str
    authority: str = ""
    year_to: str = ""
    is_check: bool = False  # nothing is loaded
    children: int = 0
    children_in: int = 0  # with a referral at the front door now
    let_in: Counter[str] = field(default_factory=Counter)  # records of the file that no rule keeps out
    went_in: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    broken_off: str | None = None

    @property
    def refused(self) -> list[Line]:
        """The lines of records that stayed out, in the order of the file."""
        return sorted((one for one in self.lines if one.refused is not None), key=_place)

    @property
    def remarks(self) -> list[Line]:
        """The lines that break a rule and went in all the same."""
        return sorted((one for one in self.lines if one.refused is None), key=_place)

    def found(self, findings: Iterable[Finding]) -> None:
        """Note what the rules of the census found."""
        for one in findings:
            self.lines.append(
                Line(
                    line=one.line,
                    child=one.position,
                    la_child_id=one.la_child_id,
                    element=one.path,
                    rule=one.rule,
                    words=one.words,
                    level=one.level,
                    refused=one.refused,
                    in_consequence=one.in_consequence,
                    by="census",
                )
            )

    def turned_away(self, who: tuple[int, str], record: Placed, *, rules: Iterable[str], words: str, by: str) -> None:
        """Note that a service refused a record of the child with this position and number."""
        for rule in rules:
            self.lines.append(
                Line(
                    line=record.line,
                    child=who[0],
                    la_child_id=who[1],
                    element=record.path,
                    rule=rule,
                    words=words,
                    level="error",
                    refused=record.path,
                    in_consequence=False,
                    by=by,
                )
            )

    def unexpected(self, who: tuple[int, str], record: Placed, fault: Exception) -> None:
        """Note that a record stayed out because of a fault of the loader; its kind is told, never a value."""
        words = f"The loader cannot read this record ({type(fault).__name__}); it is a fault of the loader."
        self.turned_away(who, record, rules=("unexpected",), words=words, by="census")

    def as_json(self) -> dict[str, Any]:
        """Return everything, for the report file."""
        return {
            "file": self.file,
            "authority": self.authority,
            "year_to": self.year_to,
            "checked_only": self.is_check,
            "children": self.children,
            "children_in": None if self.is_check else self.children_in,
            "let_in": dict(self.let_in),
            "changed": bool(self.went_in),
            "went_in": dict(sorted(self.went_in.items())),
            "unchanged": dict(sorted(self.unchanged.items())),
            "refused": [asdict(one) for one in self.refused],
            "remarks": [asdict(one) for one in self.remarks],
            "broken_off": self.broken_off,
        }

    def as_text(self) -> str:
        """Return it in words, for the screen."""
        parts = [f"{self.file}: {self.children} children of authority {self.authority}, year to {self.year_to}."]
        parts += self._of_check() if self.is_check else self._of_load()
        parts.append(_listed("Refused", self.refused))
        parts.append(_listed("Found, and kept nothing out", self.remarks))
        parts += self._explained()
        if self.broken_off:
            parts.append(f"Broken off: {self.broken_off}")
        return "\n\n".join(parts) + "\n"

    def _of_check(self) -> list[str]:
        let_in = _table(self.let_in) if self.let_in else "  nothing"
        return [f"Checked only: nothing was loaded. Would go in, if the services agree:\n{let_in}"]

    def _of_load(self) -> list[str]:
        parts = [f"{self.children_in} of {self.children} children are in now."]
        if self.went_in:
            parts.append("Went in:\n" + _table(self.went_in))
        if self.unchanged:
            parts.append("Was there already:\n" + _table(self.unchanged))
        if not self.went_in:
            parts.append("Nothing was changed.")
        return parts

    def _explained(self) -> list[str]:
        """Return what a reader may wonder about, if it is in the lists above."""
        notes = []
        both = sorted({one.rule for one in self.refused} & {one.rule for one in self.remarks})
        if both:
            notes.append(
                f"Rule {', '.join(both)} stands in both lists: whether it keeps a record out is said of each line. A date "
                "after the census year does (the file cannot know it yet), one before the year does not."
            )
        if any(one.in_consequence for one in self.refused):
            notes.append("(in consequence): the rule is broken only because another record stayed out.")
        return notes


def _place(one: Line) -> tuple[int, int, str]:
    return one.child, one.line, one.rule


def _table(counts: Counter[str]) -> str:
    return "\n".join(f"  {count:>7}  {kind}" for kind, count in sorted(counts.items()))


def _listed(title: str, lines: list[Line]) -> str:
    if not lines:
        return f"{title}: nothing."
    records = {one.refused or one.element for one in lines}
    shown = [_in_words(one) for one in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"  … and {len(lines) - _MOST_LINES} more; --report FILE writes all of them")
    return f"{title}: {len(records)} records, {len(lines)} rules broken.\n" + "\n".join(shown)


def _in_words(one: Line) -> str:
    element = one.element.partition("/")[2] or one.element
    because = " (in consequence)" if one.in_consequence else ""
    by = "" if one.by == "census" else f" [{one.by}]"
    who = f"child {one.child} {one.la_child_id}" if one.child else "file"
    return f"  line {one.line:>6}  {who:<30}  rule {one.rule:<6} {one.words}{because}{by}  <{element}>"
