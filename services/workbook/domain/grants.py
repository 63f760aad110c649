"""Who may say what in this service; what a verb's table names is what its route asks for."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from libs.kernel.roles import Role
from libs.kernel.transitions import Move
from services.workbook.domain import (
    assessments,
    chapters,
    conferences,
    enquiries,
    entries,
    family_plan,
    modules,
    network_meetings,
    practitioner_requests,
    supervision,
    workbook,
)

_MANAGERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_STAFF = _MANAGERS | frozenset({Role.SOCIAL_WORKER, Role.EARLY_HELP_LEAD, Role.CONFERENCE_CHAIR, Role.OUT_OF_HOURS})
_AGENCIES = frozenset({Role.ADULT_PRACTITIONER, Role.AGENCY_MANAGER})
_READERS = _STAFF | _AGENCIES | frozenset({Role.CASE_SYSTEM, Role.RECORDS_OFFICER})
_STATUTORY = frozenset({Role.SOCIAL_WORKER, Role.CONFERENCE_CHAIR, Role.CASE_SYSTEM}) | _MANAGERS


def _roles(verbs: Mapping[str, Move[StrEnum]] | Mapping[str, frozenset[Role]], verb: str) -> frozenset[Role]:
    said = verbs[verb]
    return said if isinstance(said, frozenset) else said.roles


def _all(resource: str, verbs: Mapping[str, object], names: Iterable[str]) -> dict[str, frozenset[Role]]:
    return {f"{resource}:{name}": _roles(verbs, name) for name in names}  # type: ignore[arg-type]


MAY: Mapping[str, frozenset[Role]] = {
    "workbooks:read": _READERS,
    "workbooks:open": frozenset({Role.CASE_SYSTEM, Role.SERVICE_MANAGER}),
    "clocks:read": _STAFF | frozenset({Role.CASE_SYSTEM}),
    "actions:complete": _STAFF | frozenset({Role.ADULT_PRACTITIONER}),
    "spells:start": _STATUTORY,
    "spells:end": _STATUTORY,
    "spells:change-category": _STATUTORY,
    "spells:place": _STATUTORY,
    "spells:send-letter": _STATUTORY,
    "spells:record-birth": _STATUTORY,
    "modules:read": _READERS | frozenset({Role.SERVICE_ADMIN}),
    "practitioner-requests:read": _STAFF | _AGENCIES | frozenset({Role.CASE_SYSTEM}),
    **_all(
        "workbooks",
        workbook.VERBS,
        ("offer-step-down", "accept-step-down", "refuse-step-down", "step-up", "close", "reopen"),
    ),
    **_all("entries", entries.VERBS, ("record", "correct", "strike")),
    **_all("chapters", chapters.VERBS, ("draft", "submit", "sign", "countersign", "return", "correct")),
    **_all("plan", family_plan.PLAN_VERBS, ("edit", "agree")),
    **_all("goals", family_plan.GOAL_VERBS, tuple(family_plan.GOAL_VERBS)),
    **_all("steps", family_plan.STEP_VERBS, tuple(family_plan.STEP_VERBS)),
    **_all("supervisions", supervision.VERBS, tuple(supervision.VERBS)),
    **_all("network-meetings", network_meetings.VERBS, tuple(network_meetings.VERBS)),
    **_all("assessments", assessments.VERBS, tuple(assessments.VERBS)),
    **_all("enquiries", enquiries.VERBS, tuple(enquiries.VERBS)),
    **_all("conferences", conferences.VERBS, tuple(conferences.VERBS)),
    **_all("practitioner-requests", practitioner_requests.VERBS, ("ask", "withdraw")),
    **_all("modules", modules.VERBS, tuple(modules.VERBS)),
}
