"""Amazon Bedrock Guardrails, asked about a prompt by ApplyGuardrail: no model is called, no image is made.

Shapes: the SDK model of `bedrock-runtime`; ApplyGuardrail needs `bedrock:ApplyGuardrail` on the guardrail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backdrop.aws.failures import Trouble, translated
from backdrop.core.errors import ErrorCode, ModerationUnavailable, PromptBlocked
from backdrop.core.words.marks import phrase
from backdrop.policy.prompts import Policies, PromptPolicy, shorten

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient
    from types_boto3_bedrock_runtime.type_defs import GuardrailContentBlockTypeDef


_MOST_CHARACTERS = 8_000
"""Ours, of photos' own texts in one question: the quotas of some Regions are 25 text units of 1,000 characters a second
(https://docs.aws.amazon.com/general/latest/gr/bedrock.html)."""


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

    def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
        """Ask the guardrail about both texts in one call, and about photos' own in as few more as can be.

        Raises:
            PromptBlocked: `PROMPT_BLOCKED`: it intervened. A guardrail that would only mask words refuses as well:
                texts are sent to the model verbatim or not at all.
            ModerationUnavailable: `MODERATION_UNAVAILABLE`, whatever the reason: nothing passes unchecked.
        """
        if whole := [text for text in (prompt, negative_prompt) if text.strip()]:
            self._ask(whole, phrase("the prompt or negative prompt"))
        for some in _batches(dict.fromkeys(own)):
            self._ask_own(some)

    def _ask_own(self, texts: Sequence[str]) -> None:
        """Ask about texts together; when they don't pass, halves of them tell which one it was."""
        try:
            self._ask(texts, f"the prompt {shorten(texts[0])!r}")
        except PromptBlocked:
            if len(texts) == 1:
                raise
            half = len(texts) // 2
            self._ask_own(texts[:half])
            self._ask_own(texts[half:])
            raise

    def _ask(self, texts: Sequence[str], called: str) -> None:
        content: list[GuardrailContentBlockTypeDef] = [{"text": {"text": text}} for text in texts]
        with translated(self._unavailable):
            answer: Any = self.connect().apply_guardrail(
                guardrailIdentifier=self.id, guardrailVersion=self.version, source="INPUT", content=content
            )
        if answer["action"] == "NONE":
            return
        reasons = ", ".join(dict.fromkeys(_reasons(answer["assessments"]))) or phrase("it gives no reason")
        raise PromptBlocked(
            ErrorCode.PROMPT_BLOCKED,
            phrase("The guardrail {id} blocks {called}: {reasons}.", id=self.id, called=called, reasons=reasons),
        )

    def free_of_charge(self) -> PromptPolicy:
        """Return a policy that lets everything pass: every question to a guardrail is paid."""
        return Policies()

    def _unavailable(self, trouble: Trouble) -> ModerationUnavailable:
        cause = phrase("The guardrail {id} could not check the prompt: {reason}.", id=self.id, reason=trouble.reason)
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


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Return the texts in order, together as many as one call takes."""
    some: list[str] = []
    for text in texts:
        if some and sum(map(len, some)) + len(text) > _MOST_CHARACTERS:
            yield some
            some = []
        some.append(text)
    if some:
        yield some


def _reasons(assessments: list[dict[str, Any]]) -> Iterator[str]:
    for assessment in assessments:
        for policy, findings, kind, member in _FINDINGS:
            for finding in assessment.get(policy, {}).get(findings, []):
                if finding["action"] != "NONE":
                    yield f"{kind} {finding.get(member, '')!r}"
