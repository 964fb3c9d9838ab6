"""What an account may do with the models, asked of AWS all at once, within a time limit, and remembered.

Used by the REST API with the function's role, and by `backdrop models --account` with an engineer's own credentials.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from backdrop.aws.model_questions import AVAILABILITY, LIFECYCLE, PROFILE, ModelQuestions, QuotaQuestions
from backdrop.core import clock
from backdrop.core.vocabulary import AccessState
from backdrop.core.words.marks import phrase
from backdrop.jobs.scheduling.regions import ModelRegions
from backdrop.models.account.access import Access, Facts, Silence, Unanswered, across, judge
from backdrop.models.account.quotas import find_quota
from backdrop.models.catalogue import ServiceEntry

SECONDS = 3.0
"""Longest that a page waits for AWS's answers."""

_KEEP_SECONDS = 300.0
_KEEP_DOUBT_SECONDS = 30.0
"""For what is not accessible or not known: whoever mends it should not wait long to see it."""

_AT_ONCE = 9
"""Calls at once: the control plane is no place for a crowd. One of them lists quotas, page after page."""

Answer = TypeVar("Answer")


class AccountModels:
    """Access of one account in one Region, remembered for some minutes. Safe to use from many threads.

    Args:
        session: whose credentials and Region are used; the default ones where none is given.
        region: which is asked about, where no session is given; None: the default one.
        seconds: longest that `of` takes; what is not answered by then is `UNKNOWN`.
    """

    def __init__(
        self,
        session: boto3.session.Session | None = None,
        *,
        region: str | None = None,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = clock.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._asked_region, self._seconds = session, region, seconds
        self._now, self._monotonic = now, monotonic
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._clients: tuple[Any, Any] | None = None
        self._models = ModelQuestions(lambda: self._connected()[0])
        self._limits = QuotaQuestions(lambda: self._connected()[1])
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
            session: Any = self._session or boto3.session.Session(region_name=self._asked_region)
            create = session.client
            self._clients = create("bedrock", config=config), create("service-quotas", config=config)

    def _connected(self) -> tuple[Any, Any]:
        assert self._clients
        return self._clients

    @property
    def _region(self) -> str:
        return str(self._connected()[0].meta.region_name)

    def _ask(self, service: ServiceEntry) -> dict[str, Future[Any]]:
        questions: dict[str, Future[Any]] = {
            AVAILABILITY: self._begin(lambda: self._models.availability(service)),
            LIFECYCLE: self._begin(lambda: self._models.lifecycle(service)),
        }
        if service.profile:
            questions[PROFILE] = self._begin(lambda: self._models.profile(service))
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
        answers = {
            action: future.result() if future.done() else self._late(action) for action, future in questions.items()
        }
        return Facts(answers[AVAILABILITY], answers[LIFECYCLE], answers.get(PROFILE))

    def _ask_quotas(self) -> None:
        # An answer that came too late for one page is there for the next.
        with self._lock:
            if self._quotas is not None:
                failed = self._quotas.done() and isinstance(self._quotas.result(), Unanswered)
                age = self._monotonic() - self._quotas_asked
                if age < (_KEEP_DOUBT_SECONDS if failed else _KEEP_SECONDS):
                    return
            self._quotas = self._begin(self._limits.per_minute)
            self._quotas_asked = self._monotonic()

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
        words = phrase("AWS did not answer {action} within {seconds:g} seconds.", action=action, seconds=self._seconds)
        return Unanswered(Silence.FAILED, action, words, phrase("Look again in a minute."))

    def _kept_access(self, service_id: str) -> Access | None:
        until, access = self._kept.get(service_id, (0.0, None))
        return access if until > self._monotonic() else None

    def _keep(self, access: Access) -> None:
        seconds = _KEEP_SECONDS if access.state is AccessState.ACCESSIBLE else _KEEP_DOUBT_SECONDS
        self._kept[access.service_id] = (self._monotonic() + seconds, access)


class AccountRegions:
    """Access of one account in each Region where models may be called: what the best one lets it.

    Args:
        regions: the stack's.
        accounts: the account in each of them.
    """

    def __init__(self, regions: ModelRegions, accounts: Mapping[str, AccountModels]) -> None:
        self._regions, self._accounts = regions, accounts

    def of(self, services: Sequence[ServiceEntry], *, quotas: bool = True) -> Mapping[str, Access]:
        """Service id -> access, within the time limit of one Region. Never raises for an answer of AWS, or for none."""
        asked: dict[str, list[ServiceEntry]] = {}
        for one in services:
            for region in self._regions.of_model(one.service_id):
                asked.setdefault(region, []).append(one)
        with ThreadPoolExecutor(max(1, len(asked))) as pool:
            found_in = pool.map(lambda region: self._accounts[region].of(asked[region], quotas=quotas), asked)
            answers = dict(zip(asked, found_in, strict=True))
        return {
            one.service_id: across(
                [answers[region][one.service_id] for region in self._regions.of_model(one.service_id)]
            )
            for one in services
        }
