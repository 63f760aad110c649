"""What a file tells of a record otherwise than the service that holds it: the service's stands, and a person looks.

Only what contradicts is a difference. What the file tells and the service does not hold yet is news, and what
the service holds from after the last day of the file is later knowledge. What a census never says and the
loader assumes (`story.py`) is not compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from libs.kernel.codes import Section47Outcome
from services.referrals.domain.census.findings import Placed
from services.referrals.domain.census.records import Assessment, CinPlan, Enquiry, Episode, Field, ProtectionPlan

#: A record as the owning service answers it.
Held = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the file tells and the service holds otherwise."""

    at: Placed  # where the file tells it
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """From where a file looks at a record: its last day, and whether the episode had ended by then."""

    until: date
    closed: bool


def differences(record: Placed, held: Held, *, view: View, plans_before: int = 0) -> tuple[Difference, ...]:
    """Return what the file tells of a record that began on the same day otherwise than `held`."""
    match record:
        case Assessment():
            return tuple(_of_assessment(record, held, view))
        case CinPlan():
            return tuple(_of_end(record.end, held["ended_on"], view))
        case Enquiry():
            return tuple(_of_enquiry(record, held, view))
        case ProtectionPlan():
            return tuple(_of_protection(record, held, view, plans_before))
        case _:
            return ()


def of_closing(told: Episode, held: Held) -> tuple[Difference, ...]:
    """Return what the file tells of the end of an episode otherwise than the closed referral `held`."""
    found = []
    if told.closure_date.text != held["closed_on"]:
        found.append(Difference(told.closure_date, f"The referral was closed on {held['closed_on']} here."))
    if told.closure_reason.text != held["closure_reason"]:
        found.append(Difference(told.closure_reason, f"The referral was closed with {held['closure_reason']} here."))
    return tuple(found)


def brings_category(plan: ProtectionPlan, held: Held) -> bool:
    """Say whether the plan's latest category is news: of a plan that goes on, and not from before the last change.

    The day of a change is not told. A second one counts as later than the first if a review came with it.
    """
    goes_on = held["ended_on"] is None and plan.initial_category.text == held["initial_category"]
    is_first = held["latest_category"] == held["initial_category"]
    told = max((review.day for review in plan.reviews if review.day is not None), default=date.min)
    reviewed = max((date.fromisoformat(day) for day in held["reviewed_on"]), default=date.min)
    return goes_on and plan.latest_category.text != plan.initial_category.text and (is_first or told > reviewed)


def began_otherwise(*, start: date, end: date | None, others: Iterable[Held]) -> date | None:
    """Return the start of the held record, unknown to the file, whose time that of the file's record runs through.

    Two records of one kind about one child do not overlap: these are one, which began on another day.
    """
    for one in others:
        began = date.fromisoformat(one["started_on"])
        ended = one.get("authorised_on") or one.get("ended_on")
        if began < (end or date.max) and start < (date.fromisoformat(ended) if ended else date.max):
            return began
    return None


def end_of(record: Placed) -> date | None:
    """Return the day on which a record ended, as far as the file tells."""
    match record:
        case Assessment():
            return record.authorised.day
        case CinPlan() | ProtectionPlan():
            return record.end.day
        case Enquiry():
            return record.conference.day
        case _:
            return None


def _of_end(told: Field, held: str | None, view: View) -> Iterator[Difference]:
    if held is None:
        return
    if told.day is not None and told.day.isoformat() != held:
        yield Difference(told, f"It ended on {held} here.")
    elif told.day is None and not view.closed and date.fromisoformat(held) <= view.until:
        yield Difference(told, f"It ended on {held} here, and is open in the file.")


def _of_assessment(told: Assessment, held: Held, view: View) -> Iterator[Difference]:
    yield from _of_end(told.authorised, held["authorised_on"], view)
    factors = {field.text for field in told.factors}
    if held["authorised_on"] is not None and told.authorised.day is not None and factors != set(held["factors"]):
        yield Difference(told.factors[0] if told.factors else told, "It found other factors here.")


def _of_enquiry(told: Enquiry, held: Held, view: View) -> Iterator[Difference]:
    if held["ended_on"] is None:
        return
    conferred, needed = held["conference_on"], held["outcome"] == Section47Outcome.CP_CONFERENCE
    if told.not_required.flag is True:
        if needed:
            yield Difference(told.not_required, "It ended with a conference here.")
    elif told.conference.day is None:
        yield from _of_end(told.conference, held["ended_on"], view)
    elif conferred is not None and conferred != told.conference.day.isoformat():
        yield Difference(told.conference, f"The conference was held on {conferred} here.")
    elif conferred is None and not needed:
        yield Difference(told.conference, "It ended without a conference here.")


def _of_protection(told: ProtectionPlan, held: Held, view: View, plans_before: int) -> Iterator[Difference]:
    if told.initial_category.text != held["initial_category"]:
        yield Difference(told.initial_category, f"The initial category is {held['initial_category']} here.")
    if told.latest_category.text != held["latest_category"] and not brings_category(told, held):
        yield Difference(told.latest_category, f"The latest category is {held['latest_category']} here.")
    # The workbook counts the plans that it knows of, if more were not told.
    if told.previous.count is not None and max(told.previous.count, plans_before) != held["previous_cp_plans"]:
        yield Difference(told.previous, f"{held['previous_cp_plans']} earlier plans are counted here.")
    yield from _of_end(told.end, held["ended_on"], view)
