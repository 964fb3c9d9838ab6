"""Bedrock's control plane for the image models that play locally, and Service Quotas for Bedrock.

Shapes: the SDK's service models of `bedrock` and `service-quotas`. Names, dates and quotas: control_plane.json,
after https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle-legacy.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/model-cards.html and
https://docs.aws.amazon.com/general/latest/gr/bedrock.html. AWS does not document the names of image models' quotas;
those here follow the pattern of the documented ones. What is not asked here is left to MiniStack.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from localcloud.emulator import upstream
from localcloud.emulator.access_plan import AccessKind, AccessPlan
from localcloud.emulator.authorization import US_PROFILE_REGIONS, profile_arn
from localcloud.emulator.errors import ServiceError

_PATH = re.compile(r"/(foundation-model-availability|foundation-models|inference-profiles)(?:/(.+))?")
_LAUNCHED = "2025-09-18T00:00:00Z"

Response = tuple[int, dict[str, str], bytes]
Row = dict[str, Any]


_more: dict[str, Row] = {}


@cache
def _table() -> dict[str, Row]:
    text = (Path(__file__).parent / "control_plane.json").read_text("utf-8")
    return {row["id"]: row for row in json.loads(text)["models"]}


def rows() -> dict[str, Row]:
    """Foundation model id -> its row of the table, newer versions among them."""
    return {**_table(), **_more}


def add_newer_versions(played_as: Mapping[str, str]) -> None:
    """Have the control plane know newer versions as well: newer id -> the known id whose row they have, without its end
    of life and its quota."""
    _more.clear()
    for newer, known in played_as.items():
        bare, row = newer.removeprefix("us."), _table().get(known.removeprefix("us."))
        if row:
            _more[bare] = {
                **{name: row[name] for name in ("name", "provider", "profile")},
                "id": bare,
                "requestsPerMinute": None,
            }


class ControlPlane:
    """The operations GetFoundationModelAvailability, Get/ListFoundationModels, Get/ListInferenceProfiles;
    ListServiceQuotas."""

    def __init__(self, access: AccessPlan) -> None:
        self._access = access

    async def bedrock(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """The `bedrock` endpoint."""
        match = _PATH.fullmatch(path)
        name = unquote(match[2] or "").rsplit("/", 1)[-1] if match else ""
        if method != "GET" or match is None or not _ours(match[1], name):
            answer: Response = await _stock_handler(method, path, headers, body, query)
            return answer
        region, account = upstream.responses.get_region(), upstream.responses.get_account_id()
        try:
            document = await asyncio.to_thread(self._answer, match[1], name, query, region, account)
        except ServiceError as error:
            document, status = {"message": error.message}, error.status
            error_headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
            return status, error_headers, json.dumps(document).encode()
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def _answer(self, what: str, name: str, query: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        if what == "inference-profiles":
            if name:
                return self._profile(name, region, account)
            return {"inferenceProfileSummaries": [] if _asked(query, "typeEquals") == "APPLICATION" else [
                _profile_view(row, region, account) for row in rows().values() if row["profile"]
            ]}  # fmt: skip
        if what == "foundation-models":
            if name:
                self._known(name, region)
                return {"modelDetails": _model_view(rows()[name], region)}
            return {"modelSummaries": [_model_view(row, region) for row in rows().values() if _wanted(row, query)]}
        return self._availability(name, region)

    def _availability(self, name: str, region: str) -> dict[str, Any]:
        kind = self._known(name, region)
        agreement = {AccessKind.NO_AGREEMENT: "NOT_AVAILABLE", AccessKind.PENDING_AGREEMENT: "PENDING"}
        return {
            "modelId": name,
            "agreementAvailability": {"status": agreement.get(kind, "AVAILABLE") if kind else "AVAILABLE"},
            "authorizationStatus": "NOT_AUTHORIZED" if kind is AccessKind.NOT_AUTHORIZED else "AUTHORIZED",
            "entitlementAvailability": "NOT_AVAILABLE" if kind in agreement else "AVAILABLE",
            "regionAvailability": "NOT_AVAILABLE" if kind is AccessKind.NOT_IN_REGION else "AVAILABLE",
        }

    def _profile(self, name: str, region: str, account: str) -> dict[str, Any]:
        if self._known(name, region) is AccessKind.NOT_IN_REGION:
            raise _missing(name)
        return _profile_view(rows()[name.removeprefix("us.")], region, account)

    def _known(self, name: str, region: str) -> AccessKind | None:
        kind = self._access.of(name, region)
        if kind is AccessKind.NOT_FOUND:
            raise _missing(name)
        return kind

    async def service_quotas(
        self, _method: str, _path: str, headers: dict[str, str], body: bytes, _query: dict[str, Any]
    ) -> Response:
        """The Service Quotas endpoint (JSON 1.1)."""
        content = {"Content-Type": "application/x-amz-json-1.1"}
        try:
            document = _list_quotas(headers.get("x-amz-target", "").rsplit(".", 1)[-1], body)
        except ServiceError as error:
            document = {"__type": error.code, "Message": error.message}
            return error.status, {**content, "x-amzn-errortype": error.code}, json.dumps(document).encode()
        return 200, content, json.dumps(document).encode()


def _list_quotas(operation: str, body: bytes) -> dict[str, Any]:
    if operation != "ListServiceQuotas":
        raise ServiceError("UnknownOperationException", f"{operation} is not in the local cloud.")
    if json.loads(body or b"{}").get("ServiceCode") != "bedrock":
        raise ServiceError("NoSuchResourceException", "The local cloud knows the quotas of bedrock only.")
    return {"Quotas": [_quota_view(row) for row in rows().values() if row["requestsPerMinute"]]}


def _ours(what: str, name: str) -> bool:
    if not name:
        return what in ("foundation-models", "inference-profiles")
    row = rows().get(name.removeprefix("us.") if what == "inference-profiles" else name)
    # An on-demand model has no profile: MiniStack says so.
    return row is not None and (what != "inference-profiles" or (row["profile"] and name.startswith("us.")))


def _model_view(row: Row, region: str) -> dict[str, Any]:
    times = {key: f"{row[key]}T00:00:00Z" for key in ("legacyTime", "endOfLifeTime") if row.get(key)}
    return {
        "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{row['id']}",
        "modelId": row["id"],
        "modelName": row["name"],
        "providerName": row["provider"],
        "inputModalities": ["TEXT", "IMAGE"],
        "outputModalities": ["IMAGE"],
        "responseStreamingSupported": False,
        "customizationsSupported": [],
        "inferenceTypesSupported": [] if row["profile"] else ["ON_DEMAND"],
        "modelLifecycle": {"status": "LEGACY" if row.get("legacy") else "ACTIVE", **times},
    }


def _profile_view(row: Row, region: str, account: str) -> dict[str, Any]:
    name = f"us.{row['id']}"
    return {
        "inferenceProfileName": f"US {row['name']}",
        "description": f"Routes requests to {row['name']} in {', '.join(US_PROFILE_REGIONS)}.",
        "createdAt": _LAUNCHED,
        "updatedAt": _LAUNCHED,
        "inferenceProfileArn": profile_arn(name, region, account),
        "models": [
            {"modelArn": f"arn:aws:bedrock:{where}::foundation-model/{row['id']}"} for where in US_PROFILE_REGIONS
        ],
        "inferenceProfileId": name,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def _quota_view(row: Row) -> dict[str, Any]:
    scope = "Cross-region" if row["profile"] else "On-demand"
    vendor = "Stability.ai" if row["id"].startswith("stability.") else "Amazon"
    words = row["id"].partition(".")[2].partition(":")[0].removesuffix("-v1").replace("-", " ").title()
    return {
        "ServiceCode": "bedrock",
        "ServiceName": "Amazon Bedrock",
        "QuotaCode": f"L-{sum(row['id'].encode()):08X}",
        "QuotaName": f"{scope} model inference requests per minute for {vendor} {words} V1",
        "Value": float(row["requestsPerMinute"]),
        "Unit": "None",
        "Adjustable": False,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _asked(query: dict[str, Any], name: str) -> str:
    value = query.get(name) or ""
    return str(value[0] if isinstance(value, list) else value)


def _wanted(row: Row, query: dict[str, Any]) -> bool:
    provider, kind, output = (_asked(query, name) for name in ("byProvider", "byInferenceType", "byOutputModality"))
    return (
        (not provider or provider.lower() == row["provider"].lower())
        and (not output or output == "IMAGE")
        and (not kind or (kind == "ON_DEMAND" and not row["profile"]))
        and not _asked(query, "byCustomizationType")
    )


def _missing(name: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", f"The requested resource {name} was not found.", 404)


_stock_handler: Any = None


def install(plane: ControlPlane) -> None:
    """Answer before MiniStack's own Bedrock control plane, and add Service Quotas, which it lacks."""
    global _stock_handler
    handlers = upstream.app.SERVICE_HANDLERS
    upstream.expect("bedrock" in handlers, "bedrock has no handler")
    upstream.expect("servicequotas" not in handlers, "it has Service Quotas itself now")
    _stock_handler = handlers["bedrock"]
    handlers["bedrock"] = plane.bedrock
    upstream.router.SERVICE_PATTERNS["servicequotas"] = {
        "host_patterns": [r"servicequotas\."],
        "target_prefixes": ["ServiceQuotas"],
        "credential_scope": "servicequotas",
    }
    upstream.iam_actions.SERVICE_TO_IAM_NAMESPACE["servicequotas"] = "servicequotas"
    handlers["servicequotas"] = plane.service_quotas
