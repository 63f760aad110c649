"""`make demo`: starts everything, invents a county on top, walks one family through, and prints what to look at.

It ends by itself, and stops what it started; its status is the check: 0 only if every service agrees on the family's
story. The data stay, so that `make run` shows the same county. Where `make run` is running on the same data already, it
uses that, and leaves it running. `SCALE` says how much of the published year is invented, `SEED` which county it is.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from deploy import client_keys, run_file
from deploy.calling import Desk, Refused
from deploy.credentials import load_or_make, write_privately
from deploy.demo import afterwards, agreement, measured, walk, year
from deploy.demo.agreement import Question
from deploy.demo.invent import invent
from deploy.demo.playing import NotInTime, in_time
from deploy.demo.walk import Walk
from deploy.local import Launcher
from deploy.plan import Addresses, real_plan, service_environment
from libs.chassis import clock
from libs.kernel.ids import new_id

#: Services recall an answer for a week; a county that was begun longer ago is begun anew.
_CAN_GO_ON = timedelta(days=6)
#: A clock that runs out between two looks changes the answers by itself: then they are compared anew.
_COMPARISONS = 3
#: Measured on two idle cores: what each family takes, and all the rest together.
_A_FAMILY, _THE_REST = timedelta(seconds=0.8), timedelta(seconds=75)


def main() -> int:
    """Run the demonstration, in what runs already or in a run of its own."""
    var = Path(os.environ.get("FS_VAR", "var")).absolute()
    if "--tell" in sys.argv:
        return asyncio.run(_tell(var))
    if _is_running(var):
        print(f"using what is running, and leaving it running: {run_file.place(var)}")
        return asyncio.run(_tell(var))
    print(announced(*_wanted()), flush=True)
    if sys.stdout.isatty():
        os.environ["FS_TERMINAL_WIDTH"] = str(shutil.get_terminal_size().columns)
    errand = [sys.executable, "-m", "deploy.demo", "--tell"]
    return Launcher(var, replace(real_plan(), errand=errand)).run()


def announced(scale: float, seed: int) -> str:
    """Return what is about to happen, and how long that takes."""
    families = len(invent(seed=seed, scale=scale, until=clock.now().date()))
    minutes = (families * _A_FAMILY + _THE_REST) / timedelta(minutes=1)
    return (
        f"The demonstration at SCALE={scale:g}: starts everything, invents a county of {families} families unless it is there, "
        f"walks one family through,\nasks every service for its account, and stops: about {max(1, round(minutes))} minutes on two "
        "idle cores. Its status is the check: 0 if all agree.\n`make run` afterwards shows the same county, and stays."
    )


def _wanted() -> tuple[float, int]:
    """Return how much of the published year is to be invented, and which county."""
    return float(os.environ.get("SCALE", "0.02")), int(os.environ.get("SEED", "1"))


def _is_running(var: Path) -> bool:
    try:
        run_file.read(var)
    except run_file.NotRunning:
        return False
    return True


async def _tell(var: Path) -> int:
    addresses = run_file.read(var)
    scale, seed = _wanted()
    async with httpx.AsyncClient(timeout=60) as http:
        desk = Desk(addresses, http, client_keys.load(var))
        complete = await _county(desk, var, scale=scale, seed=seed)
        path = walk.begin(desk, clock.now().date(), print)
        print("\nOne family, from a school's concern to closure")
        try:
            await walk.walk(path)
        except (NotInTime, Refused) as problem:
            print(f"\nThe story stops: {problem}")
            return 1
        print("\nDo the services agree on the family's story?")
        agreed = await _agreed(path)
        print("\nThe measures, over the last year")
        await measured.settled(desk)
        print(measured.table(await measured.compare(desk, scale=_invented_so_far(var))))
        print("  The whole staff is there at any scale, so that in a small county each holds fewer cases.")
        same = await _same_when_rebuilt(desk, var, addresses)
        print(await afterwards.told(path, stays="--tell" not in sys.argv))
    if agreed and complete and same:
        print("\nEvery service agrees on the family's story.")
        return 0
    return 1


# -- the county ---------------------------------------------------------------------------------------------------------


async def _county(desk: Desk, var: Path, *, scale: float, seed: int) -> bool:
    """Invent the county, or go on with one that was begun; return whether all of it is there."""
    mark = var / "demo.json"
    name = f"seed {seed} scale {scale}"
    known: dict[str, dict[str, Any]] = json.loads(mark.read_text()) if mark.exists() else {}
    today = clock.now().date()
    begun = known.get(name)
    if begun and begun["complete"]:
        print(f"\nThe invented county ({name}) is there since {begun['today']}.")
        return True
    if begun is None or today - date.fromisoformat(begun["today"]) > _CAN_GO_ON:
        begun = known[name] = {"today": today.isoformat(), "scale": scale, "complete": False}
        write_privately(mark, json.dumps(known))
    until = date.fromisoformat(begun["today"])
    stories = invent(seed=seed, scale=scale, until=until)
    children = sum(len(story.household.children) for story in stories)
    print(f"\nInventing a county ({name}): {len(stories)} families with {children} children, a year until {until}")
    try:
        await year.tell(desk, stories, run=f"{name} {until}", today=until)
    except year.CountyIncomplete as problem:
        print(f"  not complete: {problem}\n  `make demo` again goes on where it stopped")
        return False
    begun["complete"] = True
    write_privately(mark, json.dumps(known))
    return True


def _invented_so_far(var: Path) -> float:
    """Return the scale of all counties that were invented on these data."""
    return sum(float(county["scale"]) for county in json.loads((var / "demo.json").read_text()).values())


# -- what it proves -------------------------------------------------------------------------------------------------------


async def _agreed(path: Walk) -> bool:
    """Print what each service says; news may still be on its way, so ask for a while."""
    asked: tuple[Question, ...] = ()

    async def all_agree() -> bool | None:
        nonlocal asked
        asked = await agreement.questions(path)
        return True if all(question.agreed for question in asked) else None

    try:
        await in_time(all_agree, what="the services did not come to agree")
    except NotInTime as problem:
        print(f"  {problem}")
    for question in asked:
        names = ", ".join(question.answers)
        if question.agreed:
            print(f"  yes  {question.asked}: {names} say the same")
        else:
            told = "; ".join(f"{name} says {answer}" for name, answer in question.answers.items())
            print(f"  NO   {question.asked}: {told}")
    return bool(asked) and all(question.agreed for question in asked)


async def _same_when_rebuilt(desk: Desk, var: Path, addresses: Mapping[str, Any]) -> bool:
    """Let metrics count everything again from the event streams, and compare the answers byte by byte."""
    same, number, said = False, 0, ""
    for _ in range(_COMPARISONS):
        before = await measured.keep_answers(desk, new_id())
        done = await asyncio.to_thread(_rebuild, var, addresses)
        if done.returncode != 0:
            print(f"\nThe rebuild failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            return False
        after = await measured.keep_answers(desk, new_id())
        same, number, said = before == after, len(before), done.stdout.strip().splitlines()[-1]
        if same:
            break
    print(f"\nRebuilt from the event streams: {said}")
    print(f"  {number} answers, {'each the same byte by byte' if same else 'NOT all the same'}")
    return same


def _rebuild(var: Path, addresses: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    env = service_environment("metrics", load_or_make(var / "credentials.json"), _addresses(addresses))
    argv = [sys.executable, "-m", "services.metrics", "rebuild"]
    return subprocess.run(argv, env={**os.environ, **env}, capture_output=True, text=True, check=False)  # noqa: S603


def _addresses(found: Mapping[str, Any]) -> Addresses:
    """Return the addresses of a run from what it wrote about itself."""
    urls = {**found["services"], "issuer": found["issuer"], "nats": found["nats"], "postgres": found["postgres"]}
    return Addresses({name: urlsplit(url).port or 0 for name, url in urls.items()})


if __name__ == "__main__":
    sys.exit(main())
