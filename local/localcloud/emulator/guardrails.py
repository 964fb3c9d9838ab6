"""Amazon Bedrock's ApplyGuardrail, for the guardrails that `aws bedrock create-guardrail` made here.

MiniStack keeps guardrails and answers ApplyGuardrail with a mock that lets everything pass. Here words are really
looked for, and a denied topic is found by its name and examples. What would need a model (content filters, personal
data, grounding, profanity lists) is refused by name: letting it pass would be a lie.
Shapes and errors: the SDK model of `bedrock-runtime`.
"""

import json
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from localcloud.emulator import upstream
from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import FaultPlan

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]

_APPLY_PATH = re.compile(r"/guardrail/(.+)/version/([^/]+)/apply")
# One text unit is up to 1,000 characters (Bedrock pricing, Guardrails).
UNIT_CHARACTERS = 1000
_NOT_HERE = {
    "ContentPolicy": "content filters",
    "SensitiveInformationPolicy": "filters of personal data",
    "ContextualGroundingPolicy": "contextual grounding",
}


class Guardrails:
    """The operation ApplyGuardrail; every other operation of `bedrock-runtime` goes to `others`."""

    def __init__(self, faults: FaultPlan, others: Handler) -> None:
        self._faults = faults
        self._others = others

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """The `bedrock-runtime` endpoint."""
        match = _APPLY_PATH.fullmatch(path)
        if method != "POST" or match is None:
            return await self._others(method, path, headers, body, query)
        try:
            identifier = unquote(match.group(1))
            self._faults.before(f"guardrail:{identifier}")
            answer = apply(find(identifier, match.group(2)), _parse(body))
        except ServiceError as error:
            document = json.dumps({"message": error.message}).encode()
            error_headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
            return error.status, error_headers, document
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def find(identifier: str, version: str) -> dict[str, Any]:
    """The guardrail as MiniStack keeps it, `identifier` an id or an ARN. Raises `ServiceError`."""
    id_ = identifier.rsplit("/", 1)[-1]
    if version == "DRAFT":
        found = upstream.bedrock._guardrails.get(id_)
    elif version.isdigit():
        found = upstream.bedrock._guardrail_versions.get(f"{id_}/{version}")
    else:
        raise ServiceError("ValidationException", f"{version!r} is no guardrail version: give DRAFT or a number.")
    if found is None:
        message = f"Guardrail was not found with identifier {identifier} and version {version}."
        raise ServiceError("ResourceNotFoundException", message, 404)
    guardrail: dict[str, Any] = found
    return guardrail


def apply(guardrail: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The answer to ApplyGuardrail. Raises `ServiceError`."""
    _check_supported(guardrail)
    source, texts = _content(request)
    whole = "\n".join(texts)
    assessment: dict[str, Any] = {}
    words = [one["text"] for one in _configured(guardrail, "WordPolicy", "wordsConfig")]
    if matches := [word for word in words if _holds(whole, word)]:
        found = [{"match": word, "action": "BLOCKED", "detected": True} for word in matches]
        assessment["wordPolicy"] = {"customWords": found, "managedWordLists": []}
    topics = _configured(guardrail, "TopicPolicy", "topicsConfig")
    denied = [one for one in topics if any(_holds(whole, text) for text in (one["name"], *one.get("examples", [])))]
    if denied:
        named = [{"name": one["name"], "type": "DENY", "action": "BLOCKED", "detected": True} for one in denied]
        assessment["topicPolicy"] = {"topics": named}
    units = max(1, math.ceil(len(whole) / UNIT_CHARACTERS))
    usage = {
        "topicPolicyUnits": units if topics else 0,
        "contentPolicyUnits": 0,
        "wordPolicyUnits": units if words else 0,
        "sensitiveInformationPolicyUnits": 0,
        "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": 0,
    }
    coverage = {"textCharacters": {"guarded": len(whole), "total": len(whole)}}
    message = guardrail["BlockedInputMessaging" if source == "INPUT" else "BlockedOutputsMessaging"]
    return {
        "usage": usage,
        "action": "GUARDRAIL_INTERVENED" if assessment else "NONE",
        "actionReason": "Guardrail blocked." if assessment else "No action.",
        "outputs": [{"text": message}] if assessment else [],
        "assessments": [assessment],
        "guardrailCoverage": coverage,
    }


def _configured(guardrail: dict[str, Any], policy: str, name: str) -> list[dict[str, Any]]:
    return (guardrail.get(policy) or {}).get(name) or []


def _check_supported(guardrail: dict[str, Any]) -> None:
    unable = [words for policy, words in _NOT_HERE.items() if guardrail.get(policy)]
    if _configured(guardrail, "WordPolicy", "managedWordListsConfig"):
        unable.append("managed word lists")
    if unable:
        message = f"The local cloud applies words and topics of guardrails only, not {', '.join(unable)}."
        raise ServiceError("UnsupportedOperation", message, 501)


def _content(request: dict[str, Any]) -> tuple[str, list[str]]:
    source = request.get("source")
    if source not in ("INPUT", "OUTPUT"):
        raise ServiceError("ValidationException", f"source must be INPUT or OUTPUT, is {source!r}.")
    content = request.get("content")
    if not isinstance(content, list) or not content:
        raise ServiceError("ValidationException", "content must be a list of at least one block.")
    try:
        texts = [str(block["text"]["text"]) for block in content]
    except (KeyError, TypeError) as error:
        raise ServiceError("ValidationException", "Each content block must have text.text.") from error
    return source, texts


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise ServiceError("ValidationException", "The request is not JSON.") from error
    if not isinstance(request, dict):
        raise ServiceError("ValidationException", "The request is not an object.")
    return request


def install(faults: FaultPlan) -> None:
    """Serve ApplyGuardrail, authorise it on the guardrail's ARN, and give guardrails ids as AWS does."""
    handlers = upstream.app.SERVICE_HANDLERS
    upstream.expect("bedrock-runtime" in handlers, "bedrock-runtime has no handler")
    upstream.expect_attributes(upstream.bedrock, "_guardrails", "_guardrail_versions", "_create_guardrail")
    handlers["bedrock-runtime"] = Guardrails(faults, handlers["bedrock-runtime"]).handle
    _authorize_on_the_guardrail()
    _make_ids_without_a_hyphen()


def _authorize_on_the_guardrail() -> None:
    stock = upstream.iam_actions.extract_resource_arn

    def resource_arn(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, region: str, account: str
    ) -> str:
        match = _APPLY_PATH.fullmatch(path) if service == "bedrock-runtime" else None
        if match is not None:
            return f"arn:aws:bedrock:{region}:{account}:guardrail/{unquote(match.group(1)).rsplit('/', 1)[-1]}"
        arn: str = stock(service, method, path, headers, body, query, region, account)
        return arn

    upstream.iam_actions.extract_resource_arn = resource_arn


def _make_ids_without_a_hyphen() -> None:
    """Make MiniStack's guardrail ids such that AWS's own pattern, `[a-z0-9]+`, takes them: its `gr-...` does not
    fit."""
    stock, guardrails = upstream.bedrock._create_guardrail, upstream.bedrock._guardrails

    def create(body: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, content = stock(body)
        if status >= 300:
            return status, headers, content
        answer = json.loads(content)
        old = answer["guardrailId"]
        new = old.replace("-", "")
        record = guardrails.pop(old)
        guardrails[new] = {**record, "GuardrailId": new, "GuardrailArn": record["GuardrailArn"].replace(old, new)}
        answer |= {"guardrailId": new, "guardrailArn": answer["guardrailArn"].replace(old, new)}
        return status, headers, json.dumps(answer).encode()

    upstream.bedrock._create_guardrail = create
