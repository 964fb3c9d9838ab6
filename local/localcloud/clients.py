"""boto3 clients for the local cloud, with the credentials of its account's root."""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

# MiniStack's root credentials: they exist on loopback only and open nothing else.
ROOT_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@lru_cache(maxsize=64)
def make_client(service: str, endpoint: str, region: str) -> Any:
    """A client of `service` at `endpoint`, the same one for every thread that asks: making one takes up to 0.1 s.

    S3 signs with SigV4: boto3's default for presigned URLs with an endpoint of one's own is SigV2, whose expiry the
    emulator does not check.
    """
    config = Config(
        signature_version="s3v4" if service == "s3" else None,
        retries={"mode": "standard", "total_max_attempts": 3},
        connect_timeout=5,
        read_timeout=300,
    )
    session = boto3.session.Session()
    # The service's name is a variable here, so the stubs' overloads by literal name do not apply.
    create: Any = session.client
    # The endpoint is plain HTTP on this machine: certificates that the environment names are for elsewhere.
    return create(service, endpoint_url=endpoint, region_name=region, config=config, verify=False, **ROOT_CREDENTIALS)
