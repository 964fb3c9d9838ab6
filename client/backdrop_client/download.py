"""Fetching files from presigned addresses: streamed to disk, checked, retried."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from backdrop.core.words.marks import phrase
from backdrop_client.errors import DownloadError, Interrupted, ServiceUnreachable
from backdrop_client.outputs import unwritable
from backdrop_client.parallel import Stop
from backdrop_client.retry import (
    DEFAULT_POLICY,
    TRANSIENT_STATUS,
    RetryPolicy,
    TryAgain,
    reason_of,
    retry_after,
    retrying,
)

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class Downloader:
    """Downloads from presigned addresses; may be shared by threads."""

    def __init__(
        self, http: httpx.Client | None = None, policy: RetryPolicy = DEFAULT_POLICY, stop: Stop | None = None
    ) -> None:
        self._http = http or httpx.Client(timeout=_TIMEOUT)
        self._policy = policy
        self._stop = stop or Stop()

    def fetch(self, url: str, target: Path, expected_bytes: int | None = None) -> None:
        """Write what lies at `url` into `target`, whole.

        Raises `DownloadError` (`DOWNLOAD_EXPIRED`: ask for a fresh address; `DOWNLOAD_INCOMPLETE`: not the
        promised bytes; `OUT_NOT_WRITABLE`), `ServiceUnreachable` or `Interrupted`.
        """
        retrying(lambda: self._attempt(url, target, expected_bytes), self._policy, self._stop.sleep)

    def _attempt(self, url: str, target: Path, expected_bytes: int | None) -> None:
        try:
            with self._http.stream("GET", url, timeout=_TIMEOUT) as response:
                if not response.is_success:
                    response.read()
                    raise self._refusal(response)
                size = self._write(response, target)
        except httpx.HTTPError as error:
            raise TryAgain(ServiceUnreachable(phrase("The storage of finished images"), reason_of(error))) from error
        except OSError as error:
            raise unwritable(target, error) from error
        if expected_bytes is not None and size != expected_bytes:
            raise TryAgain(
                DownloadError(
                    "DOWNLOAD_INCOMPLETE",
                    phrase(
                        "{size:,} bytes came instead of {expected_bytes:,}.", size=size, expected_bytes=expected_bytes
                    ),
                    phrase("Fetch it again with `backdrop fetch`."),
                )
            )

    def _write(self, response: httpx.Response, target: Path) -> int:
        size = 0
        with target.open("wb") as stream:
            for chunk in response.iter_bytes(256 * 1024):
                if self._stop.asked:
                    raise Interrupted
                size += stream.write(chunk)
        return size

    @staticmethod
    def _refusal(response: httpx.Response) -> Exception:
        found = re.search(r"<Code>(\w{1,64})</Code>", response.text[:4000])
        code = found.group(1) if found else str(response.status_code)
        if response.status_code == httpx.codes.FORBIDDEN:
            return DownloadError(
                "DOWNLOAD_EXPIRED",
                phrase("The address is no longer good ({code}).", code=code),
                phrase("Fetch it again with `backdrop fetch`."),
            )
        failure = DownloadError(
            "DOWNLOAD_REFUSED",
            phrase("The storage answered {status_code} ({code}).", status_code=response.status_code, code=code),
            phrase("Try `backdrop fetch` later; if it happens twice, tell the people who run Backdrop."),
        )
        return TryAgain(failure, retry_after(response)) if response.status_code in TRANSIENT_STATUS else failure
