"""The environment MiniStack runs in. MiniStack reads it at import, so it is set before that."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

REGION = "us-east-1"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class EmulatorSettings:
    """What `python -m localcloud.emulator` was asked for."""

    port: int
    home: Path
    models_url: str
    faults: str = "[]"
    save_seconds: float = 20.0
    more_models: str = ""

    @classmethod
    def from_env(cls) -> "EmulatorSettings":
        """Read `BACKDROP_CLOUD_PORT`, `BACKDROP_LOCAL_HOME`, `BACKDROP_MODELS_URL` and, optionally, `BACKDROP_FAULTS`
        (a JSON list of fault rules) and `BACKDROP_MORE_MODELS` (the template's parameter `MoreModels`). Raises KeyError
        naming what is missing."""
        return cls(
            port=int(os.environ["BACKDROP_CLOUD_PORT"]),
            home=Path(os.environ["BACKDROP_LOCAL_HOME"]),
            models_url=os.environ["BACKDROP_MODELS_URL"],
            faults=os.environ.get("BACKDROP_FAULTS", "[]"),
            save_seconds=float(os.environ.get("BACKDROP_SAVE_SECONDS", "20")),
            more_models=os.environ.get("BACKDROP_MORE_MODELS", ""),
        )

    def played_as(self) -> dict[str, str]:
        """Newer id -> known id, as `MoreModels` says; what is wrong with it the stack's functions say."""
        parts = (entry.strip().split("/") for entry in self.more_models.split(","))
        return {part[0]: part[1] for part in parts if len(part) > 1}


def apply(settings: EmulatorSettings) -> None:
    """Set the variables that MiniStack, and the Lambda workers it starts, inherit."""
    for name in [name for name in os.environ if name.startswith("BACKDROP_")]:
        del os.environ[name]  # the Lambda workers inherit what is left; these are not theirs to see
    temporary = settings.home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "GATEWAY_PORT": str(settings.port),
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # IAM policies are evaluated; without it every call is allowed.
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(settings.home / "s3"),
            "STATE_DIR": str(settings.home / "state"),
            "TMPDIR": str(temporary),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        }
    )
    # The interpreter may have looked the folder up before TMPDIR was set.
    tempfile.tempdir = str(temporary)
