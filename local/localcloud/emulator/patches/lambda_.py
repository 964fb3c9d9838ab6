"""Lambda: a handler's own error type and stack trace, logging, payload limits, large functions in turn, no fixed delay.

MiniStack reports every raised exception as `Runtime.HandlerError`, so that no `Catch` on a class name ever
matches, and it ends the worker with each; it waits 50 ms for log lines that do not come.
"""

import json
import os
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.faults import FaultKind, FaultPlan

# Synchronous payload limits, request and response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_REQUEST_BYTES = 6 * 1024 * 1024
MAX_RESPONSE_BYTES = 6_291_556

# The handler whose neural network keeps several processors busy by itself: more of them side by side than the machine
# has pairs only take memory from each other. Its memory does not tell it apart from those that need memory alone.
SEVERAL_PROCESSORS = "backdrop.handlers.cut_out.handler"
_pairs_of_processors = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))

_RAISED = "__raised__"
_INIT_FAILED = "Worker init failed: "

_STOCK_EXCEPT = (
    "except Exception as e:\n"
    '            _real_stdout.write(json.dumps({"status": "error", "error": str(e), '
    '"trace": traceback.format_exc()}) + "\\n")'
)
# The error travels as a result: it belongs to the handler, and the worker stays warm, as on AWS.
_OWN_EXCEPT = (
    "except Exception as e:\n"
    "            _stack = traceback.format_tb(e.__traceback__)[1:]\n"
    '            print("[ERROR] " + type(e).__name__ + ": " + str(e) + "\\n" + "".join(_stack))\n'
    f'            _real_stdout.write(json.dumps({{"status": "ok", "result": {{"{_RAISED}": '
    '{"errorMessage": str(e), "errorType": type(e).__name__, "requestId": context.aws_request_id, '
    '"stackTrace": _stack}}}) + "\\n")'
)
_STOCK_PATH = "sys.path.insert(0, code_dir)\n"
# AWS installs a root handler before the function's module is imported, with this format:
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_OWN_LOGGING = (
    "    import logging as _logging\n"
    "    _log_handler = _logging.StreamHandler(sys.stderr)\n"
    '    _log_handler.setFormatter(_logging.Formatter("[%(levelname)s]\\t%(asctime)s\\t%(message)s"))\n'
    "    _logging.getLogger().addHandler(_log_handler)\n"
)
_STOCK_BEGIN = "    init = json.loads(sys.stdin.readline())\n"
# A worker whose emulator was killed in the middle of a call would work on for nobody, for minutes: the end of its
# standard input is seen between calls only. Its parent's number changes then, on Linux and macOS alike.
_OWN_BEGIN = (
    "    def _end_with_parent(parent):\n"
    "        while os.getppid() == parent:\n"
    "            time.sleep(1)\n"
    "        os._exit(1)\n"
    "    import threading as _threading\n"
    "    _threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()\n"
)


def install(faults: FaultPlan) -> None:
    """Patch the Python worker's script and the calls around it, which die where the plan says so."""
    runtime, service = upstream.lambda_runtime, upstream.lambda_service
    runtime._PYTHON_WORKER_SCRIPT = _patched_script(runtime._PYTHON_WORKER_SCRIPT)
    upstream.expect(
        runtime.Worker._drain_stderr_bounded.__defaults__ == (0.050, 0.005, 0.250),
        "Worker._drain_stderr_bounded waits differently",
    )
    # first line, quiet after a line, longest wait, in seconds
    runtime.Worker._drain_stderr_bounded.__defaults__ = (0.003, 0.002, 0.250)

    upstream.expect_attributes(service, "_execute_function_warm")
    stock_execute = service._execute_function_warm

    def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        if _size(event) > MAX_REQUEST_BYTES:
            return _too_large_request()
        crash = faults.before(f"lambda:{(func.get('config') or func).get('FunctionName', '')}")
        if crash is FaultKind.CRASH_BEFORE:
            return _died(request_id)
        with _turn(func):
            answer = checked_answer(stock_execute(func, event, request_id))
        return _died(request_id) if crash else answer

    service._execute_function_warm = execute


def _turn(func: dict[str, Any]) -> AbstractContextManager[object]:
    """Return what is held while the function runs: the cut-out waits for a pair of processors, as on a machine of its
    own."""
    handler = (func.get("config") or func).get("Handler")
    return _pairs_of_processors if handler == SEVERAL_PROCESSORS else nullcontext()


def checked_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """Turn what the worker answered into what Lambda answers: a raised error, or a result of legal size."""
    body = answer.get("body")
    if answer.get("error"):
        return _init_error(answer)
    if isinstance(body, dict) and set(body) == {_RAISED}:
        return {"body": body[_RAISED], "error": True, "log": answer.get("log", "")}
    if _size(body) > MAX_RESPONSE_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        too_large = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
        return {"body": too_large, "error": True, "log": answer.get("log", "")}
    return answer


def _init_error(answer: dict[str, Any]) -> dict[str, Any]:
    """Name a failed init as Lambda does, and log it: MiniStack calls it a RuntimeError and logs nothing."""
    body = answer.get("body")
    message = body.get("errorMessage", "") if isinstance(body, dict) else ""
    if not message.startswith(_INIT_FAILED):
        return answer
    reason = message.removeprefix(_INIT_FAILED)
    kind = "Runtime.ImportModuleError" if "No module named" in reason else "Runtime.InitError"
    log = f"[ERROR] {kind}: {reason}"
    return {"body": {"errorMessage": reason, "errorType": kind}, "error": True, "log": log}


def _died(request_id: str) -> dict[str, Any]:
    """Return what Lambda tells: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html."""
    message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
    return {"body": {"errorMessage": message, "errorType": "Runtime.ExitError"}, "error": True, "log": message}


def _too_large_request() -> dict[str, Any]:
    message = f"Request must be smaller than {MAX_REQUEST_BYTES} bytes for the InvokeFunction operation"
    body = {"errorMessage": message, "errorType": "RequestEntityTooLargeException"}
    return {"body": body, "error": True, "log": ""}


def _size(value: Any) -> int:
    return len(json.dumps(value, default=str).encode())


def _patched_script(script: str) -> str:
    for fragment in (_STOCK_EXCEPT, _STOCK_PATH, _STOCK_BEGIN):
        upstream.expect(fragment in script, "the Python worker's script reads differently")
    script = script.replace(_STOCK_EXCEPT, _OWN_EXCEPT)
    script = script.replace(_STOCK_BEGIN, _OWN_BEGIN + _STOCK_BEGIN, 1)
    return script.replace(_STOCK_PATH, _STOCK_PATH + _OWN_LOGGING, 1)
