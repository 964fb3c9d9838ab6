"""`python -m localcloud up`, which is `make run`: the local cloud and the web app, until Ctrl-C."""

import signal
import time
from types import FrameType
from typing import NoReturn

from rich.console import Console

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


def up() -> int:
    """Start everything, say where it is, wait, stop everything. Returns the exit status."""
    console = Console(highlight=False, soft_wrap=True)
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()

    def progress(message: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  {message}")

    home = Home.default()
    if already := running(home.root):
        console.print(f"Error: Backdrop already runs here: {already.web_url or already.endpoint}", style="red")
        console.print("Use it, or stop it first with Ctrl-C where it runs.")
        return 1
    try:
        ports = [port_from_env(variable) for variable in (CLOUD_PORT, MODELS_PORT, WEB_PORT)]
        web_port = claim_port(ports[2], "the web app", WEB_PORT)
        web_url = f"http://{HOST}:{web_port}"
        with LocalCloud(home.root, ports[0], ports[1], web_url=web_url) as cloud:
            cloud.start(progress)
            progress("Starting the web app")
            start_web_app(cloud, web_port)
            progress("Ready")
            _explain(console, cloud)
            while True:
                time.sleep(CHECK_SECONDS)
                cloud.check()
    except LocalCloudError as error:
        console.print(f"Error: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped. Jobs, images and mails are kept for the next start.")
        return 0


def _explain(console: Console, cloud: LocalCloud) -> None:
    outputs = cloud.outputs
    console.print()
    console.print(f"  Web app    [bold]{outputs.web_url}[/bold]")
    console.print(f"  Sign in    {outputs.demo_user}")
    console.print(f"  Password   {outputs.demo_password}", markup=False)
    console.print(f"  Mailbox    {outputs.mailbox}", markup=False)
    console.print(f"  AWS API    {outputs.endpoint}  (outputs: {cloud.home.outputs_file})", markup=False)
    if signing.asked_for():
        console.print(
            f"  Signed by  a development certificate of {cloud.home.signing / signing.AUTHORITY}", markup=False
        )
    console.print()
    console.print(RENDERER_NOTICE, style="yellow")
    console.print("Ctrl-C stops everything.")


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
