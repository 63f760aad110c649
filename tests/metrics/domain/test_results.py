"""Results: figures, intervals, symbols and the bytes that a rebuild reproduces."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from services.metrics.domain.definitions import measure
from services.metrics.domain.intervals import Method
from services.metrics.domain.measures import By
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Question, View
from services.metrics.domain.results import Answer, Figure, Result, Sums, Symbol, canonical, result

YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))
DATA_ON = date(2025, 6, 1)


def answer(code: str, sums: Sums, *, by: By = By.NONE, period: Period = YEAR, data_on: date = DATA_ON) -> Result:
    question = Question(measure=measure(code=code), by=by, period=period, view=View.INTERNAL)
    return result(question, {(None, period): sums}, labels={}, data_on=data_on)


def figure(code: str, sums: Sums) -> Figure:
    return answer(code, sums).figures[0]


def test_the_published_re_referral_share_of_oxfordshire() -> None:
    found = figure("re_referrals", Sums(amount=892, base=5047))

    assert (found.numerator, found.denominator, found.value) == (892, 5047, Decimal("17.7"))
    assert found.method is Method.WILSON
    assert (found.low, found.high) == (Decimal("16.6"), Decimal("18.8"))


def test_the_published_rate_of_children_in_need_of_oxfordshire() -> None:
    found = answer("children_in_need_rate", Sums(base=3672))

    assert found.figures[0].value == Decimal("234.4")
    assert found.population_of == 2024


def test_the_published_rate_of_looked_after_children_is_a_whole_number() -> None:
    assert figure("looked_after_rate", Sums(base=800)).value == 51


def test_the_published_caseload_of_oxfordshire() -> None:
    found = figure("average_caseload", Sums(amount=2840, base=201_000))

    assert (found.numerator, found.denominator, found.value) == (2840, Decimal("201.00"), Decimal("14.1"))


def test_a_mean_of_days_has_an_interval_of_the_mean() -> None:
    found = figure("days_to_allocation", Sums(amount=12, base=4, square=44))

    assert found.value == Decimal("3.0")
    assert found.method is Method.NORMAL_MEAN
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_changes_of_worker_of_open_children_are_divided_by_the_children_open_in_the_window() -> None:
    found = figure("worker_changes", Sums(amount=30, base=37, held=120))

    assert (found.numerator, found.denominator, found.value) == (30, 120, Decimal("0.25"))


def test_the_published_share_of_looked_after_children_with_three_or_more_workers() -> None:
    found = figure("three_or_more_workers", Sums(amount=206, held=770))

    assert (found.numerator, found.denominator, found.value) == (206, 770, Decimal("26.8"))
    assert found.method is Method.WILSON


def test_the_first_definition_of_changes_of_worker_is_answered_as_ever() -> None:
    which = measure(code="worker_changes", version=1)
    question = Question(measure=which, by=By.NONE, period=YEAR, view=View.INTERNAL)

    found = result(question, {(None, YEAR): Sums(amount=30, base=37, held=148)}, labels={}, data_on=DATA_ON).figures[0]

    assert (found.numerator, found.denominator, found.value) == (37, 148, Decimal("0.25"))


def test_the_fingerprint_of_an_answer_is_the_same_in_every_process() -> None:
    sums = {(None, YEAR): Sums(amount=892, base=5047)}

    inputs = Answer(answer("re_referrals", sums[None, YEAR]), sums).inputs

    assert inputs == "6e32ab55228c5bde32eb784e04786ea420c923ac81947bdee7ad32dfbe8dfd52"


def test_a_result_says_by_which_definition_it_was_counted() -> None:
    said = json.loads(canonical(answer("re_referrals", Sums(amount=892, base=5047))))

    assert said["definition_digest"] == measure(code="re_referrals").digest


def test_a_share_of_none_is_not_applicable() -> None:
    found = figure("re_referrals", Sums())

    assert (found.value, found.symbol) == (None, Symbol.NOT_APPLICABLE)


def test_a_window_after_the_data_is_not_available() -> None:
    found = answer("referrals", Sums(), data_on=date(2024, 3, 31)).figures[0]

    assert (found.numerator, found.value, found.symbol) == (None, None, Symbol.NOT_AVAILABLE)


def test_months_of_a_count_add_up_to_the_total_and_months_of_a_stock_do_not() -> None:
    months = {("2024-04", Period(date(2024, 4, 1), date(2024, 5, 1))): Sums(base=7)}
    months |= {("2024-05", Period(date(2024, 5, 1), date(2024, 6, 1))): Sums(base=9)}
    period = Period(date(2024, 4, 1), date(2024, 6, 1))

    def of(code: str) -> Result:
        question = Question(measure=measure(code=code), by=By.MONTH, period=period, view=View.INTERNAL)
        return result(question, months, labels={}, data_on=DATA_ON)  # type: ignore[arg-type]

    total = of("referrals").total
    assert total is not None
    assert total.numerator == 16
    assert of("cp_plans").total is None


def test_the_bytes_hold_definition_version_parts_and_data_date_and_are_sorted() -> None:
    written = canonical(answer("re_referrals", Sums(amount=892, base=5047)))

    assert written == json.dumps(json.loads(written), sort_keys=True, separators=(",", ":")).encode()
    parsed = json.loads(written)
    assert (parsed["measure"], parsed["version"], parsed["data_on"]) == ("re_referrals", 2, "2025-06-01")
    assert parsed["figures"][0]["numerator"] == 892
    assert parsed["figures"][0]["value"] == 17.7


def test_the_moment_of_knowledge_is_written_in_utc() -> None:
    question = Question(
        measure=measure(code="referrals"),
        by=By.NONE,
        period=YEAR,
        view=View.INTERNAL,
        known_at=datetime(2025, 5, 1, 12, tzinfo=UTC),
    )

    written = canonical(result(question, {(None, YEAR): Sums(base=1)}, labels={}, data_on=DATA_ON))

    assert json.loads(written)["known_at"] == "2025-05-01T12:00:00Z"
