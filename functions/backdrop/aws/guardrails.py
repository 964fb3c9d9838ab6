"""Amazon Bedrock Guardrails, asked about a prompt by ApplyGuardrail: no model is called, no image is made.

Shapes: the SDK model of `bedrock-runtime`; ApplyGuardrail needs `bedrock:ApplyGuardrail` on the guardrail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backdrop.aws.failures import Trouble, translated
from backdrop.core.errors import ErrorCode, ModerationUnavailable, PromptBlocked
from backdrop.policy.prompts import Policies, PromptPolicy

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient
    from types_boto3_bedrock_runtime.type_defs import GuardrailContentBlockTypeDef


@dataclass(frozen=True)
class Guardrail:
    """One guardrail of the account, as a `policy.prompts.PromptPolicy`.

    Args:
        connect: gives the client; called on first use.
        id: the guardrail's.
        version: a number or `DRAFT`.
    """

    connect: Callable[[], BedrockRuntimeClient]
    id: str
    version: str

    def check(self, prompt: str, negative_prompt: str) -> None:
        """Ask the guardrail about both texts in one call.

        Raises:
            PromptBlocked: `PROMPT_BLOCKED`: it intervened. A guardrail that would only mask words refuses as well:
                texts are sent to the model verbatim or not at all.
            ModerationUnavailable: `MODERATION_UNAVAILABLE`, whatever the reason: nothing passes unchecked.
        """
        content: list[GuardrailContentBlockTypeDef] = [
            {"text": {"text": text}} for text in (prompt, negative_prompt) if text.strip()
        ]
        with translated(self._unavailable):
            answer: Any = self.connect().apply_guardrail(
                guardrailIdentifier=self.id, guardrailVersion=self.version, source="INPUT", content=content
            )
        if answer["action"] == "NONE":
            return
        reasons = ", ".join(dict.fromkeys(_reasons(answer["assessments"]))) or "it gives no reason"
        raise PromptBlocked(
            ErrorCode.PROMPT_BLOCKED, f"The guardrail {self.id} blocks the prompt or negative prompt: {reasons}."
        )

    def free_of_charge(self) -> PromptPolicy:
        """Return a policy that lets everything pass: every question to a guardrail is paid."""
        return Policies()

    def _unavailable(self, trouble: Trouble) -> ModerationUnavailable:
        cause = f"The guardrail {self.id} could not check the prompt: {trouble.reason}."
        return ModerationUnavailable(ErrorCode.MODERATION_UNAVAILABLE, cause)


# policy -> (list of findings, what people call one, the finding's member that names it). Personal data is named by
# its type only: reports and mails must not repeat it.
_FINDINGS = (
    ("topicPolicy", "topics", "topic", "name"),
    ("contentPolicy", "filters", "category", "type"),
    ("wordPolicy", "customWords", "word", "match"),
    ("wordPolicy", "managedWordLists", "word", "match"),
    ("sensitiveInformationPolicy", "piiEntities", "personal data", "type"),
    ("sensitiveInformationPolicy", "regexes", "pattern", "name"),
)


def _reasons(assessments: list[dict[str, Any]]) -> Iterator[str]:
    for assessment in assessments:
        for policy, findings, kind, member in _FINDINGS:
            for finding in assessment.get(policy, {}).get(findings, []):
                if finding["action"] != "NONE":
                    yield f"{kind} {finding.get(member, '')!r}"
