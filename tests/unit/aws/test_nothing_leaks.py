"""No failure of AWS leaves `backdrop.aws` as botocore's: every public method of every store, every kind of failure."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
    SSLError,
)

import backdrop.aws
from backdrop.aws.executions import CannotStart
from backdrop.aws.function_limits import FunctionQuestions
from backdrop.aws.messages import Letter
from backdrop.aws.model_calls import ModelCallFailed
from backdrop.aws.model_questions import ModelQuestions, QuotaQuestions
from backdrop.aws.request_claims import Claimant
from backdrop.core.errors import (
    BackdropError,
    ErrorCode,
    ModerationUnavailable,
    SigningFailed,
    SigningUnavailable,
    StorageUnavailable,
    explain,
)
from backdrop.core.keys import JobPrefixes
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus, JobStatus, MaskOrigin, Mode, Verdict
from backdrop.jobs.costs.spending import Limits
from backdrop.jobs.erasure.erasing import Version
from backdrop.jobs.mails.setting import MailRow
from backdrop.jobs.model import BackdropRow, Draft, Job, JobSettings, Label, OwnMask, PhotoRow
from backdrop.jobs.ports import Copy
from backdrop.jobs.proof.series import Head
from backdrop.jobs.saved.rows import SavedSettings
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.models import catalogue
from backdrop.models.account.access import Silence, Unanswered
from tests.unit.aws.wire import Refusal, client

AT = "2026-11-21T04:00:00.000Z"
PREFIXES = JobPrefixes("in", "out", "status")
DRAFT = Draft("j", "ann", "ann@example.com", AT, PREFIXES)
PHOTO = PhotoRow("j", "00000001", "a.jpg", ImageStatus.UPLOADING, created_at=AT, source_key="in/a.jpg")
BACKDROP = BackdropRow("ann", "b", "table.jpg", ImageStatus.UPLOADING, AT, "in/backdrops/x/b")
MAIL = MailRow("arn:aws:sns:us-east-1:123456789012:t:1", "ann@example.com")
SAVED = SavedSettings("k", "Mugs", 1, JobRequest(prompt="a beach"), AT, owner="hash", marks=("ab",))
SETTINGS = JobSettings("a beach", "", Mode.PRECISE, "m", 1)
JOB = Job("j", "ann", "ann@example.com", AT, JobStatus.SUBMITTED, "b", PREFIXES, "in/m.jsonl", 1, SETTINGS)
LINE = b'{"ImageId": "00000001", "ImageName": "a.jpg", "Key": "in/a.jpg", "Seeds": [1, 2]}'
SERVICE = catalogue.service("us.stability.stable-image-inpaint-v1:0")


@dataclass(frozen=True)
class Store:
    """One class of `backdrop.aws`: which service it asks, how it is made, how each of its methods is called."""

    service: str
    make: Callable[[Callable[[], Any], type], Any]
    calls: dict[str, Callable[[Any], Any]]
    quiet: frozenset[str] = frozenset()
    """Methods that ask nobody."""


def named(name: str) -> Callable[[Callable[[], Any], type], Any]:
    return lambda connect, class_: class_(connect, name)


STORES = {
    "Table": Store(
        "dynamodb",
        named("t"),
        {
            "get": lambda s: s.get({"JobId": {"S": "j"}}),
            "get_many": lambda s: s.get_many([{"JobId": {"S": "j"}}]),
            "query": lambda s: s.query(KeyConditionExpression="a = :a"),
            "pages": lambda s: list(s.pages(KeyConditionExpression="a = :a")),
            "count": lambda s: s.count(KeyConditionExpression="a = :a"),
            "put": lambda s: s.put({"JobId": {"S": "j"}}, "attribute_not_exists(JobId)"),
            "put_many": lambda s: s.put_many([{"JobId": {"S": "j"}}]),
            "delete_many": lambda s: s.delete_many([{"JobId": {"S": "j"}}]),
            "scan": lambda s: list(s.scan()),
            "update": lambda s: s.update({"JobId": {"S": "j"}}, "SET a = :a", "b = :a", {":a": {"S": "a"}}),
            "change_together": lambda s: s.change_together([{"Delete": {"Key": {"JobId": {"S": "j"}}}}]),
        },
    ),
    "ImagesTable": Store(
        "dynamodb",
        named("images"),
        {
            "put_draft": lambda s: s.put_draft(DRAFT),
            "draft": lambda s: s.draft("j"),
            "drafts_of": lambda s: s.drafts_of("ann", 10),
            "set_listed": lambda s: s.set_listed(DRAFT, listed=True),
            "reserve": lambda s: s.reserve("j", 1, 10),
            "claim": lambda s: s.claim(DRAFT, claim="c", at=AT, stale_before=AT, left_out=frozenset()),
            "release": lambda s: s.release(DRAFT, "c"),
            "put_photos": lambda s: s.put_photos([PHOTO]),
            "rewrite_photos": lambda s: s.rewrite_photos([PHOTO]),
            "put_copies": lambda s: s.put_copies("j", [PHOTO]),
            "put_variations": lambda s: s.put_variations("j", [LINE]),
            "photo": lambda s: s.photo("j", "00000001"),
            "some": lambda s: s.some("j", ["00000001"]),
            "photos": lambda s: list(s.photos("j")),
            "page": lambda s: s.page("j", 10, None),
            "page_of_status": lambda s: s.page_of_status("j", ImageStatus.FAILED, 10, None),
            "glance": lambda s: s.glance("j", 10, None),
            "count": lambda s: s.count("j", ImageStatus.FAILED),
            "start_counting": lambda s: s.start_counting("j", AT),
            "counted": lambda s: s.counted("j"),
            "outcomes": lambda s: list(s.outcomes("j")),
            "save_inspection": lambda s: s.save_inspection(PHOTO),
            "save_labels": lambda s: s.save_labels("j", "00000001", (Label("Mug", 0.0),)),
            "save_mask": lambda s: s.save_mask("j", "00000001", OwnMask("ab", MaskOrigin.UPLOAD)),
            "save_verdict": lambda s: s.save_verdict("j", "00000001", Verdict.APPROVED, AT),
            "delete_photo": lambda s: s.delete_photo("j", "00000001"),
        },
    ),
    "ErasableRows": Store(
        "dynamodb",
        lambda connect, class_: class_(connect, "jobs", "images"),
        {
            "job": lambda s: s.job("j"),
            "draft": lambda s: s.draft("j"),
            "jobs_of": lambda s: s.jobs_of("ann"),
            "drafts_of": lambda s: s.drafts_of("ann"),
            "owners_at": lambda s: s.owners_at("ann@example.com"),
            "remove_images": lambda s: s.remove_images("j"),
            "remove_job": lambda s: s.remove_job("j"),
            "remove_backdrops": lambda s: s.remove_backdrops("hash"),
            "remove_list": lambda s: s.remove_list("hash"),
            "remove_settings": lambda s: s.remove_settings("hash"),
        },
    ),
    "ErasableFiles": Store(
        "s3",
        lambda connect, class_: class_(connect),
        {
            "versions": lambda s: list(s.versions("b", "in/")),
            "remove": lambda s: s.remove("b", [Version("k", "v", 1)]),
        },
    ),
    "BackdropsTable": Store(
        "dynamodb",
        named("images"),
        {
            "put_backdrop": lambda s: s.put_backdrop(BACKDROP),
            "backdrop": lambda s: s.backdrop("ann", "b"),
            "backdrops": lambda s: s.backdrops("ann"),
            "save_backdrop": lambda s: s.save_backdrop(BACKDROP),
            "change_backdrop": lambda s: s.change_backdrop(BACKDROP),
            "delete_backdrop": lambda s: s.delete_backdrop("ann", "b"),
            "remove_all": lambda s: s.remove_all("hash"),
            "shared_backdrop": lambda s: s.shared_backdrop("b"),
            "shared_backdrops": lambda s: s.shared_backdrops(),
        },
    ),
    "SavedSettingsTable": Store(
        "dynamodb",
        named("images"),
        {
            "saved": lambda s: s.saved("hash", ["studio"], "k"),
            "all_saved": lambda s: s.all_saved("hash", None),
            "put_saved": lambda s: s.put_saved(SAVED),
            "change_saved": lambda s: s.change_saved(SAVED, SAVED),
            "delete_saved": lambda s: s.delete_saved(SAVED),
            "owners_at": lambda s: s.owners_at("ann@example.com"),
            "forget_person": lambda s: s.forget_person("hash"),
        },
    ),
    "MailSettingsTable": Store(
        "dynamodb",
        named("images"),
        {
            "mail_row": lambda s: s.mail_row("hash"),
            "owners_at": lambda s: s.owners_at("ann@example.com"),
            "put_mail_row": lambda s: s.put_mail_row("hash", MAIL),
            "remove_mail_row": lambda s: s.remove_mail_row("hash"),
        },
    ),
    "RequestCounts": Store("dynamodb", named("images"), {"count_request": lambda s: s.count_request("hash", 1_000, 3)}),
    "MailSubscriptions": Store(
        "sns",
        named("arn:aws:sns:us-east-1:123456789012:t"),
        {
            "look_up": lambda s: s.look_up(MAIL),
            "subscribe": lambda s: s.subscribe("ann@example.com"),
            "unsubscribe": lambda s: s.unsubscribe(MAIL.arn),
        },
    ),
    "JobsTable": Store(
        "dynamodb",
        named("jobs"),
        {
            "get": lambda s: s.get("j"),
            "put_once": lambda s: s.put_once(JOB),
            "cancel": lambda s: s.cancel("j", AT),
            "rename": lambda s: s.rename(JOB),
            "note_redo": lambda s: s.note_redo("j", "k"),
            "of_everybody": lambda s: s.of_everybody(10, None, trials=False),
            "of_people": lambda s: s.of_people("ann", ["studio"], 10, None, trials=False),
            "set_team": lambda s: s.set_team("j", "studio"),
            "of_owner": lambda s: s.of_owner("ann", 10, None, trials=False),
            "mark_running": lambda s: s.mark_running("j", "arn", AT),
            "finish": lambda s: s.finish("j", status=JobStatus.FAILED, finished_at=AT, succeeded=0, failed=1),
            "fail_start": lambda s: s.fail_start("j", cause="c", finished_at=AT),
            "fail_run": lambda s: s.fail_run("j", error="e", cause="c", finished_at=AT),
            "claim_closing": lambda s: s.claim_closing("j", now=AT, until=AT),
            "release_closing": lambda s: s.release_closing("j"),
            "note_progress": lambda s: s.note_progress("j", 1, AT),
            "open_jobs": lambda s: s.open_jobs(),
            "reopen": lambda s: s.reopen("j"),
        },
    ),
    "SpendingTable": Store(
        "dynamodb",
        lambda connect, class_: class_(connect, "spending", Limits(1, 1, 1)),
        {
            "check": lambda s: s.check("ann", 0.1, None, datetime(2026, 11, 27, tzinfo=UTC)),
            "charge": lambda s: s.charge("j", "ann", 0.1, None, datetime(2026, 11, 27, tzinfo=UTC)),
            "spend": lambda s: s.spend("j", 0.1),
            "give_back": lambda s: s.give_back("j", 0.1),
            "settle": lambda s: s.settle("j", 0.1),
            "claim_measuring": lambda s: s.claim_measuring("arn", datetime(2026, 11, 27, tzinfo=UTC)),
        },
    ),
    "ScheduleTable": Store(
        "dynamodb",
        lambda connect, class_: class_(connect, "schedule"),
        {
            "change": lambda s: s.change("m", "us-east-1", lambda _: (Schedule.of(20), None)),
            "read": lambda s: s.read("m", "us-east-1"),
        },
    ),
    "HeadsTable": Store(
        "dynamodb",
        named("heads"),
        {"read": lambda s: s.read("b/chain/"), "advance": lambda s: s.advance("b/chain/", Head(1, "ab"))},
    ),
    "RequestClaims": Store(
        "dynamodb",
        lambda connect, class_: class_(connect, "schedule", "images"),
        {
            "claim": lambda s: s.claim("r", Claimant("k", "j", "i"), 1, 2),
            "release": lambda s: s.release("r", Claimant("k", "j", "i")),
        },
    ),
    "Objects": Store(
        "s3",
        lambda connect, class_: class_(connect),
        {
            "get": lambda s: s.get("b", "k"),
            "lines": lambda s: list(s.lines("b", "k")),
            "put": lambda s: s.put("b", "k", b"data", "text/plain"),
            "put_new": lambda s: s.put_new("b", "k", b"data", "text/plain"),
            "keys": lambda s: s.keys("b", "chain/"),
            "any_after": lambda s: s.any_after("b", "chain/", "chain/1"),
            "count_since": lambda s: s.count_since("b", "labels/", datetime(2026, 11, 27, tzinfo=UTC)),
            "look_up": lambda s: s.look_up("b", "k"),
            "delete": lambda s: s.delete("b", ["k"]),
            "delete_versions": lambda s: s.delete_versions("b", [("k", "v")]),
            "keep": lambda s: s.keep("b", "k"),
            "tag": lambda s: s.tag("b", "k", "backdrop=draft"),
            "copy": lambda s: s.copy("b", [Copy("k", "l")], "backdrop=draft"),
            "presigned_get": lambda s: s.presigned_get("b", "k"),
            "presigned_post": lambda s: s.presigned_post("b", "k", "image/jpeg", 10),
        },
        quiet=frozenset({"presigned_get", "presigned_post"}),
    ),
    "Labels": Store(
        "rekognition", lambda connect, class_: class_(connect), {"detect": lambda s: s.detect("bucket", "k")}
    ),
    "Moderation": Store(
        "rekognition", lambda connect, class_: class_(connect), {"detect": lambda s: s.detect(b"jpeg", 50.0)}
    ),
    "Guardrail": Store(
        "bedrock-runtime",
        lambda connect, class_: class_(connect, "abc123", "DRAFT"),
        {"check": lambda s: s.check("a beach", ""), "free_of_charge": lambda s: s.free_of_charge()},
        quiet=frozenset({"free_of_charge"}),
    ),
    "Executions": Store(
        "stepfunctions",
        named("arn:aws:states:us-east-1:123456789012:stateMachine:m"),
        {
            "start": lambda s: s.start("j", {}),
            "describe": lambda s: s.describe("j"),
            "redrive": lambda s: s.redrive("j"),
        },
    ),
    "Function": Store("lambda", named("f"), {"call": lambda s: s.call({})}),
    "Topic": Store(
        "sns", named("arn:aws:sns:us-east-1:123456789012:t"), {"publish": lambda s: s.publish("a", "b", {})}
    ),
    "EventBus": Store(
        "events", lambda connect, class_: class_(connect, "backdrop", "Ended"), {"put": lambda s: s.put({})}
    ),
    "DeadLetters": Store(
        "sqs",
        named("https://sqs.us-east-1.amazonaws.com/123456789012/q"),
        {
            "put": lambda s: s.put({}),
            "take": lambda s: s.take(30),
            "remove": lambda s: s.remove(Letter("r", {})),
            "leave": lambda s: s.leave(Letter("r", {})),
        },
    ),
    "KmsSigner": Store(
        "kms",
        lambda connect, class_: class_(connect, "arn:aws:kms:us-east-1:123456789012:key/k"),
        {"key": lambda s: s.key(), "sign": lambda s: s.sign(b"data")},
    ),
    "Secrets": Store(
        "secretsmanager",
        lambda connect, class_: class_(connect),
        {
            "read": lambda s: s.read("arn:aws:secretsmanager:us-east-1:123456789012:secret:s"),
            "forget": lambda s: s.forget(),
        },
        quiet=frozenset({"forget"}),
    ),
    "ModelQuestions": Store(
        "bedrock",
        lambda connect, class_: class_(connect),
        {
            "availability": lambda s: s.availability(SERVICE),
            "lifecycle": lambda s: s.lifecycle(SERVICE),
            "profile": lambda s: s.profile(SERVICE),
        },
    ),
    "ModelCalls": Store(
        "bedrock-runtime",
        lambda connect, class_: class_(lambda _region: connect()),
        {
            "invoke": lambda s: s.invoke("us-west-2", "m", b"{}"),
            "ask": lambda s: s.ask("us-west-2", "m", b"{}"),
        },
    ),
    "FunctionQuestions": Store("lambda", lambda connect, class_: class_(connect), {"limits": lambda s: s.limits()}),
    "QuotaQuestions": Store(
        "service-quotas", lambda connect, class_: class_(connect), {"per_minute": lambda s: s.per_minute()}
    ),
}

WITHOUT_STORE = {
    "account", "backoff", "clients", "cut_outs", "erasure", "failures", "image_items", "items", "mails", "model_access",
    "proof", "requests", "saved", "telemetry", "writing",
}  # fmt: skip
"""Modules that ask AWS nothing, or through another of these, and what is asked with a whole session
(tests/unit/preflight)."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(backdrop.aws.__path__, "backdrop.aws."):
        yield importlib.import_module(found.name)


def stores(module: ModuleType) -> dict[str, type]:
    """The classes over a client that a module defines."""
    return {
        name: class_
        for name, class_ in inspect.getmembers(module, inspect.isclass)
        if class_.__module__ == module.__name__ and "connect" in getattr(class_, "__dataclass_fields__", {})
    }


CLASSES = {name: class_ for module in modules() for name, class_ in stores(module).items()}


def test_every_module_that_asks_aws_is_a_class_over_a_client() -> None:
    without = {module.__name__.rpartition(".")[2] for module in modules() if not stores(module)}
    assert without == WITHOUT_STORE


def test_every_public_method_of_every_store_is_tried_here() -> None:
    public = {
        name: {method for method, _ in inspect.getmembers(class_, inspect.isfunction) if not method.startswith("_")}
        for name, class_ in CLASSES.items()
    }
    assert {name: set(store.calls) for name, store in STORES.items()} == public


def fails(error: Exception) -> Callable[[Any], Any]:
    def server(_request: Any) -> Any:
        raise error

    return server


def refused(code: str, s3_code: str, s3_status: int) -> Callable[[str], Any]:
    """By service: the JSON services' code, and S3's."""
    return lambda service: Refusal(s3_code, s3_status, xml=True) if service == "s3" else Refusal(code)


def broken(error: Exception) -> Callable[[str], Any]:
    return lambda _service: fails(error)


URL = "https://aws.example"
PASSING = {
    "throttled": refused("ThrottlingException", "SlowDown", 503),
    "internal error": lambda service: Refusal("InternalError", 500, xml=service == "s3"),
    "an unknown code with a status that is known": lambda service: Refusal("Whatever", 503, xml=service == "s3"),
    "unreachable": broken(EndpointConnectionError(endpoint_url=URL)),
    "connection timed out": broken(ConnectTimeoutError(endpoint_url=URL)),
    "answer timed out": broken(ReadTimeoutError(endpoint_url=URL)),
    "connection reset": broken(HTTPClientError(error=ConnectionResetError("reset"))),
    "no TLS": broken(SSLError(endpoint_url=URL, error=OSError("bad handshake"))),
}
# What may have been answered is counted as paid (`jobs.costs.prices`).
PASSING_CALLS = {
    "throttled": {ErrorCode.MODEL_THROTTLED},
    "answer timed out": {ErrorCode.MODEL_TIMED_OUT},
    "connection reset": {ErrorCode.MODEL_TIMED_OUT},
}
LASTING = {
    "denied": refused("AccessDeniedException", "AccessDenied", 403),
    "no such table or bucket": refused("ResourceNotFoundException", "NoSuchBucket", 404),
    "invalid": refused("ValidationException", "InvalidArgument", 400),
    "expired credentials": refused("ExpiredTokenException", "ExpiredToken", 400),
    "an unknown code": refused("SomethingNewException", "SomethingNew", 400),
}
_SWEEPERS = ("Executions", "Function", "Topic", "DeadLetters", "EventBus")
CASES = [(name, method) for name, store in STORES.items() for method in store.calls if method not in store.quiet]


def outcome(name: str, method: str, connect: Callable[[], Any]) -> Any:
    """What a method answers or raises."""
    store = STORES[name]
    made = store.make(connect, CLASSES[name])
    try:
        return store.calls[method](made)
    except (BackdropError, ModelCallFailed, ClientError, BotoCoreError) as error:
        return error


def check_words(found: Any) -> None:
    """An error of ours that says what was not done and what to do, with the service's reason."""
    if isinstance(found, Unanswered):
        assert found.why in (Silence.FAILED, Silence.DENIED, Silence.NOT_FOUND)
        assert found.words
        assert found.next_step
        return
    if isinstance(found, ModelCallFailed):
        assert type(found).__name__.startswith("Bedrock.")
        assert str(found).endswith(" (in us-west-2)")
        return
    assert isinstance(found, BackdropError), found
    assert ": " in found.cause
    assert ".." not in found.cause
    assert found.next_step


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize(("name", "method"), CASES)
def test_what_passes_by_itself_has_a_name_of_its_own(name: str, method: str, fault: str) -> None:
    service = STORES[name].service
    found = outcome(name, method, partial(client, service, PASSING[fault](service)))

    check_words(found)
    if service in ("dynamodb", "s3", "kms") or name == "MailSubscriptions":
        assert (type(found), found.code, found.http_status) == (StorageUnavailable, ErrorCode.STORAGE_ERROR, 503)
    elif name == "Secrets":
        assert type(found) is SigningUnavailable
    elif name in ("Moderation", "Guardrail"):
        assert type(found) is ModerationUnavailable
    elif name == "Labels":
        assert found.code is ErrorCode.LABELS_UNAVAILABLE
    elif method == "start":
        assert isinstance(found, CannotStart)
        assert not found.lasting
    elif name == "ModelCalls":
        code = found.code if method == "ask" else explain(type(found).__name__, str(found)).code
        assert code in PASSING_CALLS.get(fault, {ErrorCode.MODEL_UNAVAILABLE})
    elif name in _SWEEPERS:
        assert (type(found), found.code) == (BackdropError, ErrorCode.INTERNAL), "Lambda tries the whole sweep again"
    else:
        assert CLASSES[name] in (FunctionQuestions, ModelQuestions, QuotaQuestions)
        assert found.why is Silence.FAILED


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize(("name", "method"), CASES)
def test_what_lasts_is_not_tried_again(name: str, method: str, fault: str) -> None:
    service = STORES[name].service
    found = outcome(name, method, partial(client, service, LASTING[fault](service)))

    # An answer to a HEAD request has a status and no code: it can't tell a bucket that is not there from an object.
    head = (name, method) == ("Objects", "look_up")
    if head and fault == "no such table or bucket":
        assert found is None
        return
    check_words(found)
    if service in ("dynamodb", "s3", "kms"):
        expected = ErrorCode.INTERNAL if fault == "invalid" and not head else ErrorCode.STORAGE_ERROR
        assert (type(found), found.code) == (BackdropError, expected)
        if found.code is ErrorCode.STORAGE_ERROR:
            assert "platform engineer" in found.next_step
    elif name == "Secrets":
        assert type(found) is SigningFailed
    elif method == "start":
        assert found.lasting == (fault not in ("an unknown code", "expired credentials"))


@pytest.mark.parametrize("error", [NoCredentialsError(), NoRegionError()])
@pytest.mark.parametrize(("name", "method"), CASES)
def test_a_client_that_can_not_be_made_is_told_as_well(name: str, method: str, error: Exception) -> None:
    check_words(outcome(name, method, partial(fails(error), None)))


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name, store in STORES.items() for method in sorted(store.quiet)]
)
def test_what_asks_nobody_needs_no_answer(name: str, method: str) -> None:
    service = STORES[name].service
    found = outcome(name, method, partial(client, service, fails(EndpointConnectionError(endpoint_url=URL))))
    assert not isinstance(found, Exception)
