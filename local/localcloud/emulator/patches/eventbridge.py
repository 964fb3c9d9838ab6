"""EventBridge: a function that is a rule's target is called asynchronously, schedules begin when all runs again, and a
workflow's own events are put as AWS puts them.

MiniStack calls the function once and drops its failure. AWS hands the event to Lambda, which tries it again and then
sends it to the function's on-failure destination: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import json
import threading
from typing import Any

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

    _put_workflows_events()
    events._tick_scheduled_rules = tick
    events._dispatch_to_lambda = dispatch


def _put_workflows_events() -> None:
    """Let `events:putEvents` of a state machine take a `Detail` that is JSON, and fail when an entry was not taken.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    """
    sfn = upstream.stepfunctions
    resource = "arn:aws:states:::events:putEvents"
    upstream.expect_attributes(sfn, "_SERVICE_DISPATCH", "_ExecutionError")
    upstream.expect(resource in sfn._SERVICE_DISPATCH, f"{sfn.__name__} puts no events")
    stock = sfn._SERVICE_DISPATCH[resource]

    def put(name: str, parameters: dict[str, Any]) -> Any:
        entries = [
            {
                **entry,
                "Detail": entry["Detail"] if isinstance(entry.get("Detail"), str) else json.dumps(entry["Detail"]),
            }
            for entry in parameters["Entries"]
        ]
        answer = stock(name, {**parameters, "Entries": entries})
        if answer["FailedEntryCount"]:
            raise sfn._ExecutionError("EventBridge.FailedEntry", json.dumps(answer))
        return answer

    sfn._SERVICE_DISPATCH[resource] = put
