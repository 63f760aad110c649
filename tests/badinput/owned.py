"""Fields that the services fill in themselves, and the bodies in which a caller says one of them all the same."""

from collections.abc import Mapping

#: Who, when, whose and in which state: never a caller's to say.
OURS = (
    "id", "revision", "state", "team_id", "agency_id", "family_id", "created_at", "updated_at", "recorded_at",
    "recorded_by", "received_by", "decided_by", "restriction", "restricted", "sealed", "level", "audience", "roles",
    "actor_id", "author_id", "epoch", "correlation_id", "audit", "is_admin",
)  # fmt: skip

#: Service -> body's field -> why it is the caller's there.
SAID_BY_CALLERS: Mapping[str, Mapping[str, str]] = {
    "referrals": {
        "NewReferral.family_id": "A screener says that the family is known; that they may see it is checked",
        "Reopening.level": "The level of need is what is decided",
        "Triage.level": "The level of need is what is decided",
    },
    "allocation": {
        "NewExclusion.family_id": "Of whom it is",
        "NewRequest.family_id": "For whom a worker is sought by hand",
        "NewTeam.id": "The directory's own id, so that tokens and records mean the same team",
        "NewWorker.id": "The directory's own id, so that tokens and records mean the same person",
        "NewWorker.team_id": "The post is in a team",
        "WorkerPost.team_id": "The post is in a team",
    },
    "workbook": {
        "NewWorkbook.family_id": "Of whom it is",
        "NewWorkbook.level": "At which level help begins is what is decided",
        "NewWorkbook.team_id": "The team that will lead",
    },
    "partners": {
        "NewAgency.id": "The directory's own id, so that tokens and records mean the same agency",
        "NewAgreement.agency_id": "With whom an administrator agrees; no agency may write one",
        "NewPractitioner.id": "The directory's own id, so that tokens and records mean the same person",
        "OfferFacts.audience": "For whom an offer is, in words",
        "Question.team_id": "For which team room is sought",
    },
    "metrics": {
        "NewRun.agency_id": "What a run is narrowed to; an agency's own is checked",
        "NewRun.team_id": "What a run is narrowed to",
    },
}
