"""DynamoDB stream -> Lambda: retries bounded by number or age, bisecting, partial batches, the on-failure destination.

MiniStack stores most of these settings and ignores them: one bad record is retried for ever and blocks its shard."""

import threading
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.batch_delivery import BatchDelivery


def install() -> None:
    """Hook into the poller's call of the function: there MiniStack knows the batch and the outcome."""
    service = upstream.lambda_service
    upstream.expect_attributes(
        service,
        "_execute_function",
        "_poll_dynamodb_streams",
        "_iter_all_esms",
        "_send_ddb_stream_failure_record",
    )
    stock_execute, stock_poll = service._execute_function, service._poll_dynamodb_streams
    polling = threading.local()

    def poll() -> Any:
        polling.active = True
        try:
            return stock_poll()
        finally:
            polling.active = False

    def execute(func: dict[str, Any], event: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = stock_execute(func, event, *rest, **more)
        mapping = _mapping_of(func, event) if getattr(polling, "active", False) else None
        if mapping is None:
            return answer
        delivery = BatchDelivery(
            mapping,
            invoke=lambda records: stock_execute(func, {"Records": records}),
            give_up=lambda records, failed, condition: service._send_ddb_stream_failure_record(
                mapping, func, records, mapping["EventSourceArn"], failed, condition
            ),
        )
        if not delivery.bounded:
            return answer
        if not delivery.deliver(event["Records"], answer):
            return answer | {"error": True}  # the poller stays where it is
        return {"body": None, "log": answer.get("log", "")}  # dealt with: the poller moves on

    service._poll_dynamodb_streams = poll
    service._execute_function = execute


def _mapping_of(func: dict[str, Any], event: Any) -> dict[str, Any] | None:
    records = event.get("Records", []) if isinstance(event, dict) else []
    if not records or records[0].get("eventSource") != "aws:dynamodb":
        return None
    name = (func.get("config") or func)["FunctionName"]
    for _account, _region, mapping in upstream.lambda_service._iter_all_esms():
        if mapping.get("EventSourceArn") == records[0].get("eventSourceARN") and mapping["FunctionName"] == name:
            found: dict[str, Any] = mapping
            return found
    return None
