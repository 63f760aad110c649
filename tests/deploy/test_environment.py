"""`.env.example` names every setting that there is, and no other."""

import re
from pathlib import Path

from pydantic_settings import BaseSettings

from libs.chassis.settings import Settings
from services.referrals.settings import FrontDoor, Sealing
from services.workbook.settings import WorkbookSettings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
#: Read by the commands that migrate and that verify the audits, not by a service.
JOBS = {"FS_MIGRATION_URL", "FS_AUDIT_DATABASES", "FS_AUDIT_KEYS"}


def _names(kind: type[BaseSettings]) -> set[str]:
    prefix = kind.model_config.get("env_prefix", "")
    return {f"{prefix}{name}".upper() for name in kind.model_fields}


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), flags=re.MULTILINE))

    assert named == _names(Settings) | _names(FrontDoor) | _names(Sealing) | _names(WorkbookSettings) | JOBS


def test_no_service_has_settings_that_this_test_does_not_know() -> None:
    found = {path.parent.name for path in (EXAMPLE.parent / "services").glob("*/settings.py")}

    assert found == {"referrals", "workbook"}
