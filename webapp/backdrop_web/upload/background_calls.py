"""Calls to the service about single photos, made by threads of their own while the page is drawn and drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from backdrop.api.schemas.photos import Photo
from backdrop_web.service.api import Api

WORKERS = 4
"""Photos checked at once: enough to hide the checks' latency, few enough for an account's Lambda limit."""


@dataclass(frozen=True)
class CallResult:
    """What a thread found out about a photo."""

    photo_id: str
    api: Api
    """Whose sign-in it was done with."""
    photo: Photo | None = None
    error: Exception | None = None
    removed: Photo | None = None
    """The photo that was to be taken out, when this is about a removal."""
    removal: bool = False


class BackgroundCalls:
    """Checks and removals under way: threads make the calls, the thread that draws the page takes their results."""

    def __init__(self) -> None:
        self._results: SimpleQueue[CallResult] = SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None

    def check_photo(self, api: Api, draft_id: str, photo_id: str) -> None:
        """Have a photo inspected."""

        def call() -> CallResult:
            return CallResult(photo_id, api, photo=api.inspect_photo(draft_id, photo_id))

        self._submit_call(call, lambda error: CallResult(photo_id, api, error=error))

    def delete_photo(self, api: Api, draft_id: str, photo_id: str, photo: Photo | None) -> None:
        """Have a photo deleted; `photo` comes back with the result should that fail."""

        def call() -> CallResult:
            api.delete_photo(draft_id, photo_id)
            return CallResult(photo_id, api, removal=True)

        self._submit_call(call, lambda error: CallResult(photo_id, api, error=error, removed=photo, removal=True))

    def take_results(self) -> Iterator[CallResult]:
        """Yield what was found since the last time; waits for nothing."""
        while True:
            try:
                yield self._results.get_nowait()
            except Empty:
                return

    def wait_for_all(self) -> None:
        """Wait until all that was sent is done."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None

    def _submit_call(self, call: Callable[[], CallResult], failed: Callable[[Exception], CallResult]) -> None:
        def run() -> None:
            try:
                result = call()
            except Exception as error:  # noqa: BLE001 - told or logged by whoever takes the result
                result = failed(error)
            self._results.put(result)

        self._pool = self._pool or ThreadPoolExecutor(WORKERS, thread_name_prefix="backdrop-check")
        self._pool.submit(run)
