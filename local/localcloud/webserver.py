"""The web app as a process of the local cloud."""

import os

import httpx

from localcloud.clients import ROOT_CREDENTIALS
from localcloud.cloud import LocalCloud
from localcloud.outputs import Outputs
from localcloud.processes import ChildProcess
from localcloud.settings import HOST, REPOSITORY

START_SECONDS = 60.0
ENTRY = REPOSITORY / "webapp" / "server.py"
SIGN_INS_TABLE = "BACKDROP_SIGN_INS_TABLE"
"""Set to anything, `make run` keeps sign-ins in the local stack's own table."""


def start_web_app(cloud: LocalCloud, port: int) -> ChildProcess:
    """Start Streamlit on loopback with the addresses of `cloud`. Raises `LocalCloudError`."""
    # The web app is a user of the REST API: whatever AWS credentials this shell has are none of its business.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**inherited, **web_environment(cloud.outputs)}
    if environment.get(SIGN_INS_TABLE):
        environment |= share_sign_ins(cloud)
    child = cloud.add_process("web", web_program(port), environment)
    child.wait_healthy(f"http://{HOST}:{port}/_stcore/health", START_SECONDS, _is_healthy)
    return child


def web_program(port: int) -> list[str]:
    """What Python is started with for the web app on loopback."""
    return [
        *("-m", "streamlit", "run", str(ENTRY)),
        *("--server.address", HOST),
        *("--server.port", str(port)),
        *("--server.headless", "true"),
        *("--server.fileWatcherType", "none"),
        *("--browser.gatherUsageStats", "false"),
    ]


def web_path() -> str:
    """The web app's PYTHONPATH."""
    return os.pathsep.join(str(REPOSITORY / folder) for folder in ("webapp", "client", "local", "functions"))


def web_environment(outputs: Outputs) -> dict[str, str]:
    """What the web app is told: addresses and names, no credentials but the demo user's name."""
    return {
        "BACKDROP_API_URL": outputs.api_url,
        "BACKDROP_USER_POOL_ID": outputs.user_pool_id,
        "BACKDROP_USER_POOL_CLIENT_ID": outputs.user_pool_client_id,
        "BACKDROP_REGION": outputs.region,
        "BACKDROP_COGNITO_ENDPOINT": outputs.endpoint,
        "BACKDROP_MAILBOX": outputs.mailbox,
        "BACKDROP_DEMO_USER": outputs.demo_user,
        "PYTHONPATH": web_path(),
    }


def share_sign_ins(cloud: LocalCloud) -> dict[str, str]:
    """Return what makes web apps keep their sign-ins in the local stack's table, as they do in the cloud.

    They survive a restart, and all web apps that are told the same share them.
    """
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=cloud.outputs.stack_name)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    return {
        SIGN_INS_TABLE: outputs["SignInsTableName"],
        "AWS_ENDPOINT_URL_DYNAMODB": cloud.outputs.endpoint,
        "AWS_ACCESS_KEY_ID": ROOT_CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ROOT_CREDENTIALS["aws_secret_access_key"],
    }


def _is_healthy(response: httpx.Response) -> bool:
    return response.status_code == 200 and response.text.strip() == "ok"
