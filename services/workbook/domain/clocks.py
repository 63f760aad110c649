"""The workbook's clocks over time: which act starts, meets, restarts or voids which.

A chain of clocks is computed afresh from its start, the acts that met it and its end, so that an act recorded
late takes its true place, whatever was recorded before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import Clock, Unit, local_day, start
from libs.kernel.ids import derived_id
from libs.kernel.working_days import FIRST_DAY
from services.workbook.domain.clock_rules import (
    RECURRING,
    Chain,
    LocalValues,
    Numbered,
    Placement,
    looked_after_visit,
    rules,
)


class Act(StrEnum):
    """What happens in a workbook that a clock may wait for."""

    OPENED = "opened"
    REFERRED = "referred"  # a referral was accepted: its assessment is awaited
    CLOSED = "closed"
    CLOSED_IN_ERROR = "closed_in_error"  # at the moment of that closing: it had not ended anything
    ASSESSMENT_STARTED = "assessment_started"
    ASSESSMENT_AUTHORISED = "assessment_authorised"
    ENQUIRY_STARTED = "enquiry_started"
    ENQUIRY_ENDED = "enquiry_ended"
    CONFERENCE_NEEDED = "conference_needed"  # an enquiry ended with the conclusion that a conference is needed
    INITIAL_CONFERENCE = "initial_conference"
    REVIEW_CONFERENCE = "review_conference"
    CORE_GROUP = "core_group"
    CIN_MEETING = "cin_meeting"
    CIN_REVIEW = "cin_review"
    LA_REVIEW = "la_review"
    CHILD_SEEN = "child_seen"  # a statutory visit at which the child was seen
    CP_STARTED = "cp_started"
    CP_ENDED = "cp_ended"
    BORN = "born"  # a child who was on a child protection plan before the birth
    CIN_STARTED = "cin_started"
    CIN_ENDED = "cin_ended"
    LOOKED_AFTER_STARTED = "looked_after_started"
    LOOKED_AFTER_ENDED = "looked_after_ended"
    PLACED = "placed"
    PRE_PROCEEDINGS_STARTED = "pre_proceedings_started"
    PRE_PROCEEDINGS_ENDED = "pre_proceedings_ended"
    LETTER_SENT = "letter_sent"
    LETTER_SENT_EXEMPT = "letter_sent_exempt"  # without an offer that was not owed
    PRE_PROCEEDINGS_MEETING = "pre_proceedings_meeting"
    FAMILY_MEETING_OFFERED = "family_meeting_offered"
    PROCEEDINGS_STARTED = "proceedings_started"
    PROCEEDINGS_ENDED = "proceedings_ended"
    SUPERVISED = "supervised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an act does: the chains it starts, meets, ends with what still runs in them, and lets run on."""

    starts: frozenset[Chain] = frozenset()
    meets: frozenset[Chain] = frozenset()
    ends: frozenset[Chain] = frozenset()
    revives: frozenset[Chain] = frozenset()


def _these(*chains: Chain) -> frozenset[Chain]:
    return frozenset(chains)


_C = Chain
_CP = _these(_C.CORE_GROUP, _C.CP_REVIEW, _C.CP_VISIT)
_CIN = _these(_C.CIN_MEETING, _C.CIN_REVIEW, _C.CIN_VISIT)
_LA = _these(_C.LA_REVIEW, _C.LA_VISIT)
EFFECTS: Mapping[Act, Effect] = {
    Act.OPENED: Effect(starts=_these(_C.SUPERVISION)),
    Act.REFERRED: Effect(starts=_these(_C.ASSESSMENT)),
    Act.CLOSED: Effect(ends=frozenset(Chain)),
    Act.CLOSED_IN_ERROR: Effect(revives=frozenset(Chain)),
    Act.ASSESSMENT_STARTED: Effect(starts=_these(_C.ASSESSMENT, _C.ASSESSMENT_REVIEW)),
    Act.ASSESSMENT_AUTHORISED: Effect(meets=_these(_C.ASSESSMENT), ends=_these(_C.ASSESSMENT_REVIEW)),
    Act.ENQUIRY_STARTED: Effect(starts=_these(_C.ENQUIRY, _C.INITIAL_CONFERENCE)),
    Act.ENQUIRY_ENDED: Effect(meets=_these(_C.ENQUIRY), ends=_these(_C.INITIAL_CONFERENCE)),
    Act.CONFERENCE_NEEDED: Effect(meets=_these(_C.ENQUIRY)),
    Act.INITIAL_CONFERENCE: Effect(meets=_these(_C.ENQUIRY, _C.INITIAL_CONFERENCE)),
    Act.REVIEW_CONFERENCE: Effect(meets=_these(_C.CP_REVIEW, _C.BIRTH_REVIEW)),
    Act.CORE_GROUP: Effect(meets=_these(_C.CORE_GROUP, _C.BIRTH_REVIEW)),
    Act.CIN_MEETING: Effect(meets=_these(_C.CIN_MEETING)),
    Act.CIN_REVIEW: Effect(meets=_these(_C.CIN_REVIEW)),
    Act.LA_REVIEW: Effect(meets=_these(_C.LA_REVIEW)),
    Act.CHILD_SEEN: Effect(meets=_these(_C.ASSESSMENT_REVIEW, _C.CP_VISIT, _C.CIN_VISIT, _C.LA_VISIT)),
    Act.CP_STARTED: Effect(starts=_CP),
    Act.CP_ENDED: Effect(ends=_CP | {_C.BIRTH_REVIEW}),
    Act.BORN: Effect(starts=_these(_C.BIRTH_REVIEW)),
    Act.CIN_STARTED: Effect(starts=_CIN),
    Act.CIN_ENDED: Effect(ends=_CIN),
    Act.LOOKED_AFTER_STARTED: Effect(starts=_LA),
    Act.LOOKED_AFTER_ENDED: Effect(ends=_LA),
    Act.PLACED: Effect(starts=_these(_C.LA_VISIT), ends=_these(_C.LA_VISIT)),
    Act.PRE_PROCEEDINGS_STARTED: Effect(starts=_these(_C.PRE_PROCEEDINGS, _C.LETTER)),
    Act.PRE_PROCEEDINGS_ENDED: Effect(
        meets=_these(_C.PRE_PROCEEDINGS),
        ends=_these(_C.LETTER, _C.PRE_PROCEEDINGS_MEETING, _C.FAMILY_MEETING_OFFER),
    ),
    Act.LETTER_SENT: Effect(
        starts=_these(_C.FAMILY_MEETING_OFFER, _C.PRE_PROCEEDINGS_MEETING), meets=_these(_C.LETTER)
    ),
    Act.LETTER_SENT_EXEMPT: Effect(starts=_these(_C.PRE_PROCEEDINGS_MEETING), meets=_these(_C.LETTER)),
    Act.PRE_PROCEEDINGS_MEETING: Effect(meets=_these(_C.PRE_PROCEEDINGS_MEETING)),
    Act.FAMILY_MEETING_OFFERED: Effect(meets=_these(_C.FAMILY_MEETING_OFFER)),
    Act.PROCEEDINGS_STARTED: Effect(starts=_these(_C.PROCEEDINGS)),
    Act.PROCEEDINGS_ENDED: Effect(meets=_these(_C.PROCEEDINGS)),
    Act.SUPERVISED: Effect(meets=_these(_C.SUPERVISION)),
}
#: Chains that belong to the family as a whole; all others belong to one child.
WHOLE_FAMILY = _these(_C.ASSESSMENT, _C.SUPERVISION, _C.FAMILY_MEETING_OFFER)
#: Chains that belong to one assessment; children of a family may be assessed apart.
OF_ASSESSMENTS = _these(_C.ASSESSMENT, _C.ASSESSMENT_REVIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An act, when it happened, and about which child; `since` moves the start of a chain it starts."""

    act: Act
    at: datetime
    child_id: UUID | None = None
    since: Mapping[Chain, datetime] | None = None
    placement: Placement | None = None
    assessment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One chain for one subject from its start to its end, with the moments of the acts that met it."""

    id: UUID
    chain: Chain
    child_id: UUID | None
    started_at: datetime
    acts: tuple[datetime, ...] = ()
    ended_at: datetime | None = None
    placement: Placement | None = None
    reviewed_at: datetime | None = None  # the first looked-after review, after which visits may be rarer
    assessment_id: UUID | None = None  # none while a referral waits for its assessment to start


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One clock of a run, with its number in the project's table."""

    id: UUID
    run_id: UUID
    number: str
    child_id: UUID | None
    clock: Clock


def _in_force(run: Run, at: datetime) -> bool:
    """Whether the run was going on at a moment; an act counts from the day on which the run began."""
    begun = local_day(run.started_at) <= local_day(at)
    return begun and (run.ended_at is None or local_day(at) <= local_day(run.ended_at))


def _over(run: Run) -> bool:
    return run.ended_at is not None or (run.chain not in RECURRING and bool(run.acts))


def _concerns(run: Run, happened: Happened) -> bool:
    if None not in {run.assessment_id, happened.assessment_id} and run.assessment_id != happened.assessment_id:
        return False
    return run.chain in WHOLE_FAMILY or happened.child_id is None or run.child_id == happened.child_id


def _met(run: Run, happened: Happened) -> Run:
    at = max(happened.at, run.started_at)
    if run.chain not in RECURRING and run.acts:
        return replace(run, acts=(min(at, *run.acts),))
    return replace(run, acts=tuple(sorted({*run.acts, at})))


def _changed(run: Run, happened: Happened, effect: Effect) -> Run:
    if not _concerns(run, happened) or not _in_force(run, happened.at):
        return run
    if run.chain in effect.meets:
        run = _met(run, happened)
    if run.chain in effect.revives and run.ended_at is not None and run.ended_at >= happened.at:
        run = replace(run, ended_at=None)
    if _begins_it(run, happened, effect):
        return replace(run, placement=happened.placement or run.placement)
    if run.chain in effect.ends and (not _over(run) or run.chain in effect.starts):
        # What was done after the end belongs to what came next, however late the end is recorded.
        acts = tuple(act for act in run.acts if local_day(act) <= local_day(happened.at))
        run = replace(run, acts=acts, ended_at=max(happened.at, run.started_at, *acts))
    if happened.act is Act.LA_REVIEW and run.chain is Chain.LA_VISIT:
        run = replace(run, reviewed_at=min(happened.at, run.reviewed_at or happened.at))
    return run


def _begins_it(run: Run, happened: Happened, effect: Effect) -> bool:
    """Whether an act that ends one run and starts the next says again how this one began."""
    return run.chain in effect.starts & effect.ends and run.started_at == happened.at


def begun(workbook_id: UUID, chain: Chain, happened: Happened, *, before: Iterable[Run]) -> Run:
    """Return the run that an act starts; `before` are those that were there."""
    at = (happened.since or {}).get(chain, happened.at)
    child_id = None if chain in WHOLE_FAMILY else happened.child_id
    placement = (happened.placement or Placement.ORDINARY) if chain is Chain.LA_VISIT else None
    reviewed_at, ended_at = _between(chain, happened, before)
    about = happened.assessment_id if chain in OF_ASSESSMENTS else None
    return Run(
        id=derived_id("clock-run", workbook_id, chain, child_id, about, at.isoformat()),
        chain=chain,
        child_id=child_id,
        started_at=at,
        placement=placement,
        assessment_id=about,
        reviewed_at=reviewed_at,
        ended_at=ended_at,
    )


def _between(chain: Chain, happened: Happened, before: Iterable[Run]) -> tuple[datetime | None, datetime | None]:
    """Return what a placement takes from those around it: the first review, and its end if a later one is known."""
    if happened.act is not Act.PLACED:
        return None, None
    same = [run for run in before if run.chain is chain and _concerns(run, happened)]
    reviewed = [run.reviewed_at for run in same if run.reviewed_at and _in_force(run, happened.at)]
    later = [run.started_at for run in same if run.started_at > happened.at]
    return min(reviewed, default=None), min(later, default=None)


def _same(held: Run, new: Run) -> bool:
    """Whether a run is there already: it was started before, or a referral waits for the assessment that starts."""
    if held.id == new.id:
        return True
    if new.assessment_id is None or (held.chain, held.child_id) != (new.chain, new.child_id):
        return False
    waits = held.assessment_id is None and held.started_at == new.started_at and not _over(held)
    return waits or held.assessment_id == new.assessment_id


def after(runs: Iterable[Run], happened: Happened, *, workbook_id: UUID) -> tuple[Run, ...]:
    """Return the runs that an act changes or starts; a run that it starts twice is started once."""
    before = tuple(runs)
    effect = EFFECTS[happened.act]
    changed = {run.id: new for run in before if (new := _changed(run, happened, effect)) != run}
    for chain in sorted(effect.starts):
        run = begun(workbook_id, chain, happened, before=before)
        same = next((held for held in before if _same(held, run)), None)
        if same is None:
            changed[run.id] = run
        elif same.assessment_id != run.assessment_id:
            changed[same.id] = replace(same, assessment_id=run.assessment_id or same.assessment_id)
    return tuple(changed.values())


def touched(runs: Iterable[Run], happened: Happened) -> tuple[Run, ...]:
    """Return the runs that an act may have met."""
    meets = EFFECTS[happened.act].meets
    return tuple(run for run in runs if run.chain in meets and _concerns(run, happened))


def replayed(run: Run, standing: Iterable[Happened]) -> Run:
    """Return the run as met by what stands in the record now, whenever that was recorded."""
    run = replace(run, acts=())
    for happened in standing:
        run = _changed(run, happened, EFFECTS[happened.act])
    return run


def _numbered(run: Run, place: int, from_at: datetime, local: LocalValues) -> Numbered:
    if run.chain is Chain.LA_VISIT:
        return looked_after_visit(
            run.placement or Placement.ORDINARY,
            place=place,
            placed_at=run.started_at,
            from_at=from_at,
            reviewed_at=run.reviewed_at,
        )
    steps = rules(local)[run.chain]
    return steps[min(place, len(steps) - 1)]


def clocks(run: Run, *, local: LocalValues) -> tuple[Kept, ...]:
    """Every clock of a run in order: each from its start, or from the act that met the one before.

    A clock counted in working days from before the bundled bank holidays is left out: it ran out long ago.
    """
    starts = (run.started_at, *run.acts) if run.chain in RECURRING else (run.started_at,)
    kept = []
    for place, from_at in enumerate(dict.fromkeys(starts)):
        numbered = _numbered(run, place, from_at, local)
        if numbered.rule.unit is Unit.WORKING_DAYS and local_day(from_at) < FIRST_DAY:
            continue
        clock = start(numbered.rule, at=from_at)
        met_at = next((act for act in run.acts if act > from_at or run.chain not in RECURRING), None)
        if met_at is not None:
            clock = clock.meet(at=met_at)
        elif run.ended_at is not None:
            clock = clock.void(at=max(run.ended_at, from_at))
        kept.append(
            Kept(
                id=derived_id("clock", run.id, numbered.number, numbered.rule.kind, from_at.isoformat()),
                run_id=run.id,
                number=numbered.number,
                child_id=run.child_id,
                clock=clock,
            )
        )
    return tuple(kept)
