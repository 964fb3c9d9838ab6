"""outputs.json, ports, passwords, mails."""

import json
import string
from dataclasses import fields, replace
from pathlib import Path

import pytest

from localcloud.cloud import running
from localcloud.outputs import Outputs
from localcloud.presence import Phase, Presence
from localcloud.settings import LocalCloudError, port_from_env
from localcloud.users import new_password

OUTPUTS = Outputs(**{field.name: field.name for field in fields(Outputs)})


def test_outputs_survive_the_file_and_keep_the_contracts_names(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    OUTPUTS.save(file)
    assert Outputs.load(file) == OUTPUTS
    assert file.stat().st_mode & 0o777 == 0o600
    document = json.loads(file.read_text())
    assert {"apiUrl", "userPoolClientId", "deadLetterQueueUrl", "demoPassword", "webUrl"} < set(document)
    OUTPUTS.save(file)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"endpoint": "x"}'])
def test_outputs_of_another_version_are_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(text)
    assert Outputs.load(file) is None


def test_a_home_whose_cloud_does_not_answer_is_not_running(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    replace(OUTPUTS, endpoint="http://127.0.0.1:9").save(tmp_path / "outputs.json")
    assert running(tmp_path) is None
    presence = Presence.claim(tmp_path)
    assert presence
    presence.tell(Phase.READY)
    assert running(tmp_path) is None
    presence.release()


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused_by_the_variables_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BACKDROP_WEB_PORT", text)
    with pytest.raises(LocalCloudError, match="BACKDROP_WEB_PORT"):
        port_from_env("BACKDROP_WEB_PORT")


def test_passwords_differ_and_have_every_class() -> None:
    passwords = {new_password() for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        assert len(password) >= 16
        for alphabet in (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#%+:=?@"):
            assert set(password) & set(alphabet)
