"""What Oxfordshire's published year looks like, as far as the invented county imitates it.

All counts are of children, for the year to 31 March 2025. Source: DfE, children in need and children looked after in
England, open data under the Open Government Licence.
"""

from collections.abc import Mapping

REFERRALS = 5_047
NO_FURTHER_ACTION = 161  # 3.2 %
NOT_IN_NEED = 2_085  # assessed and found not in need: 41.3 %
RE_REFERRALS = 892  # within twelve months of the same child's previous referral: 17.7 %

IN_NEED_AT_START = 3_423  # at any point 6,224, less 2,801 that started
IN_NEED_AT_END = 3_672

CP_STARTS = 563
CP_REPEATS = 168  # of a child that had a plan before: 29.8 %
CP_AT_START = 532
CP_AT_END = 527

LOOKED_AFTER_STARTS = 344
LOOKED_AFTER_AT_START = 770
LOOKED_AFTER_AT_END = 800

#: Assessments with factors, and how many of them name each; one may name several.
ASSESSMENTS_WITH_FACTORS = 2_452
FACTORS: Mapping[str, int] = {
    "4B": 1_290,  # mental health of a parent
    "3B": 880,  # domestic abuse of a parent
    "4A": 778,  # mental health of the child
    "17A": 688,  # emotional abuse
    "16A": 638,  # neglect
    "1B": 536,  # alcohol, a parent
    "2B": 533,  # drugs, a parent
}

# What follows is not published for one county; the proportions are invented, in the order that England's have.
SOURCES: Mapping[str, int] = {
    "6": 29,
    "2A": 20,
    "3A": 4,
    "3B": 4,
    "3E": 4,
    "3F": 4,
    "5A": 6,
    "5B": 4,
    "5C": 4,
    "5D": 4,
    "1A": 6,
    "1C": 2,
    "4": 2,
    "7": 3,
    "8": 3,
    "9": 1,
}
RAG: Mapping[str, int] = {"red": 12, "amber": 38, "green": 50}
PRIMARY_NEEDS: Mapping[str, int] = {"N1": 57, "N2": 8, "N3": 4, "N4": 9, "N5": 14, "N6": 2, "N8": 6}
