"""Restart: stream positions that outlive the records they point at.

MiniStack saves the positions of event source mappings but not the stream's records, so that after a restart
the first records of a table were skipped. A mapping with TRIM_HORIZON reads from the start of what there is.
"""

from typing import Any

from localcloud.emulator import upstream


def install() -> None:
    """Do not restore positions in DynamoDB streams."""
    service = upstream.lambda_service
    upstream.expect_attributes(service, "_restore_esm_positions", "_dynamodb_stream_positions")
    stock_restore = service._restore_esm_positions

    def restore(store: Any, positions: Any) -> None:
        if store is not service._dynamodb_stream_positions:
            stock_restore(store, positions)

    service._restore_esm_positions = restore
