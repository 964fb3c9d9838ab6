"""`make run` where Backdrop already runs."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from localcloud import up


def test_a_second_run_says_where_the_first_one_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(up, "running", lambda _: SimpleNamespace(web_url="http://127.0.0.1:8501"))
    assert up.up() == 1
    out = capsys.readouterr().out
    assert "already runs here: http://127.0.0.1:8501" in out
    assert "another program" not in out


def test_a_reader_that_is_gone_ends_no_cloud_and_an_error_is_told_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        voice = up.Voice(Path("home/outputs.json"))
        voice.say("Ready")
        voice.say("Ctrl-C stops everything.")
        voice.fail("models ended")
    told = capsys.readouterr().err
    assert told.count("Addresses and password: home/outputs.json") == 1
    assert "Error: models ended" in told


def test_a_missing_file_of_certificates_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(up, "running", lambda _: None)
    monkeypatch.setenv("SSL_CERT_FILE", "/nope.pem")
    monkeypatch.setenv("BACKDROP_LOCAL_HOME", str(tmp_path / "home"))
    assert up.up() == 1
    assert "SSL_CERT_FILE names the file '/nope.pem'" in capsys.readouterr().out
    assert not (tmp_path / "home").exists()
