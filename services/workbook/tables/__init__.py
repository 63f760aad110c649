"""The workbook's tables, one module per part of the record."""

from services.workbook.tables.base import metadata
from services.workbook.tables.clocks import clock, clock_run
from services.workbook.tables.family import (
    family_copy,
    heard_strategy,
    involvement,
    merged_family,
    workbook,
    workbook_history,
)
from services.workbook.tables.plan import family_plan, goal, plan_version, step
from services.workbook.tables.record import chapter, cycle, entry, module_progress, timeline_item
from services.workbook.tables.statutory import assessment, conference, enquiry, plan_spell
from services.workbook.tables.team import action, network_meeting, practitioner_request, supervision

__all__ = [
    "action",
    "assessment",
    "chapter",
    "clock",
    "clock_run",
    "conference",
    "cycle",
    "enquiry",
    "entry",
    "family_copy",
    "family_plan",
    "goal",
    "heard_strategy",
    "involvement",
    "merged_family",
    "metadata",
    "module_progress",
    "network_meeting",
    "plan_spell",
    "plan_version",
    "practitioner_request",
    "step",
    "supervision",
    "timeline_item",
    "workbook",
    "workbook_history",
]
