"""`python -m localcloud up`, which is `make run`: the local cloud and the web app, until Ctrl-C."""

import sys
import time
from pathlib import Path

from rich.console import Console

from backdrop_client.certificates import check_certificates
from backdrop_client.errors import WrongUse
from backdrop_client.stopping import Terminal, stop_on_signals
from backdrop_client.streams import silence
from localcloud import signing
from localcloud.cloud import LocalCloud, running
from localcloud.settings import (
    CLOUD_PORT,
    HOST,
    MODELS_PORT,
    WEB_PORT,
    Home,
    LocalCloudError,
    claim_port,
    port_from_env,
)
from localcloud.webserver import start_web_app

CHECK_SECONDS = 0.5

RENDERER_NOTICE = (
    "The images are painted by a local renderer, not by a diffusion model: it stands in for Bedrock's image "
    "models so that everything else is real. What you see here says nothing about their image quality."
)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `Voice`: rich would end the program."""
        raise


class Voice:
    """Says things on standard output for as long as it takes them: a terminal may be closed, a pipe's reader gone, a
    disk full, and the cloud goes on."""

    def __init__(self, outputs_file: Path) -> None:
        self._console = _Console(highlight=False, soft_wrap=True)
        self._outputs_file = outputs_file
        self._lost = sys.stdout is None

    def say(self, text: str = "", style: str | None = None, *, markup: bool = False) -> None:
        """Print a line."""
        if self._lost:
            return
        try:
            self._console.print(text, style=style, markup=markup)
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            self._lost = True
            silence(sys.stdout)
            reason = error.strerror if isinstance(error, OSError) else error
            _aside(f"Standard output takes nothing more ({reason}). Addresses and password: {self._outputs_file}")

    def fail(self, text: str) -> None:
        """Print why nothing runs; on standard error where standard output takes nothing."""
        self.say(f"Error: {text}", "red")
        if self._lost:
            _aside(f"Error: {text}")


def _aside(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return  # there is nobody left to tell


def up() -> int:
    """Start everything, say where it is, wait, stop everything. Returns the exit status."""
    home = Home.default()
    voice = Voice(home.outputs_file)
    stop_on_signals()
    terminal = Terminal()
    started = time.monotonic()

    def progress(message: str) -> None:
        voice.say(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  {message}", markup=True)

    try:
        check_certificates()
        if already := running(home.root):
            where = already.web_url or already.endpoint
            voice.fail(f"Backdrop already runs here: {where}\nUse it, or stop it first with Ctrl-C where it runs.")
            return 1
        ports = [port_from_env(variable) for variable in (CLOUD_PORT, MODELS_PORT, WEB_PORT)]
        with LocalCloud(home.root, ports[0], ports[1], web_url=f"http://{HOST}:{ports[2]}") as cloud:
            # First the home: what was left of an earlier cloud has let go of the ports then.
            cloud.claim()
            claim_port(ports[2], "the web app", WEB_PORT)
            cloud.start(progress)
            progress("Starting the web app")
            start_web_app(cloud, ports[2])
            progress("Ready")
            _explain(voice, cloud)
            while not terminal.left_us():
                time.sleep(CHECK_SECONDS)
                cloud.check()
            return 0
    except WrongUse as error:
        voice.fail(f"{error.message} {error.next_step}")
        return 1
    except LocalCloudError as error:
        voice.fail(str(error))
        return 1
    except KeyboardInterrupt:
        voice.say("Stopped. Jobs, images and mails are kept for the next start.")
        return 0


def _explain(voice: Voice, cloud: LocalCloud) -> None:
    outputs = cloud.outputs
    voice.say()
    voice.say(f"  Web app    [bold]{outputs.web_url}[/bold]", markup=True)
    voice.say(f"  Sign in    {outputs.demo_user}")
    voice.say(f"  Password   {outputs.demo_password}")
    voice.say(f"  Mailbox    {outputs.mailbox}")
    voice.say(f"  AWS API    {outputs.endpoint}  (outputs: {cloud.home.outputs_file})")
    if signing.asked_for():
        voice.say(f"  Signed by  a development certificate of {cloud.home.signing / signing.AUTHORITY}")
    voice.say()
    voice.say(RENDERER_NOTICE, "yellow")
    voice.say("Ctrl-C stops everything.")
