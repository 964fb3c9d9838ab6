"""API Gateway: a Cognito authorizer without scopes accepts ID tokens only.

Source: API Gateway developer guide, apigateway-enable-cognito-user-pool.html (aws-reference.md F).
"""

import base64
import binascii
import json
from typing import Any

from localcloud.emulator import upstream


def token_use(headers: dict[str, str]) -> str | None:
    """The `token_use` claim of the Authorization header's JWT (`id`, `access`), or None if there is none."""
    value = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    parts = value.split()[-1].split(".") if value.split() else []
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return str(claims.get("token_use")) if isinstance(claims, dict) else None


def install() -> None:
    """Treat an access token on a method without scopes as no token: 401."""
    gateway = upstream.apigateway
    upstream.expect_attributes(gateway, "_validate_cognito_authorizer")
    stock_validate = gateway._validate_cognito_authorizer

    async def validate(
        authorizer: Any, method_obj: dict[str, Any], headers: dict[str, str], query_params: Any, stage: Any
    ) -> Any:
        if token_use(headers) == "access" and not method_obj.get("authorizationScopes"):
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        return await stock_validate(authorizer, method_obj, headers, query_params, stage)

    gateway._validate_cognito_authorizer = validate
