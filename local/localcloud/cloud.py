"""The local cloud as one object: emulator, image models, deployed template, demo user."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from backdrop_client.stopping import shielded
from backdrop_cutout.weights import VARIABLE as WEIGHTS_VARIABLE
from localcloud import signing
from localcloud.clients import make_client
from localcloud.deploy import Deployment, deploy
from localcloud.models.weights import segmentation_file
from localcloud.outputs import Outputs, read_json
from localcloud.presence import Phase, Presence, look
from localcloud.processes import ChildProcess, answers_200
from localcloud.samconfig import StackConfig, read_stack_config
from localcloud.settings import (
    CLOUD_PORT,
    HOST,
    MODELS_PORT,
    REGION,
    REPOSITORY,
    Home,
    LocalCloudError,
    claim_port,
)
from localcloud.users import DEMO_USER, ensure_user, id_token, new_password

Progress = Callable[[str], object]

EMULATOR_SECONDS, MODELS_SECONDS = 60.0, 180.0
# Only what a program needs to run at all: the emulator's environment is inherited by every Lambda worker.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


def _silent(_message: str) -> None:
    """Show nothing of the progress."""


class LocalCloud:
    """Starts, describes and stops one local cloud. A context manager: leaving it stops what `start` started.

    `home` holds its state, which outlives a stop. `port` and `models_port` may be 0: a free one is taken.
    `template`, `models_program` and `web_url` are for tests and for `localcloud up`.
    """

    def __init__(
        self,
        home: Path,
        port: int,
        models_port: int,
        *,
        template: Path = REPOSITORY / "template.yaml",
        config: StackConfig | None = None,
        models_program: Sequence[str] = ("-m", "localcloud.models"),
        web_url: str = "http://127.0.0.1:8501",
    ) -> None:
        self.home = Home(home.resolve())
        self._ports = (port, models_port)
        self._template = template
        self._config = config
        self._models_program = models_program
        self._web_url = web_url
        self._children: list[ChildProcess] = []
        self._presence: Presence | None = None
        self._outputs: Outputs | None = None
        self.endpoint = ""
        self.models_url = ""

    def __enter__(self) -> "LocalCloud":
        """Return the cloud, not started yet: call `start`, with or without progress."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what `start` started."""
        self.stop()

    @property
    def outputs(self) -> Outputs:
        """What clients need to know. Raises `LocalCloudError` before `start`."""
        if self._outputs is None:
            raise LocalCloudError("The local cloud is not started.")
        return self._outputs

    def start(self, on_progress: Progress = _silent) -> None:
        """Start the processes, deploy the template, make the demo user, write `outputs.json`.

        Raises `LocalCloudError`: a port in use, a process that died, a template that does not deploy. What
        was started is stopped then.
        """
        self.claim()

        def progress(message: str) -> None:
            self._claimed.tell(Phase.STARTING, message)
            on_progress(message)

        try:
            self._start(progress)
        except BaseException as error:
            self.stop(reason=str(error))
            raise
        self._claimed.tell(Phase.READY)

    def claim(self) -> None:
        """Make the home this cloud's own, after what is left of an earlier one there has ended; `start` does it, too.

        Raises `LocalCloudError` when another cloud has it, or when it can't be written to.
        """
        if self._presence is not None:
            return
        try:
            self._presence = Presence.claim(self.home.root)
        except OSError as error:
            raise LocalCloudError(
                f"The folder {self.home.root} can't be used for the local cloud: {error.strerror or error}. "
                "Name another one: BACKDROP_LOCAL_HOME=FOLDER make run"
            ) from error
        if self._presence is None:
            raise LocalCloudError(_taken(self.home.root))

    @property
    def _claimed(self) -> Presence:
        if self._presence is None:
            raise LocalCloudError("The local cloud is not started.")
        return self._presence

    def _start(self, on_progress: Progress) -> None:
        port = claim_port(self._ports[0], "the local cloud", CLOUD_PORT)
        models_port = claim_port(self._ports[1], "the image models", MODELS_PORT)
        self.endpoint, self.models_url = f"http://{HOST}:{port}", f"http://{HOST}:{models_port}"
        # Lambda workers leave their unpacked code behind.
        shutil.rmtree(self.home.temporary, ignore_errors=True)
        self.home.temporary.mkdir(parents=True)

        on_progress("Starting the AWS emulator and the image models")
        emulator = self._start_emulator(port)
        models = self._start_models(models_port)
        emulator.wait_healthy(f"{self.endpoint}/_ministack/health", EMULATOR_SECONDS, answers_200)
        on_progress(f"Deploying {self._template.name}")
        deployment = self._deploy()
        on_progress("The stack is deployed" if deployment.changed else "The stack is up to date")
        models.wait_healthy(f"{self.models_url}/health", MODELS_SECONDS, answers_200)
        on_progress("The image models are ready")
        self._outputs = self._make_outputs(deployment)
        self._outputs.save(self.home.outputs_file)

    def _start_emulator(self, port: int) -> ChildProcess:
        settings = {
            CLOUD_PORT: str(port),
            "BACKDROP_LOCAL_HOME": str(self.home.root),
            "BACKDROP_MODELS_URL": self.models_url,
            "BACKDROP_FAULTS": os.environ.get("BACKDROP_FAULTS", "[]"),
            "BACKDROP_MORE_MODELS": self._stack_config().parameters.get("MoreModels", ""),
            "BACKDROP_SAVE_SECONDS": os.environ.get("BACKDROP_SAVE_SECONDS", "20"),
            # Lambda workers run from source, where no build has put the weights; the image models fetch them.
            WEIGHTS_VARIABLE: str(segmentation_file()),
        }
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return self.add_process("emulator", ["-m", "localcloud.emulator"], {**passed_on, **_import_path(), **settings})

    def _start_models(self, port: int) -> ChildProcess:
        environment = {**os.environ, **_import_path(), MODELS_PORT: str(port)}
        return self.add_process("models", self._models_program, environment)

    def add_process(self, name: str, program: Sequence[str], environment: dict[str, str]) -> ChildProcess:
        """Start another process that lives and ends with this cloud; it logs to `<home>/logs/<name>.log`."""
        child = ChildProcess(name, program, environment, self.home.logs / f"{name}.log", self._claimed.inherited)
        self._children.append(child)
        processes = {known.name: known.pid for known in self._children}
        self.home.processes_file.write_text(json.dumps(processes), encoding="utf-8")
        return child

    def check(self) -> None:
        """Raise `ProcessDied` when a process of this cloud has ended by itself."""
        for child in self._children:
            child.check()

    def _stack_config(self) -> StackConfig:
        return self._config or read_stack_config(REPOSITORY / "samconfig.toml")

    def _deploy(self) -> Deployment:
        config = self._stack_config()
        if self._config is None:
            # Where the web app listens is this run's choice: the mails' links and the bucket's CORS rule follow it.
            parameters = {**config.parameters, "WebAppUrl": self._web_url}
            if signing.asked_for():
                secret = signing.ensure_secret(self.client("secretsmanager"), self.home.signing)
                parameters[signing.SECRET_PARAMETER] = secret
            config = replace(config, parameters=parameters)
        return deploy(self.endpoint, self._template, config)

    def _make_outputs(self, deployment: Deployment) -> Outputs:
        stack = deployment.outputs
        password = str(read_json(self.home.outputs_file).get("demoPassword") or new_password())
        ensure_user(self.client("cognito-idp"), stack["UserPoolId"], DEMO_USER, password)
        return Outputs(
            endpoint=self.endpoint,
            region=REGION,
            api_url=f"{self.endpoint}/_aws/execute-api/{stack['RestApiId']}/v1",
            user_pool_id=stack["UserPoolId"],
            user_pool_client_id=stack["UserPoolClientId"],
            bucket=stack["BucketName"],
            state_machine_arn=stack["StateMachineArn"],
            topic_arn=stack["TopicArn"],
            jobs_table=stack["JobsTableName"],
            images_table=stack["ImagesTableName"],
            dead_letter_queue_url=stack["StreamDeadLetterQueueUrl"],
            schedule_table=stack.get("ScheduleTableName", ""),
            stack_name=deployment.stack_name,
            demo_user=DEMO_USER,
            demo_password=password,
            mailbox=str(self.home.mailbox),
            web_url=self._web_url,
            sign_in_mfa=stack.get("SignInMfa", "OFF"),
        )

    def client(self, service: str) -> Any:
        """A boto3 client of the running cloud, with its root's credentials."""
        return make_client(service, self.endpoint, REGION)

    def demo_token(self) -> str:
        """An ID token of the demo user, fresh from Cognito."""
        user = self.outputs
        cognito = self.client("cognito-idp")
        return id_token(cognito, user.user_pool_client_id, user.demo_user, user.demo_password)

    def stop(self, reason: str = "") -> None:
        """Stop everything, last started first; the emulator saves its state. `reason`: why it was never ready."""
        if self._presence is None:
            return
        with shielded():
            self._presence.tell(Phase.STOPPING, reason)
            for child in reversed(self._children):
                child.stop()
            if self._children:
                self.home.processes_file.unlink(missing_ok=True)
            self._children.clear()
            self._presence.release()
            self._presence = None


def running(home: Path) -> Outputs | None:
    """What a cloud running in `home` told, or None when none is ready there and answers."""
    outputs = Outputs.load(Home(home).outputs_file)
    if outputs is None or look(home)[0] is not Phase.READY:
        return None
    with contextlib.suppress(httpx.HTTPError):
        if answers_200(httpx.get(f"{outputs.endpoint}/_ministack/health", timeout=5.0)):
            return replace(outputs, mailbox=str(Home(home.resolve()).mailbox))
    return None


def _taken(home: Path) -> str:
    """Why the home can't be had."""
    if already := running(home):
        return f"A local cloud already runs in {home}, at {already.endpoint}. Use it, or stop it first."
    doing = {
        Phase.STARTING: "A local cloud is starting in {}. Wait until it is ready, and use it.",
        Phase.STOPPING: "The local cloud in {} is being stopped. Try again when it has ended.",
    }.get(look(home)[0], "What is left of the last local cloud in {} has not ended yet. Try again in a minute.")
    return doing.format(home)


def _import_path() -> dict[str, str]:
    """Return the variable by which child processes find this package, and the cut-out, whether or not the repository is
    installed."""
    return {"PYTHONPATH": os.pathsep.join((str(REPOSITORY / "local"), str(REPOSITORY / "functions")))}
