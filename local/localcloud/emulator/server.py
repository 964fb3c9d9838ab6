"""The ASGI application: MiniStack's, with the local cloud's own control addresses in front.

`GET|PUT|DELETE /_backdrop/faults` and `/_backdrop/model-access` (also POST), `GET|DELETE /_backdrop/invocations`.
They listen on loopback only, as everything does, and change nothing but this process.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.emulator.access_plan import AccessPlan
from localcloud.emulator.faults import FaultPlan, InvalidRule
from localcloud.emulator.invocations import InvocationLog

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/_backdrop/"


class ControlledApp:
    """Answers `/_backdrop/...` itself and hands everything else to `inner`."""

    def __init__(
        self,
        inner: Application,
        faults: FaultPlan,
        access: AccessPlan,
        invocations: InvocationLog,
        on_started: Callable[[], object],
    ) -> None:
        self._inner = inner
        self._on_started = on_started
        self._plans: dict[str, FaultPlan | AccessPlan] = {"faults": faults, "model-access": access}
        self._invocations = invocations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, self._started(send))
            return
        if scope["type"] != "http" or not str(scope["path"]).startswith(PREFIX):
            await self._inner(scope, receive, send)
            return
        body = await _read_body(receive)
        status, document = self.answer(str(scope["method"]), str(scope["path"]).removeprefix(PREFIX), body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    def _started(self, send: Send) -> Send:
        async def tell(message: dict[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                # The port opens right after this message.
                asyncio.get_running_loop().call_later(1.0, self._on_started)

        return tell

    def answer(self, method: str, name: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and document of one control request."""
        match method, name:
            case (("POST" | "PUT"), ("faults" | "model-access")):
                return _set_rules(self._plans[name], body)
            case "DELETE", ("faults" | "model-access"):
                self._plans[name].replace([])
                return 200, {"rules": []}
            case "GET", ("faults" | "model-access"):
                return 200, {"rules": self._plans[name].describe()}
            case "GET", "invocations":
                return 200, self._invocations.describe()
            case "DELETE", "invocations":
                self._invocations.clear()
                return 200, {}
            case _:
                return 404, {"message": f"{method} {PREFIX}{name} does not exist."}


def _set_rules(plan: FaultPlan | AccessPlan, body: bytes) -> tuple[int, dict[str, Any]]:
    try:
        plan.replace(json.loads(body)["rules"])
    except (InvalidRule, ValueError, KeyError, TypeError) as error:
        return 400, {"message": f'Send {{"rules": [...]}}: {error}'}
    return 200, {"rules": plan.describe()}


async def _read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = bool(message.get("more_body"))
    return body
