"""`backdrop admin restore`: rows that are missing come back from a table that was restored beside the stack's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import click

from backdrop_cli.account import NoAnswer, StackAccess, ask, stack_access
from backdrop_cli.flag_types import stack_options
from backdrop_cli.terminal import say, tell
from backdrop_client.errors import BackdropClientError

TABLES = {"jobs": "JobsTable", "images": "ImagesTable", "spending": "SpendingTable", "heads": "HeadsTable"}
"""Tables with point-in-time recovery, by their names in template.yaml."""

_AT_ONCE = 16


@click.command()
@click.option("--table", type=click.Choice(list(TABLES)), required=True, help="Which of the stack's tables lacks rows.")
@click.option("--from", "source", metavar="TABLE", required=True, help="The table that AWS restored beside it.")
@click.option("--dry-run", is_flag=True, help="Only count what is missing.")
@stack_options
def restore(
    table: str,
    source: str,
    dry_run: bool,
    local: bool,
    stack: str,
    region: str | None,
    profile: str | None,
    json_: bool,
) -> int:
    """Bring back the rows that a table of the stack lacks, from a table that was restored from its backup.

    A row that is there stays as it is, so it can be run again. Nothing is started by it: only jobs that are newly
    submitted are. What was erased since the backup comes back too: erase it again (`backdrop admin erase`).
    """
    with stack_access(stack, region, profile, say, local=local) as access:
        done = restore_rows(access, TABLES[table], source, dry_run=dry_run)
    tell(done if json_ else as_text(done, table, dry_run=dry_run))
    return 0


def restore_rows(access: StackAccess, logical_id: str, source: str, *, dry_run: bool) -> dict[str, int]:
    """Put each row of `source` that the stack's table lacks; return how many were `read`, `missing` and `restored`.

    Raises:
        BackdropClientError: `RESTORE_REFUSED`: a table is not there, has other keys, or may not be read or written.
    """
    client = access.connect("dynamodb")
    describe = access.connect("cloudformation").describe_stack_resource
    try:
        found = ask(partial(describe, StackName=access.name, LogicalResourceId=logical_id))
        target = found["StackResourceDetail"]["PhysicalResourceId"]
        keys = _keys_of(client, target)
        if _keys_of(client, source) != keys:
            raise _refused(f"{source} has other keys than {logical_id}")
        put = partial(_restore_row, client, target, keys, dry_run=dry_run)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            was_missing = list(pool.map(put, _rows(client, source)))
    except NoAnswer as answer:
        raise _refused(str(answer)) from answer
    missing = sum(was_missing)
    return {"read": len(was_missing), "missing": missing, "restored": 0 if dry_run else missing}


def as_text(done: Mapping[str, int], table: str, *, dry_run: bool) -> str:
    """Return what was done, in words."""
    if dry_run:
        return f"{done['read']:,} rows were read; {done['missing']:,} of them are missing in the table of {table}."
    lines = [
        f"{done['restored']:,} of {done['read']:,} rows were missing in the table of {table}, and are there again."
    ]
    if done["restored"]:
        lines.append("What was erased since the backup is among them: erase it again (backdrop admin erase).")
    return "\n".join(lines)


def _rows(client: Any, table: str) -> Iterator[dict[str, Any]]:
    more: dict[str, Any] = {}
    while True:
        page = ask(partial(client.scan, TableName=table, ConsistentRead=True, **more))
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _restore_row(client: Any, table: str, keys: list[str], row: dict[str, Any], *, dry_run: bool) -> bool:
    """Put a row where there is none; return whether there was none."""
    if dry_run:
        key = {name: row[name] for name in keys}
        return "Item" not in ask(partial(client.get_item, TableName=table, Key=key, ConsistentRead=True))

    def put() -> bool:
        try:
            client.put_item(
                TableName=table,
                Item=row,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": keys[0]},
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    return bool(ask(put))


def _keys_of(client: Any, table: str) -> list[str]:
    found = ask(partial(client.describe_table, TableName=table))
    return [one["AttributeName"] for one in found["Table"]["KeySchema"]]


def _refused(words: str) -> BackdropClientError:
    return BackdropClientError(
        "RESTORE_REFUSED",
        f"No rows could be restored: {words}.",
        "Check the names of stack and table, and that you may call cloudformation:DescribeStackResource, "
        "dynamodb:DescribeTable, Scan, GetItem and PutItem. What was put already stays; run it again.",
    )
