"""DynamoDB: an expression is parsed once, not once for each item that it is applied to.

A query of a job of 10,000 images took seconds, most of them for reading the same few words of its condition again.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from localcloud.emulator import upstream

_EXPRESSIONS = 512


def install() -> None:
    """Remember what the tokens and the faults of an expression are; both follow from its text alone."""
    service = upstream.dynamodb
    names = ("_tokenize", "_check_redundant_parens", "_check_reserved_keyword_usage", "_condition_syntax_error")
    upstream.expect_attributes(service, *names)
    tokens_of = lru_cache(_EXPRESSIONS)(lambda text: tuple(_stock_tokenize(text)))
    _stock_tokenize = service._tokenize
    # A list of one's own: a reader may change it.
    service._tokenize = lambda text: list(tokens_of(text))
    service._check_redundant_parens = _of_tokens(service._check_redundant_parens)
    service._check_reserved_keyword_usage = _of_tokens(service._check_reserved_keyword_usage)
    service._condition_syntax_error = lru_cache(_EXPRESSIONS)(service._condition_syntax_error)


def _of_tokens(check: Callable[..., Any]) -> Callable[..., Any]:
    remembered = lru_cache(_EXPRESSIONS)(lambda tokens, *rest: check(list(tokens), *rest))
    return lambda tokens, *rest: remembered(tuple(tokens), *rest)
