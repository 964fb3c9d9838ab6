"""`make run` where Backdrop already runs."""

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
