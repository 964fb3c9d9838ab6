"""Amazon Bedrock Guardrails, asked about a prompt by ApplyGuardrail: no model is called, no image is made.

Shapes: the SDK model of `bedrock-runtime`; ApplyGuardrail needs `bedrock:ApplyGuardrail` on the guardrail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backdrop.aws.clients import bedrock_runtime
from backdrop.domain.errors import ErrorCode, ModerationUnavailable, PromptBlocked
from backdrop.domain.prompt_policy import Policies, PromptPolicy

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime.type_defs import GuardrailContentBlockTypeDef


@dataclass(frozen=True)
class Guardrail:
    """One guardrail of the account, as a `domain.prompt_policy.PromptPolicy`. `version`: a number or `DRAFT`."""

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
        try:
            answer: Any = bedrock_runtime().apply_guardrail(
                guardrailIdentifier=self.id, guardrailVersion=self.version, source="INPUT", content=content
            )
        except ClientError as error:
            details = error.response.get("Error", {})
            raise self._unavailable(f"{details.get('Code')}: {details.get('Message')}") from error
        except BotoCoreError as error:
            raise self._unavailable(str(error)) from error
        if answer["action"] == "NONE":
            return
        reasons = ", ".join(dict.fromkeys(_reasons(answer["assessments"]))) or "it gives no reason"
        raise PromptBlocked(
            ErrorCode.PROMPT_BLOCKED, f"The guardrail {self.id} blocks the prompt or negative prompt: {reasons}."
        )

    def free_of_charge(self) -> PromptPolicy:
        """Nothing: every question is paid."""
        return Policies()

    def _unavailable(self, reason: str) -> ModerationUnavailable:
        return ModerationUnavailable(
            ErrorCode.MODERATION_UNAVAILABLE, f"The guardrail {self.id} could not check the prompt: {reason}."
        )


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
