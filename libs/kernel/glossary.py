"""What fields and codes mean that several services share, in the words of the field; each service adds its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from libs.kernel import codes
from libs.kernel.tools import SCALES


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """The words of fields, the meanings of codes, and examples; `Schema.field` goes before `field`."""

    words: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)

    def __or__(self, own: "Glossary") -> Self:
        """Return these words with those of `own`, which go before them."""
        return type(self)(
            words={**self.words, **own.words},
            codes={**self.codes, **own.codes},
            examples={**self.examples, **own.examples},
        )

    def word(self, key: str) -> str | None:
        """Return what the field `Schema.field` means."""
        return self.words.get(key, self.words.get(key.rpartition(".")[2]))


_CODED = {kind.__name__: {code.value: code.label for code in kind} for kind in codes.Coded.__subclasses__()}

_WORDS: Mapping[str, str] = {
    "accepted_at": "When it was accepted",
    "action_id": "The agreed action",
    "adult_id": "The adult of the family",
    "adults": "The adults of the family",
    "agencies": "The agencies that took part, by their codes",
    "agency_id": "The partner agency",
    "amber_at": "From when the promise counts as at risk",
    "answered_at": "When it was answered",
    "area": "The area of the county in which the family lives, by its code",
    "areas": "The areas that are served, by their codes",
    "asked_at": "When it was asked",
    "asked_by": "Who asked",
    "at": "When it was done or decided",
    "birth_date": "The day of birth",
    "by": "Who did or decided it",
    "calendar_version": "The version of the working-day calendar by which it was reckoned",
    "category": "The category of abuse of a child protection plan",
    "child_id": "The child",
    "children": "The children whom it is about",
    "closed_on": "The day on which it was closed",
    "closure_reason": "Why it was closed, in the code of the children in need census",
    "decided_at": "When it was decided",
    "decided_by": "Who decided",
    "decision": "What was decided",
    "due_at": "By when it must be done",
    "due_on": "The day by which it must be done",
    "end_reason": "Why it ended",
    "ended_at": "When it ended",
    "ended_on": "The day on which it ended; null while it goes on",
    "family_id": "The family",
    "family_view": "What the family itself says, in its own words",
    "from_on": "The first day on which it holds",
    "goals": "The goals of the family's plan",
    "held_on": "The day on which it was held",
    "id": "Its id",
    "items": "What was found, in order",
    "kind": "What kind it is",
    "lead_worker_id": "The lead worker of the family",
    "level": "How intensive the council's work with the family is",
    "made_at": "When it was made",
    "met_at": "When the promise was kept",
    "need": "What is needed",
    "note": "A note in words",
    "occurred_at": "When it really happened, if not now; never in the future",
    "outcome": "What came of it",
    "overdue": "Whether it is past its due moment",
    "people": "The people whom it is about",
    "person_id": "The person",
    "practitioner_id": "The adult practitioner of a partner agency",
    "previous_worker_id": "The worker who held the family before",
    "purpose": "What it is wanted for",
    "reason": "Why",
    "received_at": "When it was received",
    "record": "What was recorded of it",
    "referral_id": "The referral",
    "request_id": "The request",
    "revision": "The revision of the record, raised by one with each change; the same number as in its ETag",
    "scores": "The scores of structured tools",
    "sent_at": "When it was sent",
    "since": "Since when",
    "skills": "Skills, by their codes",
    "source_id": "The record that it comes from",
    "specialism": "What the adult practitioner is a specialist in",
    "standing": "How the promise stands now",
    "started_at": "When it began",
    "started_on": "The day on which it began",
    "state": "Where it stands",
    "team_id": "The team",
    "text": "What was written",
    "tool": "The structured tool",
    "topic": "What the person's change is about",
    "unit": "The unit in which it is counted",
    "until_on": "The day after the last on which it holds; null without an end",
    "urgency": "How soon it is needed",
    "voided_at": "When the promise fell away without being kept",
    "withdrawn_at": "When it was withdrawn",
    "workbook_id": "The family's workbook",
    "worker_id": "The worker of the council",
}

_CODES: Mapping[str, Mapping[str, str]] = {
    "Basis": {
        "law": "a statute or regulation",
        "guidance": "statutory guidance, such as Working Together",
        "local": "a local procedure",
    },
    "Role": {
        "referrer": "a professional outside the council: school, GP, police",
        "case_system": "an integration that pushes and loads records",
        "screener": "the front door (MASH)",
        "front_door_manager": "decides at the front door",
        "out_of_hours": "the emergency duty team",
        "early_help_lead": "answers for early help",
        "social_worker": "holds families",
        "team_manager": "manages one team",
        "service_manager": "manages across teams",
        "conference_chair": "chairs child protection conferences and reviews",
        "adult_practitioner": "mental health, domestic abuse or substance misuse",
        "agency_manager": "coordinates a partner agency",
        "analyst": "reads figures",
        "auditor": "privacy officer or Caldicott guardian",
        "records_officer": "answers subject access requests",
        "restriction_steward": "decides who may see restricted records",
        "service_admin": "configuration only, no person's data",
    },
    "Specialism": {
        "mental_health": "an adult's mental health",
        "domestic_abuse_victim": "work with victims of domestic abuse",
        "domestic_abuse_perpetrator": "work with perpetrators of domestic abuse",
        "substance_misuse": "drugs and alcohol",
    },
    "SpellKind": {
        "eh": "early help",
        "cin": "child in need plan",
        "cp": "child protection plan",
        "pre_proceedings": "pre-proceedings under the Public Law Outline",
        "proceedings": "care proceedings before the court",
        "looked_after": "looked after by the authority",
    },
    "Standing": {
        "running": "not due yet",
        "amber": "due soon, at risk",
        "breached": "past due and not kept",
        "met": "kept in time",
        "met_late": "kept, but late",
        "void": "fell away without being kept",
    },
    "Tool": {tool.value: f"{tool.label}, {scale.low} to {scale.high}" for tool, scale in SCALES.items()},
}

COMMON = Glossary(words=_WORDS, codes={**_CODED, **_CODES})
