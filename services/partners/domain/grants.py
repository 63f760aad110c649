"""Which roles may do what in partners; whose requests they may do it to is decided by where they belong."""

from collections.abc import Mapping

from libs.kernel.roles import Role
from services.partners.domain import request, sessions, sharing
from services.partners.domain.parties import AGENCY_ROLES, COUNCIL_ROLES, Party
from services.partners.domain.request import Verb
from services.partners.domain.sessions import SessionVerb

_ADMIN = frozenset({Role.SERVICE_ADMIN})
_MANAGER = frozenset({Role.AGENCY_MANAGER})
_OVERSIGHT = frozenset({Role.SERVICE_MANAGER})
_EVERYBODY_INSIDE = AGENCY_ROLES | COUNCIL_ROLES | _ADMIN | _OVERSIGHT
_DIRECTORY = _EVERYBODY_INSIDE | {
    Role.SCREENER,
    Role.FRONT_DOOR_MANAGER,
    Role.OUT_OF_HOURS,
    Role.EARLY_HELP_LEAD,
    Role.CONFERENCE_CHAIR,
    Role.CASE_SYSTEM,
    Role.AUDITOR,
}

MAY: Mapping[str, frozenset[Role]] = {
    "agencies:read": _DIRECTORY,
    "agencies:write": _ADMIN,
    "offers:read": _DIRECTORY,
    "offers:write": _ADMIN,
    "practitioners:read": _EVERYBODY_INSIDE,
    "practitioners:write": _MANAGER,
    "capacity:read": _DIRECTORY,
    "capacity:write": _MANAGER,
    # What other agencies answer is not an agency's to know.
    "capacity:check": _DIRECTORY - AGENCY_ROLES,
    "needs:read": COUNCIL_ROLES | _OVERSIGHT,
    "requests:read": AGENCY_ROLES | COUNCIL_ROLES | _OVERSIGHT | {Role.CONFERENCE_CHAIR, Role.OUT_OF_HOURS},
    "messages:read": AGENCY_ROLES | COUNCIL_ROLES,
    "messages:write": AGENCY_ROLES | COUNCIL_ROLES,
    "sessions:read": AGENCY_ROLES | COUNCIL_ROLES,
    "sessions:book": AGENCY_ROLES,
    "reports:read": AGENCY_ROLES | COUNCIL_ROLES | {Role.CONFERENCE_CHAIR},
    "work-list:read": AGENCY_ROLES,
    "agreements:read": _ADMIN | _OVERSIGHT | _MANAGER | {Role.AUDITOR},
    "agreements:draft": _ADMIN,
    "terms:read": _EVERYBODY_INSIDE,
    "terms:write": _ADMIN,
    # Asking back and answering are said by a message, coming late by attending.
    **{f"requests:{verb}": move.roles for verb, move in request.TABLE.items() if verb not in {Verb.ASK, Verb.ANSWER}},
    **{f"sessions:{verb}": move.roles for verb, move in sessions.TABLE.items() if verb != SessionVerb.ATTEND_LATE},
    **{f"agreements:{verb}": move.roles for verb, move in sharing.TABLE.items()},
}


def party_of(roles: frozenset[Role]) -> Party:
    """Say on which side somebody with these roles stands; an agency's role weighs more than a council's."""
    return Party.AGENCY if roles & AGENCY_ROLES else Party.COUNCIL
