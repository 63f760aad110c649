"""What plan spells add up to: children on each level at any date, starts, and repeat child protection plans."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from libs.kernel.working_days import add_months
from services.metrics.domain.families import Teams, team_on
from services.metrics.domain.spells import Level, PlanSpell, joined, shared
from services.metrics.domain.tallies import Stay, Tally, TallyCode, left_out, stock

_STOCKS: Mapping[Level, TallyCode] = {
    Level.EARLY_HELP: TallyCode.EARLY_HELP,
    Level.CIN: TallyCode.CIN_PLAN,
    Level.CP: TallyCode.CP_PLAN,
    Level.PRE_PROCEEDINGS: TallyCode.PRE_PROCEEDINGS,
    Level.PROCEEDINGS: TallyCode.PROCEEDINGS,
    Level.LOOKED_AFTER: TallyCode.LOOKED_AFTER,
}
_STARTS: Mapping[Level, TallyCode] = {
    Level.CIN: TallyCode.CIN_START,
    Level.LOOKED_AFTER: TallyCode.LOOKED_AFTER_START,
}
# Source: local indicator: the earlier plan ended at most 24 months before the new one starts.
_REPEAT_MONTHS = 24


def plan_tallies(spells: tuple[PlanSpell, ...], *, teams: Teams) -> Iterator[Tally]:
    """Yield what the plan spells add up to; a child counts once in a stock, however many records say so."""
    lines: dict[tuple[UUID, Level], list[PlanSpell]] = defaultdict(list)
    for spell in spells:
        if spell.is_impossible:
            yield left_out(spell.spell_id, spell.started_on)
        else:
            lines[spell.child_id, spell.level].append(spell)
    for (child, level), line in lines.items():
        stays = teams(line[-1].family_id)
        for stay in joined(Stay(spell.started_on, spell.ended_on) for spell in line):
            yield from stock(_STOCKS[level], child, shared(stay, stays))
        for spell in line:
            if level in _STARTS:
                team = team_on(teams(spell.family_id), spell.started_on)
                yield Tally(code=_STARTS[level], subject=spell.spell_id, on=spell.started_on, team=team, base=1)
        if level is Level.CP:
            yield from _cp_starts(line, teams)


def _cp_starts(line: list[PlanSpell], teams: Teams) -> Iterator[Tally]:
    for index, spell in enumerate(line):
        earlier = line[:index]
        ended = [before.ended_on for before in earlier if before.ended_on is not None]
        recent = any(end <= spell.started_on <= add_months(end, _REPEAT_MONTHS) for end in ended)
        ever = bool(earlier) or spell.previous_cp_plans > 0
        team = team_on(teams(spell.family_id), spell.started_on)
        for code, repeat in ((TallyCode.CP_START, ever), (TallyCode.CP_START_TWO_YEARS, recent)):
            yield Tally(code=code, subject=spell.spell_id, on=spell.started_on, team=team, amount=int(repeat), base=1)
