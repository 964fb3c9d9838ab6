"""`backdrop admin restore`: all pages are read, what is there stays, a wrong table is refused before a row is put."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backdrop_cli.account import StackAccess
from backdrop_cli.admin.restore import as_text, restore_rows
from backdrop_client.errors import BackdropClientError


class Gone(ClientError):
    """DynamoDB's refusal of a condition."""


class Tables:
    """DynamoDB with two tables, which answers a row a page; `put` are the rows that were put."""

    exceptions = SimpleNamespace(ConditionalCheckFailedException=Gone)

    def __init__(self, keys: str = "JobId") -> None:
        self.rows = {"stack-jobs": {"a": "new"}, "before": {"a": "old", "b": "old", "c": "old"}}
        self._keys = {"stack-jobs": "JobId", "before": keys}

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        assert (StackName, LogicalResourceId) == ("backdrop", "JobsTable")
        return {"StackResourceDetail": {"PhysicalResourceId": "stack-jobs"}}

    def describe_table(self, TableName: str) -> dict[str, Any]:  # noqa: N803
        if TableName not in self.rows:
            error: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": "no table"}}
            raise ClientError(error, "DescribeTable")
        return {"Table": {"KeySchema": [{"AttributeName": self._keys[TableName], "KeyType": "HASH"}]}}

    def scan(self, TableName: str, ConsistentRead: bool, ExclusiveStartKey: int = 0) -> dict[str, Any]:  # noqa: N803
        assert ConsistentRead
        names = list(self.rows[TableName])
        name = names[ExclusiveStartKey]
        page = {"Items": [{"JobId": {"S": name}, "Text": {"S": self.rows[TableName][name]}}]}
        more = {"LastEvaluatedKey": ExclusiveStartKey + 1} if ExclusiveStartKey + 1 < len(names) else {}
        return page | more

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        return {"Item": Key} if Key["JobId"]["S"] in self.rows[TableName] else {}

    def put_item(self, TableName: str, Item: dict[str, Any], **condition: Any) -> None:  # noqa: N803
        assert condition["ConditionExpression"] == "attribute_not_exists(#key)"
        assert condition["ExpressionAttributeNames"] == {"#key": "JobId"}
        name = Item["JobId"]["S"]
        if name in self.rows[TableName]:
            error: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "there"}}
            raise Gone(error, "PutItem")
        self.rows[TableName][name] = Item["Text"]["S"]


def access(tables: Tables) -> StackAccess:
    models: Any = None
    return StackAccess(lambda _: tables, "backdrop", "us-east-1", models)


def test_missing_rows_come_back_and_what_is_there_stays_as_it_is() -> None:
    tables = Tables()
    planned = restore_rows(access(tables), "JobsTable", "before", dry_run=True)
    assert planned == {"read": 3, "missing": 2, "restored": 0}
    assert tables.rows["stack-jobs"] == {"a": "new"}
    done = restore_rows(access(tables), "JobsTable", "before", dry_run=False)
    assert done == {"read": 3, "missing": 2, "restored": 2}
    assert tables.rows["stack-jobs"] == {"a": "new", "b": "old", "c": "old"}
    assert "2 of 3 rows were missing" in as_text(done, "jobs", dry_run=False)
    assert "erase it again" in as_text(done, "jobs", dry_run=False)


@pytest.mark.parametrize(
    ("tables", "source", "words"),
    [(Tables(keys="ImageId"), "before", "has other keys"), (Tables(), "nowhere", "could be restored")],
)
def test_a_table_that_is_another_or_not_there_is_refused(tables: Tables, source: str, words: str) -> None:
    with pytest.raises(BackdropClientError, match=words) as refused:
        restore_rows(access(tables), "JobsTable", source, dry_run=False)
    assert refused.value.code == "RESTORE_REFUSED"
    assert tables.rows["stack-jobs"] == {"a": "new"}
