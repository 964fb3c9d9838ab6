"""Files of certificates that the environment names, looked at before anything is done."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from pathlib import Path

from backdrop_client.errors import WrongUse

HTTPX = ("SSL_CERT_FILE",)
"""What the HTTP client of the command and the web app reads."""

AWS = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""What AWS's own library reads; the first that is set counts."""


def check_certificates(variables: Sequence[str] = HTTPX) -> None:
    """Raise `WrongUse` when the first of the variables that is set names no good file of certificates."""
    variable = next((name for name in variables if os.environ.get(name)), None)
    if variable is None:
        return
    file = os.environ[variable]
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        reason = f"which holds no certificates in PEM form ({error.reason or error})"
    except OSError as error:
        # botocore takes a folder, too.
        if Path(file).is_dir() and variable in AWS:
            return
        reason = f"which can't be read: {error.strerror}"
    else:
        return
    raise WrongUse(
        "CERTIFICATES_UNUSABLE",
        f"{variable} names the file {file!r} of certificates, {reason}.",
        f"Let {variable} name the certificates of your network in PEM form, or unset it: `unset {variable}`.",
    )
