"""How complex a child's case is, from the factors of its assessment, with the points of each rule and its inputs."""

from collections.abc import Iterable
from dataclasses import dataclass

HIGHEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplexityRule:
    """Scores when at least `at_least` of its groups of factor codes are met."""

    code: str
    title: str
    groups: tuple[frozenset[str], ...]
    at_least: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """What one rule gave, and the factor codes it gave it for."""

    rule: str
    score: int
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complexity:
    """A case's complexity, 0 to 3, and how it came about."""

    level: int
    scores: tuple[RuleScore, ...]


_SUBSTANCES = frozenset({"1B", "1C", "2B", "2C"})
_DOMESTIC_ABUSE = frozenset({"3A", "3B", "3C"})
_MENTAL_HEALTH = frozenset({"4B", "4C"})
_TRIO = (_SUBSTANCES, _DOMESTIC_ABUSE, _MENTAL_HEALTH)

#: Factors that stand for a protected characteristic (disability, belief, origin) score nowhere.
DEFAULT_RULES: tuple[ComplexityRule, ...] = (
    ComplexityRule(code="two_of_trio", title="two of the three parental needs", groups=_TRIO, at_least=2, score=1),
    ComplexityRule(code="whole_trio", title="all three parental needs", groups=_TRIO, at_least=3, score=1),
    ComplexityRule(
        code="exploitation",
        title="exploitation, trafficking or gangs",
        groups=(frozenset({"11A", "12A", "13A", "24A"}),),
        at_least=1,
        score=1,
    ),
    ComplexityRule(code="sexual_abuse", title="sexual abuse", groups=(frozenset({"19B", "19C"}),), at_least=1, score=1),
    ComplexityRule(
        code="harm_to_self",
        title="going missing or self-harm",
        groups=(frozenset({"10A", "15A"}),),
        at_least=1,
        score=1,
    ),
)


def assess(factors: Iterable[str], *, rules: tuple[ComplexityRule, ...]) -> Complexity:
    """Score the factors of an assessment; the level is the sum, at most 3."""
    found = frozenset(factors)
    scores = tuple(_score(rule, found) for rule in rules)
    scored = tuple(score for score in scores if score.score)
    return Complexity(level=min(HIGHEST, sum(score.score for score in scored)), scores=scored)


def _score(rule: ComplexityRule, found: frozenset[str]) -> RuleScore:
    met = sum(bool(group & found) for group in rule.groups)
    inputs = tuple(sorted(frozenset().union(*rule.groups) & found))
    return RuleScore(rule=rule.code, score=rule.score if met >= rule.at_least else 0, inputs=inputs)
