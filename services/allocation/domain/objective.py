"""The soft terms: what giving a family to a worker costs, each term in points with a sentence to read aloud.

Lower is better. Every term is a pure function of numbers (`Standing` of the worker, `Pair` of worker and
family), convex in the worker's load, so that one family is solved by trying every worker and a batch by a
solver over the same curves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from libs.kernel.errors import Conflict
from services.allocation.domain import mix, rounding
from services.allocation.domain.candidates import Match
from services.allocation.domain.cases import Share
from services.allocation.domain.mix import WorkKind
from services.allocation.domain.scheme import Objective

ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_DAYS_IN_WEEK = 7
_TEN_MINUTES = 10


class TermCode(StrEnum):
    """The soft terms by name."""

    OVERLOAD = "overload"
    UNEVENNESS = "unevenness"
    CONTINUITY = "continuity"
    TRAVEL = "travel"
    RECENT = "recent"
    AGENCY = "agency"
    PAIRING = "pairing"
    RESERVE = "reserve"
    MIX = "mix"


class NotAvailable(Conflict):
    """A worker without available hours cannot be weighed."""

    slug = "worker-not-eligible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a worker stands before the family is given."""

    load: Decimal
    available: Decimal  # above 0
    forecast: Decimal  # points of the coming week that fall to this worker
    new_families: int  # in the last seven days
    agency_days_left: int | None = None  # None: no end of contract
    of_kind: int = 0  # families led of the kind of work that is to be given
    even_part: int | None = None  # of the team's families of that kind; None: not compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What this family means for this worker."""

    points: Decimal  # added to the load
    travel_minutes: int  # each way
    knew_months: int | None = None
    paired_practitioners: int = 0
    kind: WorkKind = WorkKind.ASSESSMENT
    families: int = 1  # that come to be led; 0 for a co-worker, or who leads the family already


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One reason for or against, in points; a credit is below 0."""

    code: TermCode
    points: Decimal
    sentence: str


def marginal_cost(standing: Standing, pair: Pair, *, objective: Objective) -> tuple[Term, ...]:
    """Return what giving the family to the worker costs, term by term; the terms add up to the total."""
    if standing.available <= 0:
        raise NotAvailable("The worker has no available hours.")
    return tuple(
        Term(
            code=code,
            points=rounding.points(getattr(objective.weights, code) * term.amount(standing, pair, objective)),
            sentence=term.sentence(standing, pair, objective),
        )
        for code, term in TERMS.items()
    )


def total(terms: tuple[Term, ...]) -> Decimal:
    """Return the sum of the terms."""
    return sum((term.points for term in terms), ZERO)


def standing_of(match: Match) -> Standing:
    """Return how a matched worker stands."""
    until = match.candidate.worker.agency_until
    return Standing(
        load=match.before.load,
        available=match.before.available,
        forecast=match.candidate.forecast_points,
        new_families=match.candidate.new_families,
        agency_days_left=None if until is None else max(0, (until - match.on).days),
        of_kind=mix.count(match.candidate.cases, mix.kind_of(match.wanted.children)),
        even_part=match.candidate.even_part,
    )


def pair_of(match: Match) -> Pair:
    """Return what the matched family means for the worker."""
    return Pair(
        points=match.added_points,
        travel_minutes=match.travel_minutes,
        knew_months=match.candidate.knew_months,
        paired_practitioners=match.candidate.paired_practitioners,
        kind=mix.kind_of(match.wanted.children),
        families=int(_comes_to_lead(match)),
    )


def _comes_to_lead(match: Match) -> bool:
    leads = {case.family_id for case in match.candidate.cases if case.share is Share.LEAD}
    return match.wanted.share is Share.LEAD and match.wanted.family_id not in leads


def _per_cent(load: Decimal, standing: Standing) -> Decimal:
    return load * _HUNDRED / standing.available


def _overload(standing: Standing, pair: Pair, objective: Objective) -> Decimal:
    before = _per_cent(standing.load, standing)
    return objective.overload.rise(before=before, after=_per_cent(standing.load + pair.points, standing))


def _unevenness(standing: Standing, pair: Pair, objective: Objective) -> Decimal:
    before = _per_cent(standing.load, standing)
    return objective.unevenness.rise(before=before, after=_per_cent(standing.load + pair.points, standing))


def _continuity(_: Standing, pair: Pair, objective: Objective) -> Decimal:
    if pair.knew_months is None:
        return ZERO
    whole = objective.continuity_full_months
    return -Decimal(min(max(pair.knew_months, 1), whole)) / whole


def _travel(_: Standing, pair: Pair, objective: Objective) -> Decimal:
    return Decimal(max(0, pair.travel_minutes - objective.free_minutes)) / _TEN_MINUTES


def _recent(standing: Standing, _: Pair, __: Objective) -> Decimal:
    return Decimal(standing.new_families)


def _agency(standing: Standing, _: Pair, objective: Objective) -> Decimal:
    if standing.agency_days_left is None:
        return ZERO
    horizon = objective.agency_horizon_days
    return Decimal(max(0, horizon - standing.agency_days_left)) / horizon


def _pairing(_: Standing, pair: Pair, __: Objective) -> Decimal:
    return -Decimal(pair.paired_practitioners)


def _reserve(standing: Standing, pair: Pair, _: Objective) -> Decimal:
    room = standing.available - standing.forecast - standing.load
    return max(ZERO, pair.points - max(ZERO, room))


def _mix(standing: Standing, pair: Pair, _: Objective) -> Decimal:
    # Each family above the even part costs the same, so that a batch is weighed by where every worker ends up.
    if standing.even_part is None:
        return ZERO
    above, after = standing.of_kind - standing.even_part, standing.of_kind + pair.families - standing.even_part
    return Decimal(max(0, after) - max(0, above))


def _say_overload(standing: Standing, pair: Pair, _: Objective) -> str:
    before = rounding.per_cent(standing.load, standing.available)
    after = rounding.per_cent(standing.load + pair.points, standing.available)
    return f"The load goes from {rounding.spoken(before)} % to {rounding.spoken(after)} % of what this worker can hold."


def _say_unevenness(standing: Standing, pair: Pair, _: Objective) -> str:
    added = rounding.spoken(pair.points)
    left = standing.available - standing.load - pair.points
    if left >= 0:
        return f"The family adds {added} points and leaves room for {rounding.spoken(left)}."
    return f"The family adds {added} points, {rounding.spoken(-left)} more than there is room for."


def _say_continuity(_: Standing, pair: Pair, __: Objective) -> str:
    if pair.knew_months is None:
        return "This worker has not worked with the family before."
    if pair.knew_months <= 1:
        return "This worker already knows the family."
    return f"This worker knows the family from {pair.knew_months} months of work with them."


def _say_travel(_: Standing, pair: Pair, __: Objective) -> str:
    return f"It is about {pair.travel_minutes} minutes each way to the family's area."


def _say_recent(standing: Standing, _: Pair, __: Objective) -> str:
    if standing.new_families == 0:
        return "This worker took no new family in the last seven days."
    families = "one new family" if standing.new_families == 1 else f"{standing.new_families} new families"
    return f"This worker took {families} in the last seven days."


def _say_agency(standing: Standing, _: Pair, __: Objective) -> str:
    if standing.agency_days_left is None:
        return "No end of contract is in sight."
    weeks = standing.agency_days_left // _DAYS_IN_WEEK
    return f"The agency contract ends in {weeks} weeks, so the family may need another worker then."


def _say_pairing(_: Standing, pair: Pair, __: Objective) -> str:
    if pair.paired_practitioners == 0:
        return "No adult practitioner of the family works with this worker yet."
    plural = "practitioner" if pair.paired_practitioners == 1 else "practitioners"
    return f"{pair.paired_practitioners} adult {plural} of the family already work with this worker."


def _say_reserve(standing: Standing, pair: Pair, _: Objective) -> str:
    left = standing.available - standing.load - pair.points
    expected = rounding.spoken(rounding.points(standing.forecast))
    if left >= standing.forecast:
        return f"Room stays for the {expected} points expected in the coming week."
    return f"Less room stays than the {expected} points expected in the coming week."


def _say_mix(standing: Standing, pair: Pair, _: Objective) -> str:
    if standing.even_part is None:
        return "The kinds of work in the team were not compared."
    kind, held = _SPOKEN_KIND[pair.kind], standing.of_kind
    families = "one family" if held == 1 else f"{held} families"
    return f"This worker leads {families} {kind}; an even part of the team's would be {standing.even_part}."


_SPOKEN_KIND: Mapping[WorkKind, str] = {
    WorkKind.COURT: "in or before court proceedings",
    WorkKind.PROTECTION: "with a child protection plan",
    WorkKind.LOOKED_AFTER: "with a looked-after child",
    WorkKind.IN_NEED: "with a child in need plan",
    WorkKind.ASSESSMENT: "being assessed",
}


@dataclass(frozen=True, slots=True)
class _SoftTerm:
    """How much of a term there is, before its weight, and how it is said."""

    amount: Callable[[Standing, Pair, Objective], Decimal]
    sentence: Callable[[Standing, Pair, Objective], str]


TERMS: Mapping[TermCode, _SoftTerm] = MappingProxyType(
    {
        TermCode.OVERLOAD: _SoftTerm(_overload, _say_overload),
        TermCode.UNEVENNESS: _SoftTerm(_unevenness, _say_unevenness),
        TermCode.CONTINUITY: _SoftTerm(_continuity, _say_continuity),
        TermCode.TRAVEL: _SoftTerm(_travel, _say_travel),
        TermCode.RECENT: _SoftTerm(_recent, _say_recent),
        TermCode.AGENCY: _SoftTerm(_agency, _say_agency),
        TermCode.PAIRING: _SoftTerm(_pairing, _say_pairing),
        TermCode.RESERVE: _SoftTerm(_reserve, _say_reserve),
        TermCode.MIX: _SoftTerm(_mix, _say_mix),
    }
)
