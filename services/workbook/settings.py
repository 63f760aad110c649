"""What only the workbook is told by its environment: the numbers that an authority sets for itself."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.workbook.domain.clock_rules import LocalValues

_DEFAULT = LocalValues()


class WorkbookSettings(BaseSettings):
    """Local values of clocks, from variables that begin with `FS_WORKBOOK_`."""

    model_config = SettingsConfigDict(env_prefix="FS_WORKBOOK_", frozen=True, extra="ignore")

    assessment_review_working_days: int = Field(_DEFAULT.assessment_review_working_days, ge=1, le=45)
    core_group_days: int = Field(_DEFAULT.core_group_days, ge=1, le=366)
    birth_review_working_days: int = Field(_DEFAULT.birth_review_working_days, ge=1, le=60)
    cp_visit_working_days: int = Field(_DEFAULT.cp_visit_working_days, ge=1, le=60)
    cin_meeting_days: int = Field(_DEFAULT.cin_meeting_days, ge=1, le=366)
    cin_review_first_months: int = Field(_DEFAULT.cin_review_first_months, ge=1, le=12)
    cin_review_months: int = Field(_DEFAULT.cin_review_months, ge=1, le=12)
    cin_visit_days: int = Field(_DEFAULT.cin_visit_days, ge=1, le=366)
    letter_days: int = Field(_DEFAULT.letter_days, ge=1, le=60)
    pre_proceedings_meeting_days: int = Field(_DEFAULT.pre_proceedings_meeting_days, ge=1, le=60)
    pre_proceedings_days: int = Field(_DEFAULT.pre_proceedings_days, ge=1, le=366)
    supervision_months: int = Field(_DEFAULT.supervision_months, ge=1, le=12)


@cache
def local_values() -> LocalValues:
    """Return the authority's own numbers, read once."""
    return LocalValues(**WorkbookSettings().model_dump())
