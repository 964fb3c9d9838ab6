"""`--local`: the running local cloud, or a temporary one that is stopped whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backdrop_cli import main
from localcloud import cloud, joining
from localcloud.settings import LocalCloudError
from tests.unit.client.fake import CLIENT_ID, PASSWORD, USER, FakeBackdrop


class StandIn:
    """Has the manners of `LocalCloud`, with the fake service behind it."""

    made: StandIn | None = None
    failing = False

    def __init__(self, home: Path, port: int, models_port: int) -> None:
        StandIn.made = self
        self.home, self.ports = home, (port, models_port)
        self.running = False
        assert home.is_dir()

    outputs: Any = None

    def start(self, on_progress: Callable[[str], None]) -> None:
        if StandIn.failing:
            raise LocalCloudError("The template does not deploy.")
        on_progress("Deploying template.yaml")
        self.running = True

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.running = False


@pytest.fixture
def stand_in(fake: FakeBackdrop, monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    StandIn.made, StandIn.failing = None, False
    StandIn.outputs = SimpleNamespace(
        endpoint=fake.url,
        region="us-east-1",
        api_url=fake.api_url,
        user_pool_client_id=CLIENT_ID,
        demo_user=USER,
        demo_password=PASSWORD,
    )
    monkeypatch.setattr(cloud, "LocalCloud", StandIn)
    monkeypatch.setattr(joining, "join", lambda home, say: None)
    return StandIn


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "mug.jpg"
    path.write_bytes(b"mug")
    return path


def replace(photo: Path) -> int:
    return main.run(["replace", str(photo), "--prompt", "x", "--out", str(photo.parent / "out"), "--local"])


def test_a_temporary_cloud_is_started_and_stopped(
    stand_in: type[StandIn], photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replace(photo) == 0
    assert stand_in.made
    assert not stand_in.made.running
    assert stand_in.made.ports == (0, 0)
    assert not stand_in.made.home.exists(), "nothing is left behind"
    assert "Deploying template.yaml" in capsys.readouterr().err


def test_a_temporary_cloud_is_stopped_after_ctrl_c_and_the_user_is_told_the_job_ends(
    stand_in: type[StandIn], photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("backdrop_cli.run.follow_job", interrupted)
    assert replace(photo) == 130
    assert stand_in.made
    assert not stand_in.made.running
    assert "ends with this command" in capsys.readouterr().err


def test_a_local_cloud_that_does_not_start_is_exit_3_with_its_reason(
    stand_in: type[StandIn], photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.failing = True
    assert replace(photo) == 3
    assert "The template does not deploy." in capsys.readouterr().err


def test_a_running_cloud_is_used_and_left_alone(
    stand_in: type[StandIn], photo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    homes: list[Path] = []

    def join(home: Path, say: Callable[[str], None]) -> Any:
        homes.append(home)
        return stand_in.outputs

    monkeypatch.setattr(joining, "join", join)
    monkeypatch.setenv("BACKDROP_LOCAL_HOME", str(tmp_path / "home"))
    assert replace(photo) == 0
    assert homes == [tmp_path / "home"]
    assert stand_in.made is None


def test_jobs_of_a_cloud_that_does_not_run_cannot_be_listed(
    stand_in: type[StandIn], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["jobs", "--local"]) == 3
    assert "make run" in capsys.readouterr().err
    assert stand_in.made is None


def test_without_the_local_cloud_installed_the_message_says_so(
    photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "localcloud.joining", None)
    assert replace(photo) == 3
    assert "make setup" in capsys.readouterr().err
