"""Lambda workers that are forked are like those that an interpreter is started for; code is unpacked once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localcloud.emulator.patches import lambda_forks
from localcloud.emulator.patches.lambda_forks import Nursery, Starter, _UnpackedOnce

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")

_SCRIPT = """\
import json, os, sys
real, sys.stdout = sys.stdout, sys.stderr
told = {"environment": dict(os.environ), "folder": os.getcwd(), "script": sys.argv, "first": sys.path[0],
        "pid": os.getpid(), "parent": os.getppid(),
        "foreign": [name for name in sys.modules if name.startswith("localcloud")],
        "ours": sorted(name for name in sys.modules if name.startswith("backdrop."))}
print("for the log", flush=True)
for line in sys.stdin:
    real.write(json.dumps({**told, "heard": json.loads(line)}) + "\\n")
    real.flush()
"""


@pytest.fixture(scope="module")
def start() -> Starter:
    return Starter(Nursery())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    code = tmp_path_factory.mktemp("code")
    (code / "backdrop" / "api").mkdir(parents=True)
    modules = {
        "__init__": "",
        "api/__init__": "",
        "api/plain": "",
        "api/talks": "import sys\n\nlogger = Logger(sys.stdout)\n",
        "api/uses": "from backdrop.api import talks\n",
    }
    for name, content in modules.items():
        (code / "backdrop" / f"{name}.py").write_text(content, "utf-8")
    return code


def worker(start: Starter, folder: Path, **environment: str) -> Any:
    script = folder / "ministack-lambda-Probe" / "_worker.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(_SCRIPT, "utf-8")
    return start([sys.executable, str(script)], cwd=folder, env=environment, text=True)


def ask(process: Any, words: str) -> dict[str, Any]:
    process.stdin.write(json.dumps(words) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def test_a_forked_worker_has_what_it_was_given_and_nothing_else(start: Starter, folder: Path) -> None:
    process = worker(start, folder, BUCKET="für sie", PATH="/bin")

    told = ask(process, "été")

    assert told["heard"] == "été"
    assert told["environment"] == {"BUCKET": "für sie", "PATH": "/bin"}
    assert (told["folder"], told["pid"], told["foreign"]) == (str(folder), process.pid, [])
    assert told["first"] == str(Path(told["script"][0]).parent)
    assert process.stderr.readline() == "for the log\n"
    assert told["ours"] == ["backdrop.api", "backdrop.api.plain"], "a logger is made where its lines go"
    command = Path(f"/proc/{process.pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    assert command == [sys.executable.encode(), told["script"][0].encode()], "`localcloud memory` goes by it"
    process.kill()


def test_its_end_is_known_and_asked_for(start: Starter, folder: Path) -> None:
    asked, left = worker(start, folder), worker(start, folder)
    ask(asked, "begun")
    assert (asked.poll(), left.poll()) == (None, None)
    with pytest.raises(subprocess.TimeoutExpired):
        asked.wait(timeout=0.01)

    asked.terminate()
    left.stdin.close()

    assert asked.wait(timeout=20) == left.wait(timeout=20) == asked.poll() == -1
    asked.terminate()
    assert asked.stdout.readline() == ""


def test_when_what_forks_them_was_killed_the_next_is_forked_all_the_same(start: Starter, folder: Path) -> None:
    parent = ask(worker(start, folder), "who?")["parent"]
    os.kill(parent, signal.SIGKILL)

    again = worker(start, folder)

    assert ask(again, "who?")["parent"] not in (parent, os.getpid())
    again.kill()


def test_code_is_unpacked_once_for_all_that_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_forks, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(lambda_forks, "_KEPT", 2)
    folders = []
    for name, text in (("a", "X = 1"), ("b", "X = 1"), ("c", "X = 2")):
        folder = tmp_path / name / "code"
        folder.mkdir(parents=True)
        with zipfile.ZipFile(tmp_path / name / "code.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("handler.py"), text)
        with _UnpackedOnce(tmp_path / name / "code.zip") as archive:
            archive.extractall(str(folder))
        assert (folder / "handler.py").read_text() == text
        folders.append(folder.resolve())
    assert folders[0] == folders[1] != folders[2]
    shutil.rmtree(tmp_path / "a")
    assert (tmp_path / "b" / "code" / "handler.py").read_text() == "X = 1", "the next worker still has it"
    assert {one.name for one in (tmp_path / "kept").iterdir()} == {folders[0].name, folders[2].name}

    folder = tmp_path / "d" / "code"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "d" / "code.zip", "w") as archive:
        archive.writestr("handler.py", "X = 3")
    os.utime(folders[0], (0, 0))
    with _UnpackedOnce(tmp_path / "d" / "code.zip") as archive:
        archive.extractall(str(folder))
    kept = {one.name for one in (tmp_path / "kept").iterdir()}
    assert kept == {folders[2].name, folder.resolve().name}, "what was used last"
