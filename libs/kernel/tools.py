"""The structured tools that practitioners score: one vocabulary and the true range of each.

No question of any tool is worded here; several are licensed to others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from libs.kernel.codes import Coded


class Tool(Coded):
    """The tools that may be scored."""

    AUDIT = "AUDIT", "Alcohol Use Disorders Identification Test"
    SADQ = "SADQ", "Severity of Alcohol Dependence Questionnaire"
    DAST_10 = "DAST-10", "Drug Abuse Screening Test"
    TOP_PHYSICAL = "TOP-PHYSICAL", "Treatment Outcomes Profile: physical health"
    TOP_PSYCHOLOGICAL = "TOP-PSYCHOLOGICAL", "Treatment Outcomes Profile: psychological health"
    TOP_QUALITY_OF_LIFE = "TOP-QUALITY-OF-LIFE", "Treatment Outcomes Profile: quality of life"
    PHQ_9 = "PHQ-9", "Patient Health Questionnaire"
    GAD_7 = "GAD-7", "Generalised Anxiety Disorder scale"
    CORE_10 = "CORE-10", "Clinical Outcomes in Routine Evaluation"
    SDQ = "SDQ", "Strengths and Difficulties Questionnaire, total difficulties"
    DASH_RIC = "DASH-RIC", "Domestic abuse risk identification checklist"
    SARA = "SARA", "Spousal Assault Risk Assessment"
    GCP2 = "GCP2", "Graded Care Profile 2, worst graded area"
    OUTCOMES_STAR = "OUTCOMES-STAR", "Outcomes Star, one scale of the ladder"


class Subject(StrEnum):
    """Who is scored."""

    ADULT = "adult"
    CHILD = "child"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Scale:
    """The lowest and the highest total of a tool, and whom it is made for."""

    low: int
    high: int
    subject: Subject = Subject.ADULT


# Sources: AUDIT: World Health Organization manual, 2nd edition, 10 items of 0-4; SADQ 20 of 0-3, DAST-10 10 of 0-1,
# TOP 0-20 a scale, PHQ-9 9 of 0-3, GAD-7 7 of 0-3, CORE-10 10 of 0-4, SARA 20 of 0-2, GCP2 and Outcomes Star: their
# published manuals; SDQ: Department for Education, outcomes for looked-after children; DASH RIC: SafeLives, 24 questions.
SCALES: Mapping[Tool, Scale] = {
    Tool.AUDIT: Scale(0, 40),
    Tool.SADQ: Scale(0, 60),
    Tool.DAST_10: Scale(0, 10),
    Tool.TOP_PHYSICAL: Scale(0, 20),
    Tool.TOP_PSYCHOLOGICAL: Scale(0, 20),
    Tool.TOP_QUALITY_OF_LIFE: Scale(0, 20),
    Tool.PHQ_9: Scale(0, 27),
    Tool.GAD_7: Scale(0, 21),
    Tool.CORE_10: Scale(0, 40),
    Tool.SDQ: Scale(0, 40, Subject.CHILD),
    Tool.DASH_RIC: Scale(0, 24),
    Tool.SARA: Scale(0, 40),
    Tool.GCP2: Scale(1, 5, Subject.CHILD),
    Tool.OUTCOMES_STAR: Scale(1, 10, Subject.FAMILY),
}
LOWEST = min(scale.low for scale in SCALES.values())
HIGHEST = max(scale.high for scale in SCALES.values())
