"""Code sets of the statutory returns and of local outcome vocabularies, each code with its label."""

from enum import StrEnum
from typing import Self


class Coded(StrEnum):
    """A code as the returns write it, with a label for people."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        """Make the member of `code`."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


class ReferralSource(Coded):
    """Who referred (children in need census, rule 8866)."""

    FAMILY = "1A", "individual: family member, relative or carer"
    ACQUAINTANCE = "1B", "individual: acquaintance"
    SELF = "1C", "individual: self"
    OTHER_INDIVIDUAL = "1D", "individual: other"
    SCHOOL = "2A", "schools"
    EDUCATION = "2B", "education services"
    GP = "3A", "health: GP"
    HEALTH_VISITOR = "3B", "health: health visitor"
    SCHOOL_NURSE = "3C", "health: school nurse"
    PRIMARY_HEALTH = "3D", "health: other primary"
    EMERGENCY_DEPARTMENT = "3E", "health: A&E"
    OTHER_HEALTH = "3F", "health: other"
    HOUSING = "4", "housing (authority or association)"
    ADULT_SOCIAL_CARE = "5A", "authority: social care"
    OTHER_INTERNAL = "5B", "authority: other internal"
    OTHER_AUTHORITY = "5C", "authority: external"
    EARLY_HELP = "5D", "authority: early help"
    POLICE = "6", "police"
    OTHER_LEGAL = "7", "other legal agency"
    OTHER = "8", "other"
    ANONYMOUS = "9", "anonymous"
    UNKNOWN = "10", "unknown"


class PrimaryNeed(Coded):
    """Why the child is in need (rule 8650); when torn between two, the one nearer the top."""

    N1 = "N1", "abuse, neglect or exploitation"
    N2 = "N2", "child's disability"
    N3 = "N3", "parental disability or illness"
    N4 = "N4", "family in acute stress"
    N5 = "N5", "family dysfunction"
    N6 = "N6", "socially unacceptable behaviour"
    N7 = "N7", "low income"
    N8 = "N8", "absent parenting"
    N9 = "N9", "not a child in need"
    N0 = "N0", "not stated"


class ClosureReason(Coded):
    """Why the episode closed (rule 8640)."""

    RC1 = "RC1", "adopted"
    RC2 = "RC2", "died"
    RC3 = "RC3", "child arrangements order"
    RC4 = "RC4", "special guardianship order"
    RC5 = "RC5", "moved to another authority's services"
    RC6 = "RC6", "moved to adult social care"
    RC7 = "RC7", "other, including no longer in need"
    RC8 = "RC8", "closed after assessment, no further action"
    RC9 = "RC9", "closed after assessment, sent to early help"


class CategoryOfAbuse(Coded):
    """The category of a child protection plan (rules 8905 and 8910)."""

    NEG = "NEG", "neglect"
    PHY = "PHY", "physical abuse"
    SAB = "SAB", "sexual abuse"
    EMO = "EMO", "emotional abuse"
    MUL = "MUL", "multiple categories"


class AssessmentFactor(Coded):
    """What an assessment found (N00181)."""

    ALCOHOL_CHILD = "1A", "alcohol misuse: child"
    ALCOHOL_PARENT = "1B", "alcohol misuse: parent or carer"
    ALCOHOL_HOUSEHOLD = "1C", "alcohol misuse: another in the household"
    DRUGS_CHILD = "2A", "drug misuse: child"
    DRUGS_PARENT = "2B", "drug misuse: parent or carer"
    DRUGS_HOUSEHOLD = "2C", "drug misuse: another in the household"
    DOMESTIC_ABUSE_CHILD = "3A", "domestic abuse: child"
    DOMESTIC_ABUSE_PARENT = "3B", "domestic abuse: parent or carer"
    DOMESTIC_ABUSE_HOUSEHOLD = "3C", "domestic abuse: another in the household"
    MENTAL_HEALTH_CHILD = "4A", "mental health: child"
    MENTAL_HEALTH_PARENT = "4B", "mental health: parent or carer"
    MENTAL_HEALTH_HOUSEHOLD = "4C", "mental health: another in the household"
    LEARNING_DISABILITY_CHILD = "5A", "learning disability: child"
    LEARNING_DISABILITY_PARENT = "5B", "learning disability: parent or carer"
    LEARNING_DISABILITY_HOUSEHOLD = "5C", "learning disability: another in the household"
    PHYSICAL_DISABILITY_CHILD = "6A", "physical disability or illness: child"
    PHYSICAL_DISABILITY_PARENT = "6B", "physical disability or illness: parent or carer"
    PHYSICAL_DISABILITY_HOUSEHOLD = "6C", "physical disability or illness: another in the household"
    YOUNG_CARER = "7A", "young carer"
    PRIVATE_FOSTERING_OVERSEAS_RETURNING = "8B", "private fostering: from overseas, will return"
    PRIVATE_FOSTERING_OVERSEAS_STAYING = "8C", "private fostering: from overseas, will stay"
    PRIVATE_FOSTERING_EDUCATION = "8D", "private fostering: in the UK, for education"
    PRIVATE_FOSTERING_FAMILY = "8E", "private fostering: in the UK, family arrangement"
    PRIVATE_FOSTERING_OTHER = "8F", "private fostering: other"
    UNACCOMPANIED = "9A", "unaccompanied asylum-seeking child"
    MISSING = "10A", "going missing"
    SEXUAL_EXPLOITATION = "11A", "child sexual exploitation"
    TRAFFICKING = "12A", "trafficking"
    GANGS = "13A", "gangs"
    BEHAVIOUR = "14A", "socially unacceptable behaviour"
    SELF_HARM = "15A", "self-harm"
    NEGLECT = "16A", "neglect"
    EMOTIONAL_ABUSE = "17A", "emotional abuse"
    PHYSICAL_ABUSE_BY_CHILD = "18B", "physical abuse by another child"
    PHYSICAL_ABUSE_BY_ADULT = "18C", "physical abuse by an adult"
    SEXUAL_ABUSE_BY_CHILD = "19B", "sexual abuse by another child"
    SEXUAL_ABUSE_BY_ADULT = "19C", "sexual abuse by an adult"
    OTHER = "20", "other"
    NONE_FOUND = "21", "none found"
    FEMALE_GENITAL_MUTILATION = "22A", "female genital mutilation"
    FAITH_LINKED_ABUSE = "23A", "faith- or belief-linked abuse"
    CRIMINAL_EXPLOITATION = "24A", "child criminal exploitation"


#: Undifferentiated codes that older files carry; the B and C codes replaced them (rules 8945Q and 8950Q).
RETIRED_FACTORS = frozenset({"18A", "19A"})


class Ethnicity(Coded):
    """The child's ethnicity (rule 4220)."""

    WBRI = "WBRI", "White British"
    WIRI = "WIRI", "White Irish"
    WIRT = "WIRT", "Traveller of Irish heritage"
    WROM = "WROM", "Gypsy or Roma"
    WOTH = "WOTH", "any other White background"
    MWBC = "MWBC", "White and Black Caribbean"
    MWBA = "MWBA", "White and Black African"
    MWAS = "MWAS", "White and Asian"
    MOTH = "MOTH", "any other mixed background"
    AIND = "AIND", "Indian"
    APKN = "APKN", "Pakistani"
    ABAN = "ABAN", "Bangladeshi"
    AOTH = "AOTH", "any other Asian background"
    BCRB = "BCRB", "Black Caribbean"
    BAFR = "BAFR", "Black African"
    BOTH = "BOTH", "any other Black background"
    CHNE = "CHNE", "Chinese"
    OOTH = "OOTH", "any other ethnic group"
    REFU = "REFU", "refused"
    NOBT = "NOBT", "not yet obtained"


class Disability(Coded):
    """What a child's disability affects (rule 8540); NONE stands alone."""

    NONE = "NONE", "none"
    MOB = "MOB", "mobility"
    HAND = "HAND", "hand function"
    PC = "PC", "personal care"
    INC = "INC", "incontinence"
    COMM = "COMM", "communication"
    LD = "LD", "learning"
    HEAR = "HEAR", "hearing"
    VIS = "VIS", "vision"
    BEH = "BEH", "behaviour"
    CON = "CON", "consciousness"
    AUT = "AUT", "autism"
    DDA = "DDA", "other under equality law"


class Sex(Coded):
    """The child's sex; unborn children are U (rule 8750)."""

    M = "M", "male"
    F = "F", "female"
    U = "U", "unknown or unborn"


class UpnUnknown(Coded):
    """Why a child has no unique pupil number."""

    UN1 = "UN1", "not of school age or not yet assigned"
    UN2 = "UN2", "never in a maintained school in England"
    UN3 = "UN3", "educated outside England"
    UN4 = "UN4", "newly looked after or identified in the last week"
    UN5 = "UN5", "sources conflict"
    UN6 = "UN6", "could not be obtained"
    UN7 = "UN7", "referral with no further action"


class WorkerChangeReason(Coded):
    """Why a child's worker changed (SSDA903, used for all children)."""

    MANAGE = "MANAGE", "managing caseloads"
    FCONTA = "FCONTA", "first contact or re-referral"
    LEFTRL = "LEFTRL", "previous worker left"
    ORGRST = "ORGRST", "restructure"
    TSPROC = "TSPROC", "standard process transfer"
    ABSENC = "ABSENC", "cover for or return from absence"
    CHCHAN = "CHCHAN", "child asked"
    PCCHAN = "PCCHAN", "parent or carer asked"
    SWDIED = "SWDIED", "previous worker died"
    OTHERS = "OTHERS", "other"


class ReviewParticipation(Coded):
    """How the child took part in a review."""

    PN0 = "PN0", "under four years old"
    PN1 = "PN1", "attends and speaks"
    PN2 = "PN2", "attends, an advocate speaks"
    PN3 = "PN3", "attends, conveys views without speech"
    PN4 = "PN4", "attends, does not contribute"
    PN5 = "PN5", "absent, advocate briefed"
    PN6 = "PN6", "absent, views sent by other means"
    PN7 = "PN7", "absent, no views sent"


class AssessmentOutcome(Coded):
    """What an assessment led to (Standard Safeguarding Dataset)."""

    NFA = "nfa", "no further action"
    NFA_S47_ENDS = "nfa_s47_ends", "no further action as the section 47 enquiry ends"
    STRATEGY_DISCUSSION = "strategy_discussion", "strategy discussion"
    LOOKED_AFTER_REQUEST = "looked_after_request", "request to look after"
    PRIVATE_FOSTERING = "private_fostering", "private fostering"
    LEGAL_ACTION = "legal_action", "legal action"
    SERVICES = "services", "services under section 17"
    SHORT_BREAKS = "short_breaks", "short-break services"
    SPECIALIST_ASSESSMENT = "specialist_assessment", "specialist assessment"
    OTHER_AGENCY = "other_agency", "referred to another agency"
    OTHER = "other", "other"


class Section47Outcome(Coded):
    """What a section 47 enquiry led to (Standard Safeguarding Dataset)."""

    NFA = "nfa", "no further action"
    LEGAL_ACTION = "legal_action", "legal action"
    SERVICES = "services", "services"
    SHORT_BREAKS = "short_breaks", "short breaks"
    CP_CONFERENCE = "cp_conference", "child protection conference"
    CONTINUE_ASSESSMENT = "continue_assessment", "no further action, continue the assessment"
    MONITOR = "monitor", "monitor"
    OTHER = "other", "other"


class PlanEndReason(Coded):
    """Why a child's plan, or a legal status that counts as one, came to its end."""

    NEEDS_MET = "needs_met", "needs met, no such plan needed"
    STEP_UP = "step_up", "stepped up to another plan"
    STEP_DOWN = "step_down", "stepped down to another plan"
    CLOSED = "closed", "the family's case closed"
    CONSENT_WITHDRAWN = "consent_withdrawn", "family withdrew its consent"
    RETURNED_HOME = "returned_home", "returned to parents or relatives"
    ORDER_MADE = "order_made", "court made its order"
    ADOPTED = "adopted", "adopted"
    MOVED_AUTHORITY = "moved_authority", "moved to another authority"
    TURNED_18 = "turned_18", "turned eighteen"
    DIED = "died", "died"
    NOT_TOLD = "not_told", "not told by the system it was loaded from"
    OTHER = "other", "other"
