"""Examples of what is sent to the front door: invented people and places; `...` takes the example of the field's own schema."""

from collections.abc import Mapping
from typing import Any

_WHY = "The children have been alone at night twice this month."

EXAMPLES: Mapping[str, Any] = {
    "address": "12 Invented Lane, Sampleton",
    "agencies": ["thames_valley_police", "school_nursing"],
    "Happened.occurred_at": "2026-11-20T10:00:00Z",
    "rationale": _WHY,
    # referrals
    "NewReferral.source": ...,
    "NewReferral.referral_source": "2A",
    "NewReferral.channel": "portal",
    "NewReferral.area": "oxford_east",
    "NewReferral.primary_need": "N5",
    "NewReferral.needs": ["3B", "16A"],
    "NewReferral.referrer": ...,
    "NewReferral.narrative": "Robin came to school hungry again and said that nobody was at home. (Invented.)",
    "NewReferral.children": [
        {
            "given_name": "Robin",
            "family_name": "Invented",
            "birth_date": "2018-05-04",
            "sex": "M",
            "ethnicity": "WBRI",
            "disabilities": ["NONE"],
            "upn_unknown": "UN6",
            "addresses": [{"line": "12 Invented Lane, Sampleton", "postcode": "OX99 9ZZ"}],
        }
    ],
    "NewReferral.adults": [{"given_name": "Alex", "family_name": "Invented", "birth_date": "1990-02-11", "sex": "F"}],
    "NewReferral.relationships": [
        {"person": "adults/0", "relation": "parent", "other": "children/0", "parental_responsibility": True}
    ],
    "NewReferrer.name": "Sam Invented",
    "NewReferrer.agency": "sampleton_primary_school",
    "NewReferrer.contact": "sam@school.example.org",
    "NewReferrer.may_be_named": True,
    "Source.system": "sampleton_school_system",
    "Source.id": "concern-4711",
    "Triage.rag": "amber",
    "Triage.level": 3,
    "Reopening.reason": "new_information",
    "Reopening.rag": "amber",
    "Reopening.level": 3,
    "Decided.outcome": "single_assessment",
    "Redirection.authority": "invented_county",
    "Refusal.reason": "family_disagrees",
    "Closing.reason": "RC7",
    "TakingBack.reason": "sent_twice",
    "CallingStrategy.enquiry": True,
    "CallingStrategy.held_at": "2026-11-20T10:00:00Z",
    "CallingStrategy.record": "Police and school nursing agreed that a section 47 enquiry is needed. (Invented.)",
    # information
    "NewQuestions.requests": ...,
    "agency": "school_nursing",
    "question": "Has Robin been seen by the school nurse since September?",
    "purpose": "To know whether Robin's needs are met",
    "NewQuestion.consent": "given",
    "NewQuestion.family_informed": True,
    "AskingMore.consent": "given",
    "AskingMore.family_informed": True,
    "NewAnswer.answer": "Robin was seen in October; weight and height are as expected. (Invented.)",
    # people and families
    "NewPerson.given_name": "Robin",
    "NewPerson.family_name": "Invented",
    "NewPerson.birth_date": "2018-05-04",
    "NewPerson.sex": "M",
    "Birth.given_name": "Kim",
    "Birth.family_name": "Invented",
    "Correction.birth_date": "2018-04-05",
    "PeopleSearch.given_name": "Robin",
    "PeopleSearch.family_name": "Invented",
    "PeopleSearch.birth_date": "2018-05-04",
    "PeopleSearch.postcode": "OX99 9ZZ",
    "NewWhereabouts.line": "12 Invented Lane, Sampleton",
    "NewWhereabouts.postcode": "OX99 9ZZ",
    "EndedMembership.until_on": "2026-11-20",
    "Merging.reason": "Both records tell of the same household.",
    "NewRelationship.parental_responsibility": True,
    "NewProtected.kind": "address",
    "NewProtected.value": "7 Madeup Mews, Sampleton",
    "NewProtected.kept_from": ["f7c2d0a4-3b8e-5a61-9d27-0c4be1a6f583"],
    "Reason.reason": "It is the number of a neighbour.",
    "Withholding.reason": "anonymous",
}
