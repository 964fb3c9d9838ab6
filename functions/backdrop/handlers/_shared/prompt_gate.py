"""The prompt policy of the stack: its list of blocked words, and the guardrail when it names one."""

from __future__ import annotations

from backdrop.aws.clients import bedrock_runtime
from backdrop.aws.guardrails import Guardrail
from backdrop.handlers.environment import PromptEnvironment
from backdrop.policy.prompts import BlockList, Policies, PromptPolicy


def policy(environment: PromptEnvironment) -> PromptPolicy:
    """Return the stack's prompt policy: the block list, which costs nothing, then the guardrail, if there is one."""
    parts: list[PromptPolicy] = []
    words = BlockList.parse(environment.block_list)
    if words.words:
        parts.append(words)
    if environment.guardrail_id:
        parts.append(Guardrail(bedrock_runtime, environment.guardrail_id, environment.guardrail_version))
    return Policies(tuple(parts))
