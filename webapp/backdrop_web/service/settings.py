"""Where the service is: read once from the environment."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from backdrop.core.words.marks import mark_phrase

CONFIRM_USD = "BACKDROP_CONFIRM_USD"
"""US dollars above which a job is started only after a second press; 10 when not set."""

_DEFAULT_CONFIRM_USD = 10.0

REQUIRED = {
    "BACKDROP_API_URL": mark_phrase("address of the REST API (stack output ApiUrl)"),
    "BACKDROP_USER_POOL_ID": mark_phrase("Cognito user pool (stack output UserPoolId)"),
    "BACKDROP_USER_POOL_CLIENT_ID": mark_phrase("client of that pool (stack output UserPoolClientId)"),
    "BACKDROP_REGION": mark_phrase("AWS region of the stack (stack output Region)"),
}
"""Environment variable -> what it is, in the words of the page that asks for it."""


class SettingsMissing(Exception):
    """Variables that are not set. `names` lists them in the order of `REQUIRED`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__("not set: " + ", ".join(names))
        self.names = names


@dataclass(frozen=True)
class WebSettings:
    """How the app reaches the service.

    `cognito_endpoint` and `mailbox` are set on a local cloud only; `demo_user` is an e-mail address to offer
    at sign-in; `sign_ins_table` names the table that keeps sign-ins where several servers share them.
    """

    api_url: str
    user_pool_id: str
    client_id: str
    region: str
    cognito_endpoint: str | None = None
    mailbox: Path | None = None
    demo_user: str | None = None
    sign_ins_table: str | None = None

    @property
    def local(self) -> bool:
        """Whether this is a local cloud, where a renderer stands in for the image models."""
        return self.cognito_endpoint is not None

    def list_storage_origins(self) -> list[str]:
        """Return the origins that a browser sends photos to and fetches images from, as a page's policy names them.

        S3's addresses, with the bucket's name before or after them: the app does not know the bucket.
        """
        if self.cognito_endpoint is not None:
            address = urlsplit(self.cognito_endpoint)
            return [f"{address.scheme}://{address.netloc}"]
        return [f"https://*.s3.{self.region}.amazonaws.com", "https://*.s3.amazonaws.com"]

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> WebSettings:
        """Read the settings from `env` (the process's environment by default).

        Raises:
            SettingsMissing: with every variable that is absent or blank.
        """
        source = os.environ if env is None else env

        def read(name: str) -> str | None:
            return source.get(name, "").strip() or None

        missing = tuple(name for name in REQUIRED if read(name) is None)
        if missing:
            raise SettingsMissing(missing)
        mailbox = read("BACKDROP_MAILBOX")
        return cls(
            api_url=source["BACKDROP_API_URL"].strip().rstrip("/"),
            user_pool_id=source["BACKDROP_USER_POOL_ID"].strip(),
            client_id=source["BACKDROP_USER_POOL_CLIENT_ID"].strip(),
            region=source["BACKDROP_REGION"].strip(),
            cognito_endpoint=read("BACKDROP_COGNITO_ENDPOINT"),
            mailbox=Path(mailbox) if mailbox else None,
            demo_user=read("BACKDROP_DEMO_USER"),
            sign_ins_table=read("BACKDROP_SIGN_INS_TABLE"),
        )


def read_confirmation_limit(env: Mapping[str, str] | None = None) -> float:
    """Return the US dollars above which a job needs a second press. What is no amount counts as 0: every job needs it
    then."""
    text = (os.environ if env is None else env).get(CONFIRM_USD, "").strip()
    if not text:
        return _DEFAULT_CONFIRM_USD
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    return amount if amount >= 0 else 0.0
