"""Allocation's tables, one module per part."""

from services.allocation.tables.base import metadata
from services.allocation.tables.deciding import OFFERED, UNALLOCATED, UNDECIDED, proposal, request
from services.allocation.tables.families import (
    child_case,
    child_past,
    exclusion,
    family,
    merged_family,
    practitioner_room,
    practitioner_work,
)
from services.allocation.tables.holding import GOING_ON, allocation, cover, handover
from services.allocation.tables.staff import absence, load_change, load_turn, scheme, team, worker

__all__ = [
    "GOING_ON",
    "OFFERED",
    "UNALLOCATED",
    "UNDECIDED",
    "absence",
    "allocation",
    "child_case",
    "child_past",
    "cover",
    "exclusion",
    "family",
    "handover",
    "load_change",
    "load_turn",
    "merged_family",
    "metadata",
    "practitioner_room",
    "practitioner_work",
    "proposal",
    "request",
    "scheme",
    "team",
    "worker",
]
