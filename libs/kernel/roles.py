"""Who works with a family, in the words of the practice model."""

from enum import StrEnum


class Role(StrEnum):
    """A role that a token may carry."""

    # What each may do stands in every service's `domain/grants.py`.

    REFERRER = "referrer"  # a professional outside the council: school, GP, police
    CASE_SYSTEM = "case_system"  # an integration of the Liquidlogic kind, pushing and loading records
    SCREENER = "screener"  # the front door (MASH)
    FRONT_DOOR_MANAGER = "front_door_manager"
    OUT_OF_HOURS = "out_of_hours"  # emergency duty team
    EARLY_HELP_LEAD = "early_help_lead"
    SOCIAL_WORKER = "social_worker"
    TEAM_MANAGER = "team_manager"
    SERVICE_MANAGER = "service_manager"  # across teams
    CONFERENCE_CHAIR = "conference_chair"  # chairs child protection conferences and reviews (IRO)
    ADULT_PRACTITIONER = "adult_practitioner"  # mental health, domestic abuse, substance misuse
    AGENCY_MANAGER = "agency_manager"  # a partner agency's coordinator
    ANALYST = "analyst"
    AUDITOR = "auditor"  # privacy officer, Caldicott guardian
    RECORDS_OFFICER = "records_officer"  # answers subject access requests
    RESTRICTION_STEWARD = "restriction_steward"
    SERVICE_ADMIN = "service_admin"  # configuration only, no person's data
