"""EventBridge: a function that is a rule's target is called asynchronously, and schedules begin when all runs again.

MiniStack calls the function once and drops its failure. AWS hands the event to Lambda, which tries it again and then
sends it to the function's on-failure destination: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import json
import threading

from localcloud.emulator import upstream

_begun = threading.Event()


def begin_schedules() -> None:
    """Let scheduled rules fire. On AWS an execution goes on by itself; here those that were cut off by a stop are gone
    on with first, so that nobody takes them for ended."""
    _begun.set()


def install() -> None:
    """Replace how functions are called, and hold the schedules back."""
    events, service = upstream.eventbridge, upstream.lambda_service
    upstream.expect_attributes(events, "_dispatch_to_lambda", "_tick_scheduled_rules")
    upstream.expect_attributes(
        service, "invoke_async_with_retry", "_get_func_record_for_ref", "_execution_record_for_config"
    )
    stock_tick = events._tick_scheduled_rules

    def tick() -> None:
        if _begun.is_set():
            stock_tick()

    def dispatch(arn: str, payload: str) -> None:
        func, config, name = service._get_func_record_for_ref(arn)
        if not func or not config:
            events.logger.warning("EventBridge: the function %s does not exist", name)
            return
        service.invoke_async_with_retry(service._execution_record_for_config(func, config), json.loads(payload))

    events._tick_scheduled_rules = tick
    events._dispatch_to_lambda = dispatch
