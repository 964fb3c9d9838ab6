"""API Gateway: a Cognito authorizer without scopes accepts ID tokens only, and an imported definition keeps
its gateway responses (the bodies of what API Gateway answers by itself).

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

import base64
import binascii
import json
from typing import Any

from localcloud.emulator import upstream

GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"


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
    """Install both corrections."""
    gateway = upstream.apigateway
    upstream.expect_attributes(
        gateway, "_validate_cognito_authorizer", "_import_security_schemes", "_put_gateway_response"
    )
    _refuse_access_tokens(gateway)
    _import_gateway_responses(gateway)


def _refuse_access_tokens(gateway: Any) -> None:
    """Treat an access token on a method without scopes as no token: 401."""
    stock_validate = gateway._validate_cognito_authorizer

    async def validate(
        authorizer: Any, method_obj: dict[str, Any], headers: dict[str, str], query_params: Any, stage: Any
    ) -> Any:
        if token_use(headers) == "access" and not method_obj.get("authorizationScopes"):
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        return await stock_validate(authorizer, method_obj, headers, query_params, stage)

    gateway._validate_cognito_authorizer = validate


def _import_gateway_responses(gateway: Any) -> None:
    stock_import = gateway._import_security_schemes

    def import_with_responses(api_id: str, spec: dict[str, Any]) -> Any:
        for kind, response in (spec.get(GATEWAY_RESPONSES) or {}).items():
            status, _headers, body = gateway._put_gateway_response(api_id, kind, response)
            if status >= 400:
                raise ValueError(f"The gateway response {kind} was refused: {body!r}")
        return stock_import(api_id, spec)

    gateway._import_security_schemes = import_with_responses
