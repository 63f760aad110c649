"""Examples of what is asked of metrics."""

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Any] = {
    "NewRun.measure": "re_referrals",
    "NewRun.from": "2025-04-01",
    "NewRun.until": "2026-04-01",
    "NewRun.by": "month",
    "Withdrawal.reason": "wrong_window",
    "NewRevision.measure": "referrals",
    "NewRevision.from": "2025-04-01",
    "NewRevision.until": "2026-04-01",
}
