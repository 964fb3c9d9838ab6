"""`outputs.json`: what a client needs to know about the running local cloud."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Outputs:
    """Addresses, names and the demo user. Keys in the file are camelCase (docs/local-cloud.md)."""

    endpoint: str
    region: str
    api_url: str
    user_pool_id: str
    user_pool_client_id: str
    bucket: str
    state_machine_arn: str
    topic_arn: str
    jobs_table: str
    images_table: str
    dead_letter_queue_url: str
    schedule_table: str
    stack_name: str
    demo_user: str
    demo_password: str
    mailbox: str
    web_url: str
    sign_in_mfa: str

    def save(self, file: Path) -> None:
        """Write the file, readable by its owner only: it holds a password."""
        document = {_camel_case(name): value for name, value in asdict(self).items()}
        draft = file.with_suffix(".tmp")
        draft.touch()
        draft.chmod(0o600)
        draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        draft.replace(file)

    @classmethod
    def load(cls, file: Path) -> "Outputs | None":
        """Read the file; None when there is none or it is of another version."""
        document = read_json(file)
        names = [field.name for field in fields(cls)]
        if not all(isinstance(document.get(_camel_case(name)), str) for name in names):
            return None
        return cls(**{name: document[_camel_case(name)] for name in names})


def read_json(file: Path) -> dict[str, Any]:
    """The JSON object in `file`; empty when the file is missing or holds something else."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
