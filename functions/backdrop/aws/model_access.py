"""Asks AWS what an account may do with the models: Bedrock's control plane and Service Quotas. Costs nothing.

Used by the REST API with the function's role, and by `backdrop models --account` with an engineer's own credentials.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from backdrop.domain import clock
from backdrop.models.access import (
    Access,
    AccessState,
    Availability,
    Facts,
    Lifecycle,
    Profile,
    Silence,
    Unanswered,
    judge,
)
from backdrop.models.catalogue import ServiceEntry
from backdrop.models.quotas import find_quota

SECONDS = 3.0
"""Longest that a page waits for AWS's answers."""

_KEEP_SECONDS = 300.0
_KEEP_DOUBT_SECONDS = 30.0
"""For what is not accessible or not known: whoever mends it should not wait long to see it."""

_AT_ONCE = 9
"""Calls at once: the control plane is no place for a crowd. One of them lists quotas, page after page."""

_NOT_FOUND = frozenset({"ResourceNotFoundException"})
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
_BUSY = frozenset({"ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException"})

Answer = TypeVar("Answer")


class AccountModels:
    """Access of one account in one Region, remembered for some minutes. Safe to use from many threads.

    Args:
        session: whose credentials and Region are used; the default ones where none is given.
        seconds: longest that `of` takes; what is not answered by then is `UNKNOWN`.
    """

    def __init__(
        self,
        session: boto3.session.Session | None = None,
        *,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._seconds = session, seconds
        self._now, self._monotonic = now, monotonic
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._clients: tuple[Any, Any] | None = None
        self._kept: dict[str, tuple[float, Access]] = {}
        self._quotas: Future[dict[str, float] | Unanswered] | None = None
        self._quotas_asked = 0.0

    def of(self, services: Sequence[ServiceEntry], *, quotas: bool = True) -> Mapping[str, Access]:
        """Service id -> access, within the time limit. Never raises for an answer of AWS, or for none.

        `quotas`: whether to look for the account's requests per minute too, which takes longest.
        """
        deadline = self._monotonic() + self._seconds
        self._connect()
        missing = [one for one in services if self._kept_access(one.service_id) is None]
        if quotas:
            self._ask_quotas()
        asked = [(one, self._ask(one)) for one in missing]
        self._wait([future for _, questions in asked for future in questions.values()], deadline)
        for service, questions in asked:
            self._keep(judge(service, self._region, self._facts(questions), clock.iso(self._now())))
        if quotas and self._quotas is not None:
            self._wait([self._quotas], deadline)
        return {one.service_id: self._with_quota(one) for one in services}

    def _connect(self) -> None:
        """Make the clients, once: not at import, which every call of the API would wait for."""
        with self._lock:
            if self._clients is not None:
                return
            config = Config(
                connect_timeout=min(2.0, self._seconds),
                read_timeout=self._seconds,
                retries={"mode": "standard", "total_max_attempts": 2},
                max_pool_connections=_AT_ONCE,
            )
            # boto3's stubs have no overloads for these two services here.
            create: Any = (self._session or boto3.session.Session()).client
            self._clients = create("bedrock", config=config), create("service-quotas", config=config)

    @property
    def _bedrock(self) -> Any:
        assert self._clients
        return self._clients[0]

    @property
    def _region(self) -> str:
        return str(self._bedrock.meta.region_name)

    def _ask(self, service: ServiceEntry) -> dict[str, Future[Any]]:
        questions: dict[str, Future[Any]] = {
            "availability": self._begin(lambda: self._availability(service)),
            "lifecycle": self._begin(lambda: self._lifecycle(service)),
        }
        if service.profile:
            questions["profile"] = self._begin(lambda: self._profile(service))
        return questions

    def _begin(self, ask: Callable[[], Answer]) -> Future[Answer]:
        """Run it beside us. A call that takes too long ends by its own timeout, and nobody waits for it, not even the
        end of the process: an executor's threads would hold that up."""
        future: Future[Answer] = Future()

        def run() -> None:
            with self._room:
                try:
                    future.set_result(ask())
                except BaseException as error:  # noqa: BLE001 - as an executor does: raised where the result is read
                    future.set_exception(error)

        threading.Thread(target=run, name="model-access", daemon=True).start()
        return future

    def _facts(self, questions: Mapping[str, Future[Any]]) -> Facts:
        late = {
            "availability": "bedrock:GetFoundationModelAvailability",
            "lifecycle": "bedrock:GetFoundationModel",
            "profile": "bedrock:GetInferenceProfile",
        }
        answers = {
            name: future.result() if future.done() else self._late(late[name]) for name, future in questions.items()
        }
        return Facts(answers["availability"], answers["lifecycle"], answers.get("profile"))

    def _availability(self, service: ServiceEntry) -> Availability | Unanswered:
        def ask() -> Availability:
            answer = self._bedrock.get_foundation_model_availability(modelId=service.foundation_model_id)
            agreement = answer["agreementAvailability"]
            return Availability(
                agreement=agreement["status"],
                agreement_error=agreement.get("errorMessage", ""),
                authorized=answer["authorizationStatus"] == "AUTHORIZED",
                entitled=answer["entitlementAvailability"] == "AVAILABLE",
                in_region=answer["regionAvailability"] == "AVAILABLE",
            )

        return answered("bedrock:GetFoundationModelAvailability", ask)

    def _lifecycle(self, service: ServiceEntry) -> Lifecycle | Unanswered:
        def ask() -> Lifecycle:
            answer = self._bedrock.get_foundation_model(modelIdentifier=service.foundation_model_id)
            lifecycle = answer["modelDetails"].get("modelLifecycle", {})
            return Lifecycle(
                status=lifecycle.get("status", "ACTIVE"),
                legacy_since=_day(lifecycle.get("legacyTime")),
                end_of_life=_day(lifecycle.get("endOfLifeTime")),
            )

        return answered("bedrock:GetFoundationModel", ask)

    def _profile(self, service: ServiceEntry) -> Profile | Unanswered:
        def ask() -> Profile:
            answer = self._bedrock.get_inference_profile(inferenceProfileIdentifier=service.service_id)
            arns = [model.get("modelArn", "") for model in answer["models"]]
            regions = sorted({arn.split(":")[3] for arn in arns if arn.count(":") >= 5})
            return Profile(status=answer["status"], regions=tuple(region for region in regions if region))

        return answered("bedrock:GetInferenceProfile", ask)

    def _ask_quotas(self) -> None:
        # An answer that came too late for one page is there for the next.
        with self._lock:
            if self._quotas is not None:
                failed = self._quotas.done() and isinstance(self._quotas.result(), Unanswered)
                age = self._monotonic() - self._quotas_asked
                if age < (_KEEP_DOUBT_SECONDS if failed else _KEEP_SECONDS):
                    return
            self._quotas = self._begin(lambda: answered("servicequotas:ListServiceQuotas", self._list_quotas))
            self._quotas_asked = self._monotonic()

    def _list_quotas(self) -> dict[str, float]:
        assert self._clients
        pages = (
            self._clients[1]
            .get_paginator("list_service_quotas")
            .paginate(ServiceCode="bedrock", PaginationConfig={"PageSize": 100})
        )
        return {
            quota["QuotaName"]: float(quota["Value"])
            for page in pages
            for quota in page["Quotas"]
            if "Value" in quota and "per minute" in quota.get("QuotaName", "")
        }

    def _with_quota(self, service: ServiceEntry) -> Access:
        access, quotas = self._kept[service.service_id][1], self._quotas
        if quotas is None or not quotas.done():
            return access
        found = quotas.result()
        if isinstance(found, Unanswered):
            note = f"The account's own requests per minute are not known: {found.words}"
            return replace(access, notes=(*access.notes, note))
        return replace(access, requests_per_minute=find_quota(service, found))

    def _wait(self, futures: Sequence[Future[Any]], deadline: float) -> None:
        wait(futures, timeout=max(0.0, deadline - self._monotonic()))

    def _late(self, action: str) -> Unanswered:
        words = f"AWS did not answer {action} within {self._seconds:g} seconds."
        return Unanswered(Silence.FAILED, action, words, "Look again in a minute.")

    def _kept_access(self, service_id: str) -> Access | None:
        until, access = self._kept.get(service_id, (0.0, None))
        return access if until > self._monotonic() else None

    def _keep(self, access: Access) -> None:
        seconds = _KEEP_SECONDS if access.state is AccessState.ACCESSIBLE else _KEEP_DOUBT_SECONDS
        self._kept[access.service_id] = (self._monotonic() + seconds, access)


def answered(action: str, ask: Callable[[], Answer]) -> Answer | Unanswered:
    """The answer, or in words why there is none."""
    try:
        return ask()
    except ClientError as error:
        return _refused(action, error)
    except BotoCoreError as error:
        words = f"AWS could not be asked for {action}: {str(error).rstrip('.')}."
        return Unanswered(Silence.FAILED, action, words, "Check the network, the Region and the credentials.")
    except KeyError as missing:
        words = f"AWS's answer to {action} has no {missing}."
        return Unanswered(Silence.FAILED, action, words, "Tell the people who run Backdrop.")


def _refused(action: str, error: ClientError) -> Unanswered:
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    if code in _NOT_FOUND:
        return Unanswered(Silence.NOT_FOUND, action, f"AWS says: {message}.", "Choose another model.")
    if code in _DENIED:
        # The message may name another action than the one called; that is the one that is missing.
        named = re.search(r"not authorized to perform:? ([a-z-]+:[A-Za-z]+)", message)
        missing = named[1] if named else action
        return Unanswered(
            Silence.DENIED,
            missing,
            f"It could not be checked: {missing} is not allowed here ({code}).",
            f"Allow {missing} in IAM (and in your organization's policies) to have it checked.",
        )
    if code in _BUSY:
        return Unanswered(Silence.FAILED, action, f"AWS is too busy to answer {action} ({code}).", "Look again later.")
    words = f"AWS answered {action} with {code}: {message}."
    return Unanswered(Silence.FAILED, action, words, "Look again later; if it stays, tell those who run Backdrop.")


def _day(moment: datetime | None) -> str | None:
    return clock.iso(moment)[:10] if moment else None
