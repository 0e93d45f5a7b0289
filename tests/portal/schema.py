"""What the API says of itself, and whether an answer is as it says."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pledgeway.access.deciding import NOBODY
from pledgeway.portal.api.lists import LISTS
from pledgeway.portal.wsgi import application

described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
OTHER_LISTS = [f"/api/v1/{table_of(NOBODY).name}" for table_of, _ in LISTS][1:]
"""Lists are answered by the same code, from parameters of the same kinds."""
COMMON: Any = {"max_examples": 15, "deadline": None, "suppress_health_check": list(HealthCheck)}


def check(case: Any, token: str) -> None:
    # No schema says which commitments there are and what stands where: what it allows may still be refused.
    excluded = [positive_data_acceptance] if case.method == "POST" else []
    headers = {"Authorization": f"Bearer {token}", "Host": "localhost"}
    case.call_and_validate(headers=headers, excluded_checks=excluded)
