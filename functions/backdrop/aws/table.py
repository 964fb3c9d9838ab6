"""DynamoDB, one table at a time: what is common to our tables, in DynamoDB's own form of items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from backdrop.aws.backoff import tries
from backdrop.aws.failures import FAILURES, Kind, storage_error, trouble_of
from backdrop.core.errors import ErrorCode, StorageUnavailable
from backdrop.core.words.marks import phrase

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import BatchGetItemOutputTypeDef, QueryOutputTypeDef, ScanOutputTypeDef

BATCH_WRITE = 25
"""Items one BatchWriteItem takes."""

_BATCH_GET = 100
"""Keys one BatchGetItem takes."""

Item = dict[str, Any]
"""Attribute name -> `{"S": "text"}`, `{"N": "1"}`, ..."""

Answer = TypeVar("Answer")


class Page(NamedTuple):
    """Items of one page, and the key to go on after; None: these were the last."""

    items: list[Item]
    last: Item | None


class _ConditionFailed(Exception):
    """A write's condition failed; nothing was written."""


@dataclass(frozen=True)
class Table:
    """Reads and writes items.

    Every method raises `StorageUnavailable` for what passes by itself (it has been tried for some seconds then), and a
    `BackdropError` with `STORAGE_ERROR` or `INTERNAL` for what does not. Nothing is answered in part.

    Args:
        connect: gives the client; called on first use, so that a store can be made at import.
        name: the table's.
    """

    connect: Callable[[], DynamoDBClient]
    name: str

    def get(self, key: Item) -> Item | None:
        """The item, read consistently; None when there is none."""
        answer = self._read(lambda client: client.get_item(TableName=self.name, Key=key, ConsistentRead=True))
        return answer.get("Item")

    def get_many(self, keys: Sequence[Item]) -> list[Item]:
        """Return the items that are there, in any order, read consistently. No key may be there twice."""
        return [
            item for start in range(0, len(keys), _BATCH_GET) for item in self._get(keys[start : start + _BATCH_GET])
        ]

    def query(self, **request: Any) -> Page:
        """One page of a query."""
        answer = self._query(request)
        return Page(answer["Items"], answer.get("LastEvaluatedKey") or None)

    def pages(self, **request: Any) -> Iterator[Page]:
        """All pages of a query."""
        page = self.query(**request)
        yield page
        while page.last:
            page = self.query(**request, ExclusiveStartKey=page.last)
            yield page

    def scan(self, **request: Any) -> Iterator[Item]:
        """All items of the table, or those that a filter lets pass."""
        scan: Any = request
        while True:
            answer = self._read(partial(_scan, self.name, scan))
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            scan = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def count(self, **request: Any) -> int:
        """How many items a query finds, over all its pages."""
        request = {**request, "Select": "COUNT"}
        answer = self._query(request)
        total = answer["Count"]
        while last := answer.get("LastEvaluatedKey"):
            answer = self._query({**request, "ExclusiveStartKey": last})
            total += answer["Count"]
        return total

    def put(self, item: Item, condition: str) -> bool:
        """Write an item. False, and nothing written, when the condition fails."""
        return self._write_if(
            lambda client: client.put_item(TableName=self.name, Item=item, ConditionExpression=condition)
        )

    def update(
        self,
        key: Item,
        expression: str,
        condition: str,
        values: Item,
        names: Mapping[str, str] | None = None,
        *,
        returning: str = "NONE",
    ) -> Item | None:
        """Change an item.

        Returns:
            The attributes that `returning` asks for (by default an empty mapping); None, and nothing written, when
            the condition fails.
        """
        request: Any = {
            "TableName": self.name,
            "Key": key,
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            # DynamoDB refuses an empty map of either.
            **({"ExpressionAttributeValues": values} if values else {}),
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
            **({"ReturnValues": returning} if returning != "NONE" else {}),
        }
        try:
            answer = self._send("write to", lambda client: client.update_item(**request))
        except _ConditionFailed:
            return None
        return dict(answer.get("Attributes", {}))

    def put_many(self, items: Sequence[Item]) -> None:
        """Write up to 25 items, over what is there of the same keys."""
        self._write_many([{"PutRequest": {"Item": item}} for item in items], "unwritten")

    def delete_many(self, keys: Sequence[Item]) -> None:
        """Delete any number of items; keys that are not there are fine."""
        for start in range(0, len(keys), BATCH_WRITE):
            batch = keys[start : start + BATCH_WRITE]
            self._write_many([{"DeleteRequest": {"Key": key}} for key in batch], "undeleted")

    def _write_many(self, requests: list[Any], undone: str) -> None:
        pending: Any = {self.name: requests}
        again = tries(progress=lambda: len(pending[self.name]))
        for _ in again:
            pending = self._batch_write(pending)
            if not pending:
                return
        raise self._left(undone, len(pending[self.name]), len(requests))

    def change_together(self, changes: Sequence[Any]) -> bool:
        """Write all of up to 100 changes or none. False when a condition of one of them fails.

        Args:
            changes: `{"Put" | "Update" | "Delete": {...}}`, without the table's name.
        """
        items: Any = [{kind: {"TableName": self.name, **change} for kind, change in one.items()} for one in changes]
        return self._write_if(lambda client: client.transact_write_items(TransactItems=items))

    def _get(self, keys: Sequence[Item]) -> list[Item]:
        found: list[Item] = []
        pending: Any = {self.name: {"Keys": list(keys), "ConsistentRead": True}}
        again = tries(progress=lambda: len(found))
        for _ in again:
            answer = self._batch_get(pending)
            found += answer["Responses"].get(self.name, [])
            pending = answer.get("UnprocessedKeys")
            if not pending:
                return found
        raise self._left("unread", len(pending[self.name]["Keys"]), len(keys))

    def _batch_get(self, pending: Any) -> BatchGetItemOutputTypeDef:
        return self._read(lambda client: client.batch_get_item(RequestItems=pending))

    def _batch_write(self, pending: Any) -> Any:
        """Write items and return those that DynamoDB left undone."""
        answer = self._send("write to", lambda client: client.batch_write_item(RequestItems=pending))
        return answer.get("UnprocessedItems")

    def _query(self, request: Mapping[str, Any]) -> QueryOutputTypeDef:
        return self._read(lambda client: client.query(TableName=self.name, **request))

    def _read(self, call: Callable[[DynamoDBClient], Answer]) -> Answer:
        return self._send("read from", call)

    def _write_if(self, call: Callable[[DynamoDBClient], object]) -> bool:
        try:
            self._send("write to", call)
        except _ConditionFailed:
            return False
        return True

    def _send(self, doing: str, call: Callable[[DynamoDBClient], Answer]) -> Answer:
        """Return the answer to a call. What botocore does not try again by itself, a write that meets a transaction, is
        tried here."""
        for _ in tries():
            try:
                return call(self.connect())
            except FAILURES as error:
                trouble = trouble_of(error)
                if trouble.kind is Kind.CONDITION:
                    raise _ConditionFailed from error
                failed = storage_error(trouble, f"{doing} the table {self.name}")
                if trouble.kind is not Kind.CONFLICT:
                    raise failed from error
                last = error
        raise failed from last

    def _left(self, undone: str, left: int, of: int) -> StorageUnavailable:
        cause = phrase(
            "The table {name} is too busy: it left {left:,} of {of:,} items {undone}.",
            name=self.name,
            left=left,
            of=of,
            undone=undone,
        )
        return StorageUnavailable(ErrorCode.STORAGE_ERROR, cause)


def _scan(table: str, request: Mapping[str, Any], client: DynamoDBClient) -> ScanOutputTypeDef:
    return client.scan(TableName=table, **request)
