"""Tells the invented county's year to the services: every family through the public APIs, several at a time."""

import asyncio
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import httpx

from deploy.calling import Desk, Refused
from deploy.demo import front_door, placement, record
from deploy.demo.playing import NotInTime, Play
from deploy.demo.stories import Episode, Story

_AT_ONCE = 6
_SHOWN = 5  # failures that are told in full
_BESIDE_THE_BAR = 45  # characters


class CountyIncomplete(Exception):
    """Some families' stories could not be told to their end; the message says what was refused."""


@dataclass(slots=True)
class Progress:
    """A bar for people; a line now and then where nobody watches a terminal."""

    total: int
    width: int  # of the terminal; 0 where there is none
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    _shown: int = -1

    def step(self) -> None:
        """One family more."""
        self.done += 1
        share = self.done / self.total
        seconds = time.monotonic() - self.began
        left = seconds / share - seconds
        if self.width > _BESIDE_THE_BAR:
            width = min(40, self.width - _BESIDE_THE_BAR)
            bar = "#" * int(share * width) + "." * (width - int(share * width))
            end = "\n" if self.done == self.total else ""
            print(f"\r  [{bar}] {self.done}/{self.total} families, {left:4.0f} s left ", end=end, flush=True)
        elif int(share * 10) > self._shown:
            self._shown = int(share * 10)
            print(f"  {self.done}/{self.total} families, {seconds:.0f} s", flush=True)


async def tell(desk: Desk, stories: Sequence[Story], *, run: str, today: date) -> None:
    """Tell every story; a story that was told before under the same `run` changes nothing."""
    progress = Progress(len(stories), _terminal_width())
    free = asyncio.Semaphore(_AT_ONCE)
    failures: list[str] = []
    waiting: Counter[str] = Counter()

    async def one(story: Story) -> None:
        async with free:
            try:
                await _family(desk, story, run=run, today=today, waiting=waiting)
            except (Refused, NotInTime, httpx.HTTPError) as problem:
                way = story.episodes[-1].way
                failures.append(f"family {story.household.number} ({way}): {type(problem).__name__} {problem}")
            progress.step()

    await asyncio.gather(*(one(story) for story in stories))
    if waiting["families"]:
        print(f"  {waiting['families']} families wait for a worker: nobody had room")
    if failures:
        raise CountyIncomplete("\n".join([f"{len(failures)} families:", *sorted(failures)[:_SHOWN]]))


def _terminal_width() -> int:
    """Return how wide the terminal is that shows what we print; the launcher passes it on to its jobs."""
    if "FS_TERMINAL_WIDTH" in os.environ:
        return int(os.environ["FS_TERMINAL_WIDTH"])
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


async def _family(desk: Desk, story: Story, *, run: str, today: date, waiting: Counter[str]) -> None:
    play = Play(desk, story, run, today)
    for episode in story.episodes:
        await front_door.refer(play, episode)
        if not await _work(play, episode, today):
            waiting["families"] += 1
            return


async def _work(play: Play, episode: Episode, today: date) -> bool:
    """Find the family a worker and keep its workbook, where the referral was accepted; False when nobody has room."""
    if episode.allocated_at is None:
        return True
    if not await placement.allocate(play, episode.allocated_at):
        return False
    await record.keep(play, episode, today)
    if episode.closed_on:
        await placement.released(play)
    return True
