"""What the API says of itself, and whether an answer is as it says."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pledgeway.portal.wsgi import application

described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
COMMON: Any = {"max_examples": 15, "deadline": None, "suppress_health_check": list(HealthCheck)}


def check(case: Any, token: str) -> None:
    # No schema says which commitments there are and what stands where: what it allows may still be refused.
    excluded = [positive_data_acceptance] if case.method == "POST" else []
    headers = {"Authorization": f"Bearer {token}", "Host": "localhost"}
    case.call_and_validate(headers=headers, excluded_checks=excluded)
