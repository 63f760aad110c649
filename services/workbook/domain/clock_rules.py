"""The clocks that the workbook keeps, with their numbers in the project's table, their sources and local values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from libs.kernel.deadline import Basis, Rule, Unit, local_day
from libs.kernel.working_days import add_months


class Chain(StrEnum):
    """What is waited for; a chain that recurs starts again with each act that meets it."""

    ASSESSMENT_REVIEW = "assessment_review"
    ASSESSMENT = "assessment"
    ENQUIRY = "enquiry"
    INITIAL_CONFERENCE = "initial_conference"
    CORE_GROUP = "core_group"
    CP_REVIEW = "cp_review"
    CP_VISIT = "cp_visit"
    BIRTH_REVIEW = "birth_review"
    CIN_MEETING = "cin_meeting"
    CIN_REVIEW = "cin_review"
    CIN_VISIT = "cin_visit"
    LA_REVIEW = "la_review"
    LA_VISIT = "la_visit"
    LETTER = "letter"
    PRE_PROCEEDINGS_MEETING = "pre_proceedings_meeting"
    PRE_PROCEEDINGS = "pre_proceedings"
    FAMILY_MEETING_OFFER = "family_meeting_offer"
    PROCEEDINGS = "proceedings"
    SUPERVISION = "supervision"


RECURRING = frozenset(
    {
        Chain.CORE_GROUP,
        Chain.CP_REVIEW,
        Chain.CP_VISIT,
        Chain.CIN_REVIEW,
        Chain.CIN_VISIT,
        Chain.LA_REVIEW,
        Chain.LA_VISIT,
        Chain.SUPERVISION,
    }
)


#: Chains of which no event tells: when a child was born could be worked out from when the review is due.
UNTOLD = frozenset({Chain.BIRTH_REVIEW})


class Placement(StrEnum):
    """What a looked-after child's placement is, as far as visits depend on it."""

    ORDINARY = "ordinary"
    LONG_TERM = "long_term"  # meant to last until the child is eighteen
    PARENT_UNASSESSED = "parent_unassessed"  # regulation 19
    CONNECTED_TEMPORARY = "connected_temporary"  # regulation 24, or interim care order living with a parent
    CARE_ORDER_WITH_PARENT = "care_order_with_parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalValues:
    """Numbers that an authority sets for itself."""

    assessment_review_working_days: int = 10
    core_group_days: int = 42
    birth_review_working_days: int = 20
    cp_visit_working_days: int = 10
    cin_meeting_days: int = 28
    cin_review_first_months: int = 3
    cin_review_months: int = 6
    cin_visit_days: int = 42
    letter_days: int = 5
    pre_proceedings_meeting_days: int = 7
    pre_proceedings_days: int = 112  # sixteen weeks
    supervision_months: int = 1


@dataclass(frozen=True, slots=True)
class Numbered:
    """A rule with its number in the project's clock table."""

    number: str
    rule: Rule


_DAY = timedelta(days=1)


def _rule(
    number: str, kind: str, title: str, amount: int, unit: Unit, *, amber: int, basis: Basis, source: str
) -> Numbered:
    rule = Rule(kind=kind, title=title, amount=amount, unit=unit, amber=amber * _DAY, basis=basis, source=source)
    return Numbered(number, rule)


_WT = "Working Together to Safeguard Children 2026"
_REG = "Care Planning, Placement and Case Review (England) Regulations 2010"
_LOCAL = "local value"
_WD, _CD, _MONTHS = Unit.WORKING_DAYS, Unit.DAYS, Unit.MONTHS
_LAW, _GUIDANCE = Basis.LAW, Basis.GUIDANCE

# Sources stand in each row; numbers that are not an authority's own are never configured.
_FIXED: Mapping[Chain, tuple[Numbered, ...]] = {
    Chain.ASSESSMENT: (
        _rule("C5", "assessment", "Assessment authorised", 45, _WD, amber=10, basis=_GUIDANCE, source=_WT),
    ),
    # The enquiry has no length of its own: it is bounded by its conference.
    Chain.ENQUIRY: (_rule("C7", "enquiry", "Section 47 enquiry", 15, _WD, amber=5, basis=_GUIDANCE, source=_WT),),
    Chain.INITIAL_CONFERENCE: (
        _rule("C8", "initial_conference", "Initial conference", 15, _WD, amber=5, basis=_GUIDANCE, source=_WT),
    ),
    Chain.CP_REVIEW: (
        _rule("C12", "cp_review_first", "First review conference", 3, _MONTHS, amber=14, basis=_GUIDANCE, source=_WT),
        _rule("C13", "cp_review_later", "Later review conference", 6, _MONTHS, amber=21, basis=_GUIDANCE, source=_WT),
    ),
    Chain.LA_REVIEW: (
        _rule("C18", "la_review_first", "First looked-after review", 20, _WD, amber=5, basis=_LAW,
              source=f"{_REG}, reg. 33(1)"),
        _rule("C19", "la_review_second", "Second looked-after review", 3, _MONTHS, amber=14, basis=_LAW,
              source=f"{_REG}, reg. 33(2)"),
        _rule("C20", "la_review_later", "Later looked-after review", 6, _MONTHS, amber=21, basis=_LAW,
              source=f"{_REG}, reg. 33(2)"),
    ),
    # An event order, not a length: the offer belongs into the letter itself.
    Chain.FAMILY_MEETING_OFFER: (
        _rule("C33", "family_meeting_offer", "Family group decision-making offered in the letter", 0, _CD, amber=0,
              basis=_LAW, source="Children Act 1989, s. 31ZA"),
    ),
    # The day of issue counts as the first day: 26 weeks less that day.
    Chain.PROCEEDINGS: (
        _rule("C34", "proceedings", "Care proceedings concluded", 26 * 7 - 1, _CD, amber=28, basis=_LAW,
              source="Children Act 1989, s. 32(1)(a)"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How often a looked-after child is visited in one kind of placement, in days."""

    number: str
    until_review: int | None
    then: int
    regulation: str


_FIRST_VISIT_DAYS = 7
_LATER_MONTHS = 3
# Source: Care Planning, Placement and Case Review (England) Regulations 2010, regulation 28(2) to 28(5).
_VISITS: Mapping[Placement, _Pattern] = {
    Placement.ORDINARY: _Pattern("C22", None, 42, "28(2)(b)"),
    Placement.LONG_TERM: _Pattern("C22", None, 42, "28(2)(b)"),
    Placement.PARENT_UNASSESSED: _Pattern("C24", 7, 42, "28(3)"),
    Placement.CONNECTED_TEMPORARY: _Pattern("C25", 7, 28, "28(4)"),
    Placement.CARE_ORDER_WITH_PARENT: _Pattern("C26", None, 42, "28(5)"),
}

_FIRST_VISIT: Mapping[Placement, tuple[str, str]] = {Placement.CARE_ORDER_WITH_PARENT: ("C26", "28(5)")}


def _visit_rule(number: str, kind: str, amount: int, unit: Unit, regulation: str) -> Numbered:
    return _rule(
        number, kind, "Looked-after visit", amount, unit, amber=min(amount, 7) if unit is _CD else 7,
        basis=_LAW, source=f"{_REG}, reg. {regulation}",
    )  # fmt: skip


def looked_after_visit(
    placement: Placement, *, place: int, placed_at: datetime, from_at: datetime, reviewed_at: datetime | None
) -> Numbered:
    """Return the rule for the visit that follows `from_at`: the first of a placement, or by its kind, age and review."""
    if place == 0:
        first, regulation = _FIRST_VISIT.get(placement, ("C21", "28(2)(a)"))
        return _visit_rule(first, "la_visit_first", _FIRST_VISIT_DAYS, _CD, regulation)
    pattern = _VISITS[placement]
    if pattern.until_review is not None and (reviewed_at is None or from_at < reviewed_at):
        return _visit_rule(pattern.number, "la_visit_weekly", pattern.until_review, _CD, pattern.regulation)
    if local_day(from_at) >= add_months(local_day(placed_at), 12) and pattern.number == "C22":
        if placement is Placement.LONG_TERM:
            return _visit_rule("C23", "la_visit_settled", _LATER_MONTHS, _MONTHS, "28(2)(c)")
        return _visit_rule("C23", "la_visit", pattern.then, _CD, "28(2)(c)")
    return _visit_rule(pattern.number, "la_visit", pattern.then, _CD, pattern.regulation)


def _local(local: LocalValues) -> Mapping[Chain, tuple[Numbered, ...]]:
    basis = Basis.LOCAL
    return {
        Chain.ASSESSMENT_REVIEW: (
            _rule("C4", "assessment_review", "Review point of the assessment, child seen",
                  local.assessment_review_working_days, _WD, amber=3, basis=basis, source=_LOCAL),
        ),
        Chain.CORE_GROUP: (
            # The first core group is guidance: ten working days after the conference.
            _rule("C10", "core_group_first", "First core group", 10, _WD, amber=3, basis=_GUIDANCE, source=_WT),
            _rule("C11", "core_group_later", "Later core group", local.core_group_days, _CD, amber=7,
                  basis=basis, source=_LOCAL),
        ),
        Chain.BIRTH_REVIEW: (
            _rule("C14", "birth_review", "Review or core group of a pre-birth plan after the birth",
                  local.birth_review_working_days, _WD, amber=5, basis=basis, source=_LOCAL),
        ),
        Chain.CP_VISIT: (
            _rule("C15", "cp_visit", "Child protection visit", local.cp_visit_working_days, _WD, amber=3,
                  basis=basis, source=_LOCAL),
        ),
        Chain.CIN_MEETING: (
            _rule("C16", "cin_meeting", "First multi-agency meeting of a child in need plan",
                  local.cin_meeting_days, _CD, amber=7, basis=basis, source=_LOCAL),
        ),
        Chain.CIN_REVIEW: (
            _rule("C17", "cin_review_first", "First child in need review", local.cin_review_first_months, _MONTHS,
                  amber=14, basis=basis, source=_LOCAL),
            _rule("C17", "cin_review_later", "Later child in need review", local.cin_review_months, _MONTHS,
                  amber=21, basis=basis, source=_LOCAL),
        ),
        Chain.CIN_VISIT: (
            _rule("C17", "cin_visit", "Child in need visit", local.cin_visit_days, _CD, amber=7,
                  basis=basis, source=_LOCAL),
        ),
        Chain.LETTER: (
            _rule("C30", "letter", "Letter before proceedings", local.letter_days, _CD, amber=2,
                  basis=basis, source=_LOCAL),
        ),
        Chain.PRE_PROCEEDINGS_MEETING: (
            _rule("C31", "pre_proceedings_meeting", "First pre-proceedings meeting",
                  local.pre_proceedings_meeting_days, _CD, amber=2, basis=basis, source=_LOCAL),
        ),
        Chain.PRE_PROCEEDINGS: (
            _rule("C32", "pre_proceedings", "Pre-proceedings concluded", local.pre_proceedings_days, _CD, amber=21,
                  basis=basis, source="judge-led practice guide"),
        ),
        Chain.SUPERVISION: (
            _rule("C40", "supervision", "Group supervision", local.supervision_months, _MONTHS, amber=7,
                  basis=basis, source="the practice model: monthly"),
        ),
    }  # fmt: skip


def rules(local: LocalValues) -> Mapping[Chain, tuple[Numbered, ...]]:
    """Return the rules of every chain but the looked-after visits, first to later; the last one recurs."""
    return {**_FIXED, **_local(local)}
