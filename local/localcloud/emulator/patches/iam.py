"""IAM: the text of a policy is read once, not with every request that it is asked about."""

from functools import lru_cache
from typing import Any

from localcloud.emulator import upstream

_KEPT = 500


def install() -> None:
    """Keep what texts of policies say; a changed policy is another text."""
    evaluator = upstream.iam_evaluator
    upstream.expect_attributes(evaluator, "parse_policy_document")
    stock = evaluator.parse_policy_document
    kept = lru_cache(_KEPT)(stock)

    def parse(document: str | dict[str, Any]) -> Any:
        return list(kept(document)) if isinstance(document, str) else stock(document)

    evaluator.parse_policy_document = parse
