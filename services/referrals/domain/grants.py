"""Who may do what at the front door: from permission to the roles that hold it."""

from collections.abc import Mapping

from libs.kernel.roles import Role
from services.referrals.domain.states import EARLY_HELP, FRONT_DOOR, MANAGERS, MOVES, RECEIVERS, TEAM_MANAGERS

#: Staff who may read a referral; a relationship to the family is asked for beside the role.
READERS = (
    FRONT_DOOR
    | EARLY_HELP
    | TEAM_MANAGERS
    | {Role.OUT_OF_HOURS, Role.SOCIAL_WORKER, Role.CONFERENCE_CHAIR, Role.RECORDS_OFFICER}
)

_RECORDERS = FRONT_DOOR | {Role.SOCIAL_WORKER, Role.TEAM_MANAGER}
_LISTERS = FRONT_DOOR | EARLY_HELP | TEAM_MANAGERS

MAY: Mapping[str, frozenset[Role]] = {
    **{f"referrals:{verb}": rule.roles for verb, rule in MOVES.items() if rule.roles},
    "referrals:receive": RECEIVERS,
    "referrals:read": READERS,
    "referrals:read-decisions": READERS,
    # The sender reads the receipt of what they sent themselves, nothing else.
    "referrals:read-receipt": READERS | {Role.REFERRER},
    "notices:read": READERS,
    "notices:send": FRONT_DOOR,
    "notices:withhold": FRONT_DOOR,
    "information:read": READERS,
    "information:answer": FRONT_DOOR,
    "information:refuse": FRONT_DOOR,
    "information:withdraw": FRONT_DOOR,
    "strategy:read": READERS,
    "clocks:read": READERS,
    "clocks:list": _LISTERS,
    "work-list:read": _LISTERS,
    "people:search": FRONT_DOOR | {Role.OUT_OF_HOURS},
    "people:read": READERS,
    "people:record": _RECORDERS,
    "people:record-birth": _RECORDERS,
    "people:record-address": _RECORDERS,
    "people:record-contact-point": _RECORDERS,
    "people:end-contact-point": _RECORDERS,
    "people:correct-contact-point": _RECORDERS,
    "people:relate": _RECORDERS,
    "people:end-relationship": _RECORDERS,
    "people:protect": _RECORDERS,
    "people:end-protected": _RECORDERS,
    "people:correct-protected": _RECORDERS,
    "people:read-protected": READERS,
    # Reveals one protected detail at a time, with a purpose, and is audited.
    "people:reveal": FRONT_DOOR - {Role.CASE_SYSTEM} | {Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.OUT_OF_HOURS},
    "areas:read": READERS | RECEIVERS,
    "matches:read": FRONT_DOOR,
    "matches:confirm": FRONT_DOOR - {Role.CASE_SYSTEM},
    "matches:reject": FRONT_DOOR - {Role.CASE_SYSTEM},
    "families:read": READERS,
    "families:add-member": _RECORDERS,
    "families:end-membership": _RECORDERS,
    "families:move": _RECORDERS,
    "families:merge": MANAGERS - {Role.CASE_SYSTEM},
}
