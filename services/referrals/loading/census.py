"""Loading a census file: each child that the rules let in, through the services' own commands."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from libs.kernel.errors import DomainError
from services.referrals import census_file
from services.referrals.census_file import CensusFileRefused
from services.referrals.domain.census.comparison import Difference
from services.referrals.domain.census.findings import Period, Placed, period_of
from services.referrals.domain.census.judgement import judge, without
from services.referrals.domain.census.records import Child, Header, counted
from services.referrals.domain.census.story import stories_of
from services.referrals.domain.census.whole_file import Tally, check_header
from services.referrals.loading.calling import CannotGoOn, Differs, Peer, Refused
from services.referrals.loading.casework import Casework
from services.referrals.loading.front_door import Closing, Intake, Origin
from services.referrals.loading.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """Where to put what a file holds, how many children at once, and how long to wait for news to get around."""

    referrals: Peer
    workbook: Peer
    area: str
    at_once: int = 4
    patience: float = 60.0  # seconds


async def load(stream: BinaryIO, *, file: str, into: Into | None) -> AsyncIterator[Report]:
    """Put a census file's children in, and give the report after each and at the end; without `into` only check it.

    Raises `CensusFileRefused` or `NoCensusYear` if it is no census file.
    """
    header, children = census_file.read(stream)
    period = period_of(header)
    report = Report(file=file, authority=header.authority.text, year_to=period.last.isoformat(), is_check=into is None)
    report.found(check_header(header))
    tally = Tally(header, period)
    judged = _judged(children, tally, period, report)
    try:
        if into is None:
            for _ in judged:
                yield report
        else:
            async for _ in _Loading(into, header, period, report).put(judged):
                yield report
        report.found(tally.end())
    except CannotGoOn as stopped:
        report.broken_off = str(stopped)
    yield report


def _judged(children: Iterator[Child], tally: Tally, period: Period, report: Report) -> Iterator[Child | None]:
    """Give what may go in of each child, noting what the rules find; what follows a break of the file is lost."""
    try:
        for child in children:
            report.children += 1
            try:
                admitted = _admitted(child, tally, period, report)
            except Exception as fault:  # noqa: BLE001 - one child must not keep the others out
                report.unexpected(_who(child), child, fault)
                admitted = None
            yield admitted
    except CensusFileRefused as broken:
        report.broken_off = f"line {broken.facts.get('line', '?')}: {broken.detail}"


def _admitted(child: Child, tally: Tally, period: Period, report: Report) -> Child | None:
    used_before = tuple(tally.add(child))
    refused = frozenset(one.refused for one in used_before if one.refused is not None)
    is_again = child.path in refused
    judgement = judge(child if is_again else without(child, refused), period)
    report.found((*used_before, *judgement.findings))
    admitted = None if is_again else judgement.admitted
    report.let_in.update(counted(admitted) if admitted is not None else {})
    return admitted


@dataclass(slots=True)
class _Loading:
    """One file on its way in."""

    into: Into
    header: Header
    period: Period
    report: Report
    closings: list[Closing] = field(default_factory=list)

    async def put(self, children: Iterable[Child | None]) -> AsyncIterator[None]:
        """Put the children in, then close what is closed: by then the news of the work has got around."""
        async for _ in self._a_few_at_once(self._put(child) for child in children if child is not None):
            yield
        async for _ in self._a_few_at_once(self._close(one) for one in self.closings):
            yield

    async def _a_few_at_once(self, tasks: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Run tasks; the next one is asked for only when there is room, so that no file is read ahead."""
        running: set[asyncio.Task[None]] = set()
        try:
            for task in tasks:
                running.add(asyncio.create_task(task))
                if len(running) >= self.into.at_once:
                    running = await _some_done(running)
                yield
            while running:
                running = await _some_done(running)
                yield
        finally:
            for left in running:
                left.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _put(self, child: Child) -> None:
        try:
            await self._put_child(child)
        except CannotGoOn as stopped:
            raise CannotGoOn(_placed(_who(child), child, stopped)) from None
        except Exception as fault:  # noqa: BLE001 - one child must not keep the others out
            self.report.unexpected(_who(child), child, fault)

    async def _put_child(self, child: Child) -> None:
        origin = Origin(authority=self.header.authority.text, area=self.into.area)
        try:
            stories = stories_of(child, self.period)
        except DomainError as outside:
            self.report.turned_away(_who(child), child, rules=(outside.slug,), words=outside.detail, by="census")
            return
        on_one_day: Counter[date] = Counter()
        is_in = False
        for story in stories:
            on_one_day[story.referred_on] += 1
            intake = Intake(self.into.referrals, origin, child, story, on_one_day[story.referred_on])
            await self._put_episode(intake)
            is_in = is_in or intake.is_there
        self.report.children_in += is_in

    async def _put_episode(self, intake: Intake) -> None:
        who, story = _who(intake.child), intake.story
        try:
            referral = await intake.decide(await intake.receive())
            closing = intake.closing(referral)
            if not story.further_action or await self._work(intake, referral):
                self.closings += [closing] if closing is not None else []
        except (Refused, Differs) as refusal:
            self._turned_away(who, story.record, refusal)
        self.report.went_in += intake.went_in
        self.report.unchanged += intake.unchanged
        self._differ(who, intake.differences, by=intake.peer.name)

    async def _work(self, intake: Intake, referral: Mapping[str, Any]) -> bool:
        """Put the work that followed into the workbook; say whether the workbook is as the file says."""
        who = _who(intake.child)
        casework = Casework(
            peer=self.into.workbook,
            family_id=referral["family_id"],
            child_id=referral["children"][0],
            referral_id=referral["id"],
            story=intake.story,
            until=self.period.last,
        )
        refused: set[str] = set()
        try:
            await casework.open(new=intake.is_new)
            for step in intake.story.steps:
                if not any(_is_part(step.record, of=path) for path in refused):
                    try:
                        await casework.do(step)
                    except (Refused, Differs) as refusal:
                        refused.add(step.record.path)
                        self._turned_away(who, step.record, refusal)
            await casework.close()
        except Refused as refusal:
            self._turned_away(who, intake.story.record, refusal)
            return False
        finally:
            self.report.went_in += casework.went_in
            self.report.unchanged += casework.unchanged
            self._differ(who, casework.differences, by=casework.peer.name)
        return True

    async def _close(self, closing: Closing) -> None:
        try:
            await closing.do(patience=self.into.patience)
            self.report.went_in["referrals closed"] += 1
        except Refused as refusal:
            self._turned_away(closing.who, closing.record, refusal)
        except CannotGoOn as stopped:
            raise CannotGoOn(_placed(closing.who, closing.record, stopped)) from None
        except Exception as fault:  # noqa: BLE001 - one referral must not keep the others open
            self.report.unexpected(closing.who, closing.record, fault)

    def _turned_away(self, who: tuple[int, str], record: Placed, refusal: Refused | Differs) -> None:
        if isinstance(refusal, Refused):
            rules = refusal.rules or (refusal.slug or str(refusal.status),)
            self.report.turned_away(who, record, rules=rules, words=refusal.detail, by=refusal.service)
        else:
            self._differ(who, [Difference(record, str(refusal))], by=refusal.service)

    def _differ(self, who: tuple[int, str], found: Iterable[Difference], *, by: str) -> None:
        for one in found:
            self.report.turned_away(who, one.at, rules=("differs",), words=one.words, by=by)


def _who(child: Child) -> tuple[int, str]:
    return child.position, child.la_child_id.text


def _placed(who: tuple[int, str], record: Placed, stopped: CannotGoOn) -> str:
    return f"line {record.line}, child {who[0]} {who[1]}: {stopped}"


def _is_part(record: Placed, *, of: str) -> bool:
    return record.path == of or record.path.startswith(f"{of}/")


async def _some_done(running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    done, left = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return left
