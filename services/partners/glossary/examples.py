"""Examples of what partner agencies send: invented people; `...` takes the example of the field's own schema."""

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Any] = {
    "Saying.occurred_at": "2026-11-20T10:00:00Z",
    "Start.occurred_at": "2026-11-20T10:00:00Z",
    # the directory
    "AgencyFacts.name": "Invented Recovery Trust",
    "NewAgency.name": "Invented Recovery Trust",
    "NewAgency.code": "invented_recovery_trust",
    "stated_fte": 10,
    "OfferFacts.specialism": "substance_misuse",
    "OfferFacts.title": "Drug and alcohol work with parents",
    "OfferFacts.audience": "Parents of the families that the teams work with.",
    "OfferFacts.areas": ["oxford_east"],
    "NewPractitioner.name": "Chris Invented",
    "PractitionerFacts.name": "Chris Invented",
    "specialism": "substance_misuse",
    "specialisms": ["substance_misuse"],
    "fte": 0.5,
    "NewPractitioner.checked_on": "2026-09-01",
    "PractitionerFacts.checked_on": "2026-09-01",
    "RoomBody.places": 2,
    "answer_within": {"urgent": 1, "soon": 3, "routine": 5},
    "first_contact_within": 10,
    "end_within": 10,
    "report_within_days": 14,
    "capacity_fresh_days": 14,
    # requests and sessions
    "Acceptance.practitioner_by": "2026-12-04",
    "Waiting.expected_on": "2026-12-11",
    "Hold.review_on": "2026-12-18",
    "NewMessage.text": "Does the adult prefer mornings? (Invented.)",
    "NewMessage.is_question": True,
    "NewSession.starts_at": "2026-12-01T10:00:00Z",
    "Moving.starts_at": "2026-12-03T14:00:00Z",
    "Attendance.scores": [{"tool": "AUDIT", "total": 12}],
    "GoalBody.goal": "An adult is awake and sober every morning",
    "practitioner_view": "Ten of twelve sessions were kept; drinking has halved. (Invented.)",
    "EndReportBody.family_view": "It helped that somebody listened. (Invented.)",
}
