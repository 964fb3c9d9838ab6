"""The Distributed Map state (JSONPath): reads its items, runs one child execution each, and gathers results.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

import contextvars
import copy
import json
import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.authorization import Permission, object_permission
from localcloud.emulator.workflow import control, histories
from localcloud.emulator.workflow.control import RunControl, Stopped, StopReason
from localcloud.emulator.workflow.item_reader import read_json_lines
from localcloud.emulator.workflow.map_run import MapRun, Tolerance
from localcloud.emulator.workflow.permissions import require
from localcloud.emulator.workflow.redrive import resume_point
from localcloud.emulator.workflow.results import write_results
from localcloud.emulator.workflow.runner import walk
from localcloud.emulator.workflow.tasks import check_size, task_error

logger = logging.getLogger("localcloud.workflow")

# AWS runs up to 10,000 children at once; each may hold a Lambda worker, which is a process here.
LOCAL_CONCURRENCY = 40
# Beyond this number of children the inputs and outputs of those that succeeded are dropped from histories.
FULL_HISTORY_CHILDREN = 1000

Json = Any


@dataclass(frozen=True)
class MapState:
    """A Map state at work: its definition, its input and the context object."""

    definition: dict[str, Any]
    value: Json
    processor: dict[str, Any]
    execution: dict[str, Any]
    context: dict[str, Any]

    @property
    def name(self) -> str:
        """The state's name."""
        return str(self.context["State"]["Name"])

    def template(self, template: Json) -> Json:
        """Fill a payload template from the state's input."""
        return upstream.stepfunctions._resolve_params_obj(template, self.value, self.context)

    def setting(self, name: str) -> float | None:
        """A number given as `name` or by path as `<name>Path`; None when absent."""
        number = self.definition.get(name)
        if f"{name}Path" in self.definition:
            path = self.definition[f"{name}Path"]
            number = upstream.stepfunctions._resolve_path_or_ctx(path, self.value, self.context)
            if not isinstance(number, (int, float)) or isinstance(number, bool):
                raise task_error("States.Runtime", f"{name}Path '{path}' does not select a number: {number!r}")
        return None if number is None else float(number)

    def items(self) -> list[Json]:
        """The items to map over. Raises `States.ItemReaderFailed`."""
        reader = self.definition.get("ItemReader")
        if reader:
            return self._read_items(reader)
        path = self.definition.get("ItemsPath", "$")
        items = upstream.stepfunctions._resolve_path_or_ctx(path, self.value, self.context)
        if not isinstance(items, list):
            raise task_error("States.Runtime", f"The items at '{path}' are not an array.")
        return items

    def _read_items(self, reader: dict[str, Any]) -> list[Json]:
        failed = "States.ItemReaderFailed"
        parameters = self.template(reader.get("Parameters") or {})
        bucket, key = str(parameters.get("Bucket", "")), str(parameters.get("Key", ""))
        require(self.execution, [object_permission("s3:GetObject", bucket, key)], refusal=failed)
        try:
            items = upstream.stepfunctions._read_map_items(reader, self.value, self.context)
        except ValueError as error:
            raise task_error(failed, f"s3://{bucket}/{key} cannot be read: {error}") from error
        if not isinstance(items, list):
            raise task_error(failed, "Attempting to map over non-iterable node.")
        return items

    def child_input(self, index: int, item: Json) -> tuple[Json, dict[str, Any]]:
        """The input of the child for one item, and its context object."""
        context = {name: copy.deepcopy(value) for name, value in self.context.items() if name != "RedrivenMapRuns"}
        context["Map"] = {"Item": {"Index": index, "Value": item}}
        selector = self.definition.get("ItemSelector") or self.definition.get("Parameters")
        if not selector:
            return item, context
        return upstream.stepfunctions._resolve_params_obj(selector, self.value, context), context


class MapExecution:
    """Runs the children of one Map Run on a few threads and stops them when told to."""

    def __init__(self, state: MapState, items: list[Json], run: MapRun, tolerance: Tolerance) -> None:
        self._state = state
        self._items = items
        self._run = run
        self._tolerance = tolerance
        self._control = RunControl(control.current.get())
        self._exceeded = False

    def execute(self, todo: list[int], concurrency: int) -> None:
        """Run the children `todo`. Raises `States.ExceedToleratedFailureThreshold`, or `Stopped`."""
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for index in todo:
            waiting.put(index)
        workers = [
            threading.Thread(target=contextvars.copy_context().run, args=(self._work, waiting), daemon=True)
            for _ in range(min(concurrency, len(todo)))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self._control.close()
        self._finish()

    def _finish(self) -> None:
        parent = control.current.get()
        if parent is not None and parent.stopped:
            self._run.end("ABORTED")
            parent.check()
        if self._exceeded:
            self._run.end("FAILED")
            cause = "The specified tolerated failure threshold was exceeded"
            raise task_error("States.ExceedToleratedFailureThreshold", cause)
        self._run.end("SUCCEEDED")

    def _work(self, waiting: "queue.SimpleQueue[int]") -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            if self._control.stopped:
                self._run.move(1, "pending", "aborted")
            else:
                self._run_child(index)

    def _run_child(self, index: int) -> None:
        sfn = upstream.stepfunctions
        redriven = self._run.child(index) is not None
        value: Json = None
        context: dict[str, Any] = {}
        refusal: Any = None
        try:
            value, context = self._state.child_input(index, self._items[index])
            check_size(value, "The input of the child execution")
        except sfn._ExecutionError as error:
            value, refusal = None, error
        child = self._run.begin_child(index, 1, json.dumps(value))
        if refusal is not None:
            outcome = _failed(child, refusal.error, refusal.cause)
        else:
            outcome = self._walk_child(child, value, context, redriven=redriven)
        child["stopDate"] = child["stopDate"] or upstream.responses.now_iso()
        self._run.move(1, "running", outcome)
        if outcome == "succeeded":
            if len(self._items) > FULL_HISTORY_CHILDREN:
                _slim(child)
            histories.pack(child)
        if self._tolerance.exceeded(self._run.failed_items, len(self._items)):
            self._exceeded = True
            self._control.stop(StopReason.ABORTED)

    def _walk_child(self, child: dict[str, Any], value: Json, context: dict[str, Any], *, redriven: bool) -> str:
        """Run one child to its end and return what it counts as."""
        arn, processor = child["executionArn"], self._state.processor
        # A child is an execution of its own: its context object names itself, not the parent.
        context["Execution"] = {"Id": arn, "Input": value, "Name": child["name"], "StartTime": child["startDate"]}
        start, start_value = processor["StartAt"], value
        if redriven:
            start, start_value = resume_point(child, processor["States"]) or (start, value)
        control.current.set(control.running.open(arn, self._control))
        try:
            output = json.dumps(walk(processor["States"], start, start_value, child, context))
        except Stopped as stopped:
            logger.info("Child %s was stopped: %s", arn, stopped.reason.value)
            return _aborted(child)
        except upstream.stepfunctions._ExecutionError as error:
            return _failed(child, error.error, error.cause)
        except Exception as error:
            logger.exception("Child %s broke", arn)
            return _failed(child, "States.Runtime", f"{type(error).__name__}: {error}")
        finally:
            control.running.close(arn)
            control.current.set(None)
        return _succeeded(child, output)


def _succeeded(child: dict[str, Any], output: str) -> str:
    child.update(status="SUCCEEDED", output=output)
    details = {"executionSucceededEventDetails": {"output": output}}
    upstream.stepfunctions._add_event(child, "ExecutionSucceeded", details)
    return "succeeded"


def _failed(child: dict[str, Any], error: str, cause: str) -> str:
    child.update(status="FAILED", error=error, cause=cause)
    details = {"executionFailedEventDetails": {"error": error, "cause": cause}}
    upstream.stepfunctions._add_event(child, "ExecutionFailed", details)
    return "failed"


def _aborted(child: dict[str, Any]) -> str:
    child["status"] = "ABORTED"
    upstream.stepfunctions._add_event(child, "ExecutionAborted", {"executionAbortedEventDetails": {}})
    return "aborted"


def run_distributed_map(
    definition: dict[str, Any],
    raw_input: Json,
    effective: Json,
    processor: dict[str, Any],
    execution: dict[str, Any],
    context: dict[str, Any],
) -> tuple[Json, str | None]:
    """Run a Distributed Map state: `(output, next state)`, in MiniStack's calling convention."""
    sfn = upstream.stepfunctions
    if definition.get("ItemBatcher") or sfn._state_query_language(definition, context) != "JSONPath":
        raise task_error("States.Runtime", "The local cloud runs Distributed Maps in JSONPath without ItemBatcher.")
    state = MapState(definition, effective, processor, execution, context)
    require(execution, [Permission("states:StartExecution", execution["stateMachineArn"])], "States.Permissions")
    items = state.items()
    tolerance = _tolerance(state)
    concurrency = int(state.setting("MaxConcurrency") or 0) or LOCAL_CONCURRENCY
    run, todo = _open_run(state, items, concurrency, tolerance)
    MapExecution(state, items, run, tolerance).execute(todo, concurrency)
    result = _result(state, run)
    result = sfn._apply_result_selector(definition, result)
    output = sfn._apply_output_path(definition, sfn._apply_result_path(definition, raw_input, result), context)
    return output, sfn._next_or_end(definition)


def _open_run(state: MapState, items: list[Json], concurrency: int, tolerance: Tolerance) -> tuple[MapRun, list[int]]:
    sfn = upstream.stepfunctions
    arn = state.context.get("RedrivenMapRuns", {}).pop(state.name, None)
    record = sfn._map_runs.get(arn) if arn else None
    if record is not None and len(record["_children"]) == len(items):
        run = MapRun(record)
        todo = run.redrive()
        details = {"mapRunArn": run.arn, "redriveCount": run.record["redriveCount"]}
        sfn._add_event(state.execution, "MapRunRedriven", {"mapRunRedrivenEventDetails": details})
        return run, todo
    label = str(state.definition.get("Label") or upstream.responses.new_uuid())
    run = MapRun.create(state.execution, (state.name, label), [1] * len(items), concurrency, tolerance)
    sfn._add_event(state.execution, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": run.arn}})
    return run, list(range(len(items)))


def _tolerance(state: MapState) -> Tolerance:
    count = state.setting("ToleratedFailureCount")
    return Tolerance(state.setting("ToleratedFailurePercentage"), None if count is None else int(count))


def _result(state: MapState, run: MapRun) -> Json:
    writer = state.definition.get("ResultWriter") or {}
    if writer.get("Resource"):
        parameters = state.template(writer.get("Parameters") or {})
        return write_results(run, state.execution, str(parameters["Bucket"]), str(parameters.get("Prefix", "")))
    outputs = [json.loads(child["output"]) for child in run.children() if child["status"] == "SUCCEEDED"]
    return check_size(outputs, f"The output of the state '{state.name}'")


def _slim(child: dict[str, Any]) -> None:
    for event in child["events"]:
        for name, details in event.items():
            if name.endswith("EventDetails"):
                for payload in ("input", "output"):
                    details.pop(payload, None)


def install() -> None:
    """Replace MiniStack's Distributed Map, and how it reads JSONL."""
    sfn = upstream.stepfunctions
    upstream.expect_attributes(sfn, "_run_distributed_map", "_read_map_items", "_parse_reader_items", "_map_runs")
    stock_parse = sfn._parse_reader_items

    def parse(text: str, config: dict[str, Any]) -> list[Json]:
        parsed: list[Json] = read_json_lines(text) if config.get("InputType") == "JSONL" else stock_parse(text, config)
        return parsed

    sfn._parse_reader_items = parse
    sfn._run_distributed_map = run_distributed_map
