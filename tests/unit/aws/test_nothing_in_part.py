"""What AWS does in part is gone on with, for a bounded time, and then fails in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from backdrop.aws.backoff import PATIENCE_SECONDS, tries
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.items import to_item
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.objects import Objects
from backdrop.aws.request_claims import Claimant, RequestClaims
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.core.errors import BackdropError, ErrorCode, StorageUnavailable
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.jobs.model import PhotoRow
from backdrop.jobs.scheduling.pacing import Schedule
from tests.unit.aws.conftest import Clock
from tests.unit.aws.wire import answer, as_json, client, sent

AT = "2026-11-21T04:00:00.000Z"


def row(number: int) -> PhotoRow:
    return PhotoRow("j", f"{number:08}", f"{number}.jpg", ImageStatus.FAILED, created_at=AT)


def item(number: int) -> dict[str, Any]:
    return to_item({"JobId": "j", "ImageId": f"{number:08}", "ImageName": f"{number}.jpg", "Status": "Failed"})


class Dynamo:
    """Answers each operation with what `on` says, in the table `images`. Notes what was asked."""

    def __init__(self, **on: Callable[[dict[str, Any]], Any]) -> None:
        self.on = on
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: AWSPreparedRequest) -> AWSResponse:
        target: Any = request.headers["X-Amz-Target"]
        operation = target.decode().rpartition(".")[2]
        body = json.loads(sent(request))
        self.asked.append((operation, body))
        made = self.on[operation](body)
        return made if isinstance(made, AWSResponse) else as_json(made)

    @property
    def images(self) -> ImagesTable:
        return ImagesTable(partial(client, "dynamodb", self), "images")

    def times(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.asked)


def refused(code: str, **more: Any) -> AWSResponse:
    return as_json({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "No.", **more}, 400)


def a_few(of: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """BatchGetItem of a busy table: it reads `of` of the keys and leaves the others."""

    def get(body: dict[str, Any]) -> dict[str, Any]:
        asked = body["RequestItems"]["images"]
        assert asked["ConsistentRead"] is True
        keys, left = asked["Keys"][:of], asked["Keys"][of:]
        assert len(asked["Keys"]) <= 100
        rows = [item(int(key["ImageId"]["S"])) for key in reversed(keys)]
        unprocessed = {"images": {"Keys": left, "ConsistentRead": True}} if left else {}
        return {"Responses": {"images": rows}, "UnprocessedKeys": unprocessed}

    return get


@pytest.mark.parametrize(("count", "of"), [(1, 1), (25, 3), (40, 3), (100, 10), (230, 30)])
def test_rows_are_read_until_there_are_all_of_them(clock: Clock, count: int, of: int) -> None:
    dynamo = Dynamo(BatchGetItem=a_few(of))
    ids = [f"{number:08}" for number in range(count)]

    assert [photo.image_id for photo in dynamo.images.some("j", ids)] == ids


def test_retry_failed_gets_every_failed_image_of_a_busy_table() -> None:
    keys = [{name: item(n)[name] for name in ("JobId", "ImageId", "Status")} for n in range(50)]
    dynamo = Dynamo(Query=lambda _body: {"Items": keys, "Count": 50}, BatchGetItem=a_few(4))

    rows, more = dynamo.images.page_of_status("j", ImageStatus.FAILED, 50, None)

    assert (len(rows), more) == (50, None)
    assert dynamo.times("BatchGetItem") == 13, "more than the six rounds after which it once gave up"


def test_rows_that_stay_unread_are_an_error_in_words_and_not_left_out(clock: Clock) -> None:
    dynamo = Dynamo(BatchGetItem=a_few(0))

    with pytest.raises(StorageUnavailable) as caught:
        dynamo.images.some("j", ["00000000", "00000001"])

    assert caught.value.cause == "The table images is too busy: it left 2 of 2 items unread."
    assert (caught.value.code, caught.value.http_status) == (ErrorCode.STORAGE_ERROR, 503)
    assert PATIENCE_SECONDS / 2 < clock.now <= PATIENCE_SECONDS
    assert dynamo.times("BatchGetItem") > 6


def test_no_rows_are_asked_for_without_ids() -> None:
    assert Dynamo().images.some("j", []) == []


def writes(of: int, written: list[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """BatchWriteItem of a busy table."""

    def write(body: dict[str, Any]) -> dict[str, Any]:
        requests = body["RequestItems"]["images"]
        assert len(requests) <= 25
        written.extend(one["PutRequest"]["Item"]["ImageId"]["S"] for one in requests[:of])
        return {"UnprocessedItems": {"images": requests[of:]} if requests[of:] else {}}

    return write


def test_rows_are_written_until_there_are_all_of_them() -> None:
    written: list[str] = []
    dynamo = Dynamo(BatchWriteItem=writes(2, written))

    dynamo.images.put_photos([row(number) for number in range(60)])

    assert written == [f"{number:08}" for number in range(60)]


def test_rows_of_all_variations_are_written() -> None:
    written: list[str] = []
    line = json.dumps({"ImageId": "00000007", "ImageName": "a", "Key": "in/a.jpg", "Seeds": [1, 2, 3]}).encode()

    Dynamo(BatchWriteItem=writes(1, written)).images.put_variations("j", [line])

    assert written == ["00000007-2", "00000007-3"]


@pytest.mark.parametrize("of", [1, 4])
def test_a_table_that_gets_on_slowly_is_waited_for(clock: Clock, of: int) -> None:
    dynamo = Dynamo(BatchGetItem=a_few(of))

    assert len(dynamo.images.some("j", [f"{number:08}" for number in range(100)])) == 100
    assert max(clock.slept) <= 0.05
    assert clock.now < 10


def test_rows_that_stay_unwritten_are_an_error_in_words(clock: Clock) -> None:
    with pytest.raises(StorageUnavailable, match=r"left 3 of 3 items unwritten"):
        Dynamo(BatchWriteItem=writes(0, [])).images.put_photos([row(number) for number in range(3)])
    assert clock.now <= PATIENCE_SECONDS


def test_waits_grow_and_are_jittered(clock: Clock) -> None:
    assert len(list(tries(5.0))) == len(clock.slept) + 1
    assert clock.slept[0] < 0.06
    assert 0.5 <= max(clock.slept) <= 1.0
    assert clock.now <= 5.0
    assert len(set(clock.slept)) == len(clock.slept)


def cancelled(*codes: str) -> AWSResponse:
    return refused("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def in_turn(*answers: Any) -> Callable[[dict[str, Any]], Any]:
    """The answers one after the other, the last one again and again."""
    left = list(answers)
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]


def test_a_change_that_meets_another_transaction_is_tried_again() -> None:
    dynamo = Dynamo(TransactWriteItems=in_turn(cancelled("TransactionConflict", "None"), cancelled("None", "None"), {}))

    with pytest.raises(BackdropError):
        # A cancellation without a reason is nothing that passes.
        dynamo.images.delete_photo("j", "00000001")
    assert dynamo.images.delete_photo("j", "00000001") is True
    assert dynamo.times("TransactWriteItems") == 3


def test_a_plain_update_that_meets_a_transaction_is_tried_again() -> None:
    good = {"Attributes": to_item({"PhotoCount": 3, "NextNumber": 8, "Revision": 2})}
    dynamo = Dynamo(UpdateItem=in_turn(refused("TransactionConflictException"), good))

    assert dynamo.images.reserve("j", 3, 100) == 5


def test_a_conflict_that_does_not_end_is_an_error_in_words(clock: Clock) -> None:
    dynamo = Dynamo(TransactWriteItems=lambda _body: cancelled("None", "TransactionConflict"))

    with pytest.raises(StorageUnavailable, match="Could not write to the table images: TransactionCanceledException"):
        dynamo.images.save_mask("j", "00000001", None)
    assert PATIENCE_SECONDS / 2 < clock.now <= PATIENCE_SECONDS


@pytest.mark.parametrize(
    "reasons",
    [
        ("ConditionalCheckFailed", "None"),
        ("None", "ConditionalCheckFailed"),
        ("ConditionalCheckFailed", "TransactionConflict"),
    ],
)
def test_a_condition_that_fails_is_no_failure(reasons: tuple[str, ...]) -> None:
    dynamo = Dynamo(TransactWriteItems=lambda _body: cancelled(*reasons))

    assert dynamo.images.put_copies("j", [row(1)]) is False
    assert dynamo.times("TransactWriteItems") == 1


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (("ThrottlingError", "None"), StorageUnavailable),
        (("ProvisionedThroughputExceeded", "None"), StorageUnavailable),
        (("TransactionConflict", "ValidationError"), BackdropError),
    ],
)
def test_other_reasons_of_a_cancelled_transaction_are_told(reasons: tuple[str, ...], kind: type) -> None:
    with pytest.raises(BackdropError) as caught:
        Dynamo(TransactWriteItems=lambda _body: cancelled(*reasons)).images.delete_photo("j", "00000001")
    assert type(caught.value) is kind


def test_a_condition_of_a_plain_write_that_fails_is_no_failure() -> None:
    dynamo = Dynamo(
        UpdateItem=lambda _body: refused("ConditionalCheckFailedException"),
        PutItem=lambda _body: refused("ConditionalCheckFailedException"),
    )

    assert dynamo.images.reserve("j", 1, 10) is None
    assert dynamo.images.save_verdict("j", "00000001", Verdict.APPROVED, AT) is False
    assert JobsTable(partial(client, "dynamodb", dynamo), "images").cancel("j", AT) is False


def pages(*sizes: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A query's pages, some of which may be empty, as DynamoDB's are that reach 1 MB of items it filters out."""

    def query(body: dict[str, Any]) -> dict[str, Any]:
        number = int(body.get("ExclusiveStartKey", {}).get("Page", {"N": "0"})["N"])
        first = sum(sizes[:number])
        more = {"LastEvaluatedKey": {"Page": {"N": str(number + 1)}}} if number + 1 < len(sizes) else {}
        items = {} if body.get("Select") == "COUNT" else {"Items": [item(first + n) for n in range(sizes[number])]}
        return {**items, "Count": sizes[number], **more}

    return query


@pytest.mark.parametrize("sizes", [(0,), (3,), (2, 0, 3), (0, 0, 1), (1, 0)])
def test_every_page_of_a_query_is_read(sizes: tuple[int, ...]) -> None:
    images = Dynamo(Query=pages(*sizes)).images
    ids = [f"{number:08}" for number in range(sum(sizes))]

    assert [one["ImageId"] for one in images.outcomes("j")] == ids
    assert [photo.image_id for photo in images.photos("j")] == ids
    assert images.count("j", ImageStatus.FAILED) == len(ids)


def test_a_page_that_fails_in_the_middle_fails_the_whole() -> None:
    dynamo = Dynamo(Query=in_turn(pages(2, 2)({}), refused("ThrottlingException")))

    with pytest.raises(StorageUnavailable):
        list(dynamo.images.outcomes("j"))


def test_a_schedule_that_others_keep_changing_is_worth_another_try(clock: Clock) -> None:
    dynamo = Dynamo(GetItem=lambda _body: {}, UpdateItem=lambda _body: refused("ConditionalCheckFailedException"))

    with pytest.raises(StorageUnavailable, match="changed by others"):
        schedules(dynamo).change("m", "us-east-1", lambda _schedule: (Schedule.of(20), None))
    assert clock.now <= PATIENCE_SECONDS


@pytest.mark.usefixtures("clock")
def test_a_change_that_others_forestalled_is_made_on_what_they_wrote() -> None:
    rows = [{"Item": {"Schedule": {"S": Schedule.of(level).text()}, "Version": {"N": "7"}}} for level in (20, 30)]
    written: list[Any] = []

    def update(body: Any) -> Any:
        written.append(body["ExpressionAttributeValues"])
        return refused("ConditionalCheckFailedException") if len(written) == 1 else {}

    dynamo = Dynamo(GetItem=in_turn(*rows), UpdateItem=update)
    assert schedules(dynamo).change("m", "us-east-1", lambda found: (found or Schedule.of(1), found)) == Schedule.of(30)
    assert [Schedule.read(values[":schedule"]["S"]).level for values in written] == [20, 30]
    assert {(values[":version"]["N"], values[":next"]["N"]) for values in written} == {("7", "8")}


def schedules(dynamo: Dynamo) -> ScheduleTable:
    return ScheduleTable(partial(client, "dynamodb", dynamo), "schedule")


class Deletions:
    """DeleteObjects of a bucket that is not willing: key -> the codes it answers before it deletes."""

    def __init__(self, **stays: list[str]) -> None:
        self.stays = stays
        self.asked: list[list[str]] = []

    def __call__(self, request: AWSPreparedRequest) -> AWSResponse:
        keys = [node.text or "" for node in ElementTree.fromstring(sent(request)).iter() if node.tag.endswith("Key")]
        assert len(keys) <= 1000
        self.asked.append(keys)
        errors = [(key, self.stays[key].pop(0)) for key in keys if self.stays.get(key)]
        told = "".join(
            f"<Error><Key>{key}</Key><Code>{code}</Code><Message>No.</Message></Error>" for key, code in errors
        )
        return answer(200, f"<DeleteResult>{told}</DeleteResult>".encode(), {"content-type": "application/xml"})

    def delete(self, *keys: str) -> None:
        Objects(partial(client, "s3", self)).delete("b", keys)


def test_objects_that_were_busy_are_deleted_at_another_try() -> None:
    bucket = Deletions(b=["InternalError", "SlowDown"], d=["SlowDown"])

    bucket.delete("a", "b", "c", "d")

    assert bucket.asked == [["a", "b", "c", "d"], ["b", "d"], ["b"]]


def test_objects_that_stay_are_named_and_the_others_deleted() -> None:
    keys = [f"k{number}" for number in range(2500)]
    bucket = Deletions(k3=["AccessDenied"], k7=["SlowDown"])

    with pytest.raises(BackdropError) as caught:
        bucket.delete(*keys)

    assert caught.value.cause == "Could not delete 1 of 2,500 objects, first k3: AccessDenied: No."
    assert type(caught.value) is BackdropError
    assert [len(one) for one in bucket.asked] == [1000, 1, 1000, 500]


def test_a_bucket_that_stays_busy_is_told_as_that(clock: Clock) -> None:
    with pytest.raises(StorageUnavailable, match="first a: SlowDown"):
        Deletions(a=["SlowDown"] * 1000).delete("a")
    assert clock.now <= PATIENCE_SECONDS


def test_a_file_that_breaks_off_is_no_file() -> None:
    def half(_request: AWSPreparedRequest) -> AWSResponse:
        return answer(200, b'{"ImageId": 1}\n{"Ima', {"content-length": "1000"})

    objects = Objects(partial(client, "s3", half))
    with pytest.raises(StorageUnavailable):
        objects.get("b", "k")
    with pytest.raises(StorageUnavailable):
        list(objects.lines("b", "k"))


def test_what_is_not_there_has_the_code_that_was_asked_for() -> None:
    def none(_request: AWSPreparedRequest) -> AWSResponse:
        return answer(404, b"<Error><Code>NoSuchKey</Code></Error>", {"content-type": "application/xml"})

    objects = Objects(partial(client, "s3", none))
    with pytest.raises(BackdropError) as caught:
        objects.get("b", "in/a.jpg", missing=ErrorCode.PHOTO_MISSING)
    assert (caught.value.code, caught.value.cause) == (ErrorCode.PHOTO_MISSING, "There is no object s3://b/in/a.jpg.")
    with pytest.raises(BackdropError, match="There is no object"):
        list(objects.lines("b", "k"))
    objects.keep("b", "k")
    assert objects.look_up("b", "k") is None


# ---------------------------------------------------------------- Claims


class Claims:
    """The rows of claims and of images, and the conditions of claims."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}
        self.dynamo = Dynamo(GetItem=self._get, UpdateItem=self._update)

    @staticmethod
    def _name(body: dict[str, Any]) -> str:
        return "/".join(value["S"] for _, value in sorted(body["Key"].items()))

    def _get(self, body: dict[str, Any]) -> Any:
        row = self.rows.get(self._name(body))
        return {"Item": row} if row else {}

    def _update(self, body: dict[str, Any]) -> Any:
        values, row = body["ExpressionAttributeValues"], self.rows.get(self._name(body))
        free = row is None or row["ClaimedBy"] == values[":by"]
        if row and ":now" in values:
            free = free or int(row["ClaimedUntil"]["N"]) <= int(values[":now"]["N"])
        if row and ":other" in values:
            free = row["ClaimedBy"] == values[":other"]
        if not free:
            return refused("ConditionalCheckFailedException")
        names = {"ClaimedBy": ":by", "JobId": ":job", "ImageId": ":image", "ClaimedUntil": ":until"}
        self.rows[self._name(body)] = {attribute: values[value] for attribute, value in names.items()}
        return {"Attributes": {}}


def test_a_claim_is_one_images_until_its_time_is_over_or_the_image_has_ended() -> None:
    rows = Claims()
    claims = RequestClaims(partial(client, "dynamodb", rows.dynamo), "schedule", "images")
    one, two = Claimant("out/1.json", "job", "1"), Claimant("out/2.json", "job", "2")
    assert claims.claim("r", one, 1_000, 5_000)
    assert claims.claim("r", one, 2_000, 6_000), "it goes on"
    assert not claims.claim("r", two, 5_999, 9_000)
    assert claims.claim("other", two, 3_000, 9_000)
    rows.rows["1/job"] = {"Status": {"S": "Queued"}}
    assert not claims.claim("r", two, 5_999, 9_000)
    rows.rows["1/job"] = {"Status": {"S": "Failed"}}
    assert claims.claim("r", two, 5_999, 9_000), "nobody waits for what has failed"
    assert not claims.claim("r", one, 8_999, 12_000)
    assert claims.claim("r", one, 9_000, 12_000), "nor for what has died"
