"""Why and when a referral ends: as the family's workbook ended, where there was one."""

from dataclasses import dataclass
from datetime import date

from libs.kernel.codes import ClosureReason
from libs.kernel.errors import Conflict, Invalid


class ClosedOtherwise(Conflict):
    """The family's workbook was closed for another reason or on another day."""

    slug = "closed-otherwise"


class ReasonNeeded(Invalid):
    """A referral whose family never had a workbook is closed for a reason."""


@dataclass(frozen=True, slots=True)
class WorkEnded:
    """Why and on which day work with the family ended, as its workbook says."""

    reason: ClosureReason
    on: date


def agreed(ended: WorkEnded | None, *, reason: ClosureReason | None, on: date | None, today: date) -> WorkEnded:
    """Return why and when the referral ends: as the workbook says, which what was told may not contradict."""
    if ended is None:
        if reason is None:
            raise ReasonNeeded("No workbook says why: give the reason.", at="/reason")
        return WorkEnded(reason, on or today)
    if reason not in {None, ended.reason} or on not in {None, ended.on}:
        raise ClosedOtherwise(
            f"The workbook was closed for {ended.reason} on {ended.on}: close the referral likewise.",
            reason=ended.reason,
            closed_on=ended.on.isoformat(),
        )
    return ended
