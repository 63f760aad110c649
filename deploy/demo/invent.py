"""An invented county from a seed: families with the proportions of the published year, scaled.

Pure: the same seed, scale and year give the same families. Counts are of children, as the published ones are; each
quota is filled exactly, so that a county of a hundred children already has the shares of one of five thousand.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from deploy import county
from deploy.demo import published
from deploy.demo.episodes import Teller
from deploy.demo.households import invent_household
from deploy.demo.quotas import family_sizes, share_out, shuffled
from deploy.demo.stories import Story, Way, Window


@dataclass(frozen=True, slots=True)
class Group:
    """Children who go the same way, and when they were referred."""

    way: Way
    children: int
    before: bool = False  # referred before the year: open when it began
    again: bool = False  # within twelve months of an earlier referral
    repeat: bool = False  # had a child protection plan years ago
    stays: bool = True  # still open at the end


def groups(scale: float) -> tuple[Group, ...]:
    """Say how many children go which way."""

    def scaled(count: float) -> int:
        return round(count * scale)

    starts = {
        Way.ADVISED: scaled(published.NO_FURTHER_ACTION),
        Way.STEPPED_DOWN: scaled(published.NOT_IN_NEED * 0.15),
        Way.ASSESSED: scaled(published.NOT_IN_NEED * 0.85),
        Way.PROTECTED: scaled(published.CP_STARTS),
        Way.CARED_FOR: scaled(published.LOOKED_AFTER_STARTS),
    }
    starts[Way.IN_NEED] = max(0, scaled(published.REFERRALS) - sum(starts.values()))
    again = share_out(scaled(published.RE_REFERRALS), {way: n for way, n in starts.items() if way is not Way.CARED_FOR})
    return (*_open_before(scaled, starts), *_referred_within(scaled, starts, again))


def _open_before(scaled: Callable[[float], int], starts: Mapping[Way, int]) -> Iterator[Group]:
    """Children whose episode was open when the year began."""
    cp, care = scaled(published.CP_AT_START), scaled(published.LOOKED_AFTER_AT_START)
    leaving = max(0, care + starts[Way.CARED_FOR] - scaled(published.LOOKED_AFTER_AT_END))
    in_need = max(0, scaled(published.IN_NEED_AT_START) - cp - care)
    staying = min(in_need, max(0, _in_need_at_end(scaled) - (starts[Way.IN_NEED] - _ended(starts[Way.IN_NEED]))))
    yield Group(Way.PROTECTED, cp, before=True, stays=False)
    yield Group(Way.CARED_FOR, care - leaving, before=True)
    yield Group(Way.CARED_FOR, leaving, before=True, stays=False)
    yield Group(Way.IN_NEED, staying, before=True)
    yield Group(Way.IN_NEED, in_need - staying, before=True, stays=False)


def _referred_within(
    scaled: Callable[[float], int], starts: Mapping[Way, int], again: Mapping[str, int]
) -> Iterator[Group]:
    """Children referred in the year, some of them for the second time."""
    for way in (Way.ADVISED, Way.STEPPED_DOWN, Way.ASSESSED):
        yield Group(way, starts[way] - again[way], stays=False)
        yield Group(way, again[way], again=True, stays=False)
    repeats = scaled(published.CP_REPEATS)
    ending = max(0, starts[Way.PROTECTED] - scaled(published.CP_AT_END))
    yield Group(Way.PROTECTED, repeats, repeat=True)
    yield Group(Way.PROTECTED, again[Way.PROTECTED], again=True)
    yield Group(Way.PROTECTED, ending, stays=False)
    yield Group(Way.PROTECTED, max(0, starts[Way.PROTECTED] - repeats - again[Way.PROTECTED] - ending))
    yield Group(Way.CARED_FOR, starts[Way.CARED_FOR])
    ended = _ended(starts[Way.IN_NEED])
    yield Group(Way.IN_NEED, ended, stays=False)
    yield Group(Way.IN_NEED, again[Way.IN_NEED], again=True)
    yield Group(Way.IN_NEED, max(0, starts[Way.IN_NEED] - ended - again[Way.IN_NEED]))


def _in_need_at_end(scaled: Callable[[float], int]) -> int:
    """Return how many children have an open episode at the end and are neither protected nor looked after."""
    return scaled(published.IN_NEED_AT_END) - scaled(published.CP_AT_END) - scaled(published.LOOKED_AFTER_AT_END)


def _ended(started: int) -> int:
    """Return how many of those who became in need within the year are so no more; two in five, invented."""
    return round(started * 0.4)


def invent(*, seed: int, scale: float, until: date) -> tuple[Story, ...]:
    """Return the county's families, those first whose first referral came first."""
    window = Window(first=until - timedelta(days=365), until=until)
    chance = Random(f"county {seed}")  # noqa: S311 - invention, not secrecy
    areas = [team.areas[0] for team in county.teams()]
    families = [(group, size) for group in groups(scale) for size in family_sizes(group.children, chance)]
    sources = shuffled(len(families), published.SOURCES, chance)
    stories = []
    for number, ((group, size), source) in enumerate(zip(families, sources, strict=True), start=1):
        own = Random(f"family {seed} {number}")  # noqa: S311 - a larger county keeps a family's own chances
        teller = Teller(window=window, chance=own, source=source)
        on = _referred_on(group, window, own)
        household = invent_household(
            number=number,
            area=areas[number % len(areas)],
            children=size,
            on=on - timedelta(days=(4 * 365 if group.repeat else 370 if group.again else 0)),
            unborn=not (group.again or group.repeat) and (until - on).days < _UNBORN_WITHIN,
            chance=own,
        )
        earlier = teller.earlier(on, protected=group.repeat) if group.again or group.repeat else ()
        episode = teller.episode(group.way, on, stays=group.stays, asked=household.adults)
        stories.append(Story(household=household, episodes=(*earlier, episode)))
    return tuple(sorted(stories, key=lambda story: story.episodes[0].received_at))


#: Days before the end of the year in which a family may still expect a child.
_UNBORN_WITHIN = 30
#: Days that must be left of the year, so that what makes the way what it is has happened by its end.
_NEEDS_DAYS = {
    Way.ADVISED: 8,
    Way.STEPPED_DOWN: 12,
    Way.ASSESSED: 95,
    Way.IN_NEED: 5,
    Way.PROTECTED: 45,
    Way.CARED_FOR: 25,
}
_ENDS_AFTER = 240  # days that an episode takes that is over by the end of the year
#: Days before the year in which the episodes began that were open at its beginning: at least, at most.
_BEGAN_BEFORE = {Way.IN_NEED: (20, 300), Way.PROTECTED: (60, 320), Way.CARED_FOR: (60, 900)}


def _referred_on(group: Group, window: Window, chance: Random) -> date:
    if group.before:
        least, most = _BEGAN_BEFORE[group.way]
        return window.first - timedelta(days=chance.randint(least, most))
    left = _NEEDS_DAYS[group.way] if group.stays or group.way in _QUICK else _ENDS_AFTER
    latest = 365 - left
    if group.again:  # the earlier referral lies before the year, and within twelve months
        latest = min(latest, 240)
    return window.first + timedelta(days=chance.randint(0, latest))


_QUICK = {Way.ADVISED, Way.STEPPED_DOWN, Way.ASSESSED}
