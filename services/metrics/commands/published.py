"""Published figures: a closed window is frozen when it is first asked about, and revised only where nobody can subtract."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.metrics.domain import editions
from services.metrics.domain.definitions import measure as measure_of
from services.metrics.domain.editions import CHILDREN, Edition, NothingToRevise, NotRevisable, Place, State
from services.metrics.domain.measures import By, Measure
from services.metrics.domain.periods import Period, financial_year, financial_year_of
from services.metrics.domain.questions import Asked, Question, View
from services.metrics.domain.results import Answer, Sums, result
from services.metrics.domain.suppression import publishable
from services.metrics.repository import editions as kept
from services.metrics.repository.children import Once, children_once, counted_once
from services.metrics.repository.ledger import Ledger, labels, ledger_now, settled

_OF_CHILDREN = measure_of(code="three_or_more_workers")


@dataclass(frozen=True, slots=True)
class _Frozen:
    """The editions that answer a question: of months, and of children counted once in each of its pieces."""

    of_months: State
    of_children: State

    def shown(self, period: Period) -> list[Edition]:
        """Return those of which a figure of that period is made."""
        every = (*self.of_months.values(), *self.of_children.values())
        return [
            each for each in every if each.period.from_on < period.until_on and period.from_on < each.period.until_on
        ]


async def answer(tx: Transaction, asked: Asked) -> Answer:
    """Answer a question with frozen sums; what nobody was shown yet is frozen."""
    now = await ledger_now(tx, asked.known_at)
    question = settled(tx, asked, now)
    frozen = await _frozen(tx, question, now)
    once = _once(question, frozen.of_children)
    sums = {
        place: counted_once(question.measure, inside, once.get(place, Sums()) if once else None)
        for place, inside in _places(editions.frozen_sums(question, frozen.of_months), once).items()
    }
    shown = frozen.shown(question.period)
    called = await labels(tx, now.generation) if question.by in {By.TEAM, By.AGENCY} else {}
    data_on = max((each.data_on for each in shown), default=now.data_on)
    found = replace(
        result(question, sums, labels=called, data_on=data_on),
        edition=max((each.number for each in shown), default=None),
        frozen_on=max((each.frozen_on for each in shown), default=None),
    )
    hidden = await asyncio.to_thread(editions.hidden_cells_of, question.measure, frozen.of_months)
    return Answer(publishable(found, hidden=hidden), sums)


async def revise(tx: Transaction, *, asked: Asked) -> Edition:
    """Let what is known now replace the frozen figures of a window, unless the difference would show a small count."""
    measure = asked.measure
    if measure.over is not None:
        raise NotRevisable
    now = await ledger_now(tx, None)
    question = settled(tx, asked, now)
    name = editions.name_of(measure)
    await kept.hold(tx, name)
    every = await kept.within(tx, {name}, financial_year(financial_year_of(question.period.last_on)))
    stands = editions.newest(every)
    mine = [month for month in editions.months_shown(question) if month in stands]
    fresh = await _fresh_months(tx, measure, mine, now, number=max((each.number for each in every), default=0) + 1)
    changed = {month: edition for month, edition in fresh.items() if edition.sums != stands[month].sums}
    if not changed:
        raise NothingToRevise("No figure of the window was shown yet, or none has changed since.")
    codes = editions.together(measure.tally)
    await asyncio.to_thread(editions.need_no_small_change, codes, every, changed)
    await kept.add(tx, list(changed.values()))
    audit.record(tx, "publications:revise")
    return changed[max(changed)]


async def newest_number(tx: Transaction, question: Question) -> int:
    """Return how many times the figures that answer a question were frozen."""
    shown = set(editions.months_shown(question))
    # A stock is frozen for whole months, also where the question begins inside one.
    inside = Period(min(each.from_on for each in shown), question.period.until_on)
    found = await kept.within(tx, {editions.name_of(question.measure)}, inside)
    return max((each.number for each in found if each.period in shown), default=0)


async def _frozen(tx: Transaction, question: Question, now: Ledger) -> _Frozen:
    """Return the editions that answer a question, those that there were not yet made now."""
    if now.data_on is None:
        return _Frozen({}, {})
    name, wanted = editions.name_of(question.measure), editions.months_needed(question)
    of_children = question.pieces if question.measure.over else ()
    inside = Period(min(each.from_on for each in (*wanted, *of_children)), question.period.until_on)

    async def stands() -> _Frozen:
        every = await kept.within(tx, {name, CHILDREN}, inside)
        by_month = editions.newest([each for each in every if each.what == name])
        by_piece = editions.newest([each for each in every if each.what == CHILDREN])
        return _Frozen(
            {month: by_month[month] for month in wanted if month in by_month},
            {piece: by_piece[piece] for piece in of_children if piece in by_piece},
        )

    found = await stands()
    months_lacking = [month for month in wanted if month not in found.of_months]
    children_lacking = [piece for piece in of_children if piece not in found.of_children]
    if not months_lacking and not children_lacking:
        return found
    number = max((each.number for each in found.of_months.values()), default=1)
    made = await _fresh_months(tx, question.measure, months_lacking, now, number=number)
    made |= await _fresh_children(tx, question, children_lacking, now)
    await kept.add(tx, list(made.values()))
    # Another may have frozen them in the meantime: who came first is right.
    return await stands()


async def _fresh_months(
    tx: Transaction, measure: Measure, wanted: Sequence[Period], now: Ledger, *, number: int
) -> dict[Period, Edition]:
    if not wanted:
        return {}
    codes, carries = editions.together(measure.tally), measure.shape.is_stock
    sums = await kept.sums_by_month(tx, codes, wanted, generation=now.generation, carries=carries)
    name = editions.name_of(measure)
    return {month: _edition(tx, now, name, month, sums[month], number=number) for month in wanted}


async def _fresh_children(
    tx: Transaction, question: Question, wanted: Sequence[Period], now: Ledger
) -> dict[Period, Edition]:
    if not wanted:
        return {}
    sums: dict[Period, dict[Place, Sums]] = {piece: {} for piece in wanted}
    for by in (question.by if question.by is By.MONTH else By.NONE, By.TEAM):
        asked = Question(
            measure=_OF_CHILDREN, by=by, period=question.period, view=View.INTERNAL, is_crossed=question.is_monthly
        )
        for (key, piece), each in (await children_once(tx, asked, now.generation)).items():
            if piece in sums:
                sums[piece][CHILDREN, key, None] = each
    return {piece: _edition(tx, now, CHILDREN, piece, sums[piece]) for piece in wanted}


def _edition(tx: Transaction, now: Ledger, what: str, period: Period, sums: Mapping[Place, Sums], *, number: int = 1) -> Edition:  # fmt: skip
    today = local_day(tx.now)
    data_on = now.data_on or today
    return Edition(what=what, period=period, number=number, data_on=data_on, frozen_on=today, sums=dict(sums))


def _once(question: Question, of_children: State) -> Once:
    is_by_team = question.by is By.TEAM
    return {
        (f"{piece.from_on:%Y-%m}" if question.by is By.MONTH else team, piece): sums
        for piece, edition in of_children.items()
        for (_, team, _), sums in edition.sums.items()
        if (team is not None) == is_by_team
    }


def _places(sums: Mapping[tuple[str | None, Period], Sums], once: Once) -> dict[tuple[str | None, Period], Sums]:
    return {**{place: Sums() for place in once}, **sums}
