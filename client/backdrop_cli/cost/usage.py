"""How much of each AWS service a photo, a job and a month use.

State transitions, invocations and what the workflow asks of other services are counted along its definition; memory
and what runs by itself are read from the template. Seconds of the functions, and requests that they make themselves,
are taken as said here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backdrop_cli.cost.ways import Way, functions_of, integrations_of, states_of_a_job, states_of_a_photo

SECONDS = {
    "ApiFunction": 0.3,
    "InspectPhotoFunction": 2.0,
    "StartJobFunction": 0.5,
    "SweepJobsFunction": 1.0,
    "PrepareJobFunction": 3.0,
    "StagePayloadFunction": 0.4,
    "ReserveTurnFunction": 0.05,
    "CutOutFunction": 4.0,
    "DecodeResultFunction": 1.0,
    "SignResultFunction": 1.0,
    "CompileReportFunction": 10.0,
}
"""Of one call for a photo of 4 megapixels: the CPU seconds of docs/benchmarks.md on one core, and the waits for S3 and
Rekognition. CutOut's are the 4.0 that were measured under load. Those of a job are guesses."""

SWEEPS_A_MONTH = 30 * 24 * 12
"""SweepJobs runs every five minutes."""

_LOG_GB_AN_INVOCATION = 1.5e-6
"""Start, end, report and a line of our own: about 1.5 KB."""

_MB_A_GB = 1024.0


class Uses(defaultdict[str, float]):
    """How much is used, by the names of prices.json; 0 of what is not named."""

    def __init__(self, *parts: Mapping[str, float], **more: float) -> None:
        super().__init__(float)
        for part in (*parts, more):
            for name, number in part.items():
                self[name] += number

    def times(self, often: float) -> Uses:
        """Return so many times as much."""
        return Uses({name: often * number for name, number in self.items()})


@dataclass(frozen=True)
class Sizes:
    """Megabytes of a photo and of a finished image; both are kept, and the image is downloaded once."""

    photo_mb: float
    image_mb: float


class Stack:
    """What the template and the workflow's definition say.

    Args:
        template: template.yaml as read.
        machine: the workflow's definition.
    """

    def __init__(self, template: Mapping[str, Any], machine: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self.machine = machine

    def gb_seconds(self, functions: Mapping[str, int]) -> float:
        """Return those of so many calls of functions, by their names in the template."""
        return sum(often * SECONDS[name] * self.memory_gb(name) for name, often in functions.items())

    def memory_gb(self, function: str) -> float:
        """Return the memory of a function."""
        return float(self._resources[function]["Properties"]["MemorySize"]) / _MB_A_GB

    def number_of(self, kind: str) -> int:
        """Return how many resources of a type there are, without those that a condition leaves out by default."""
        return sum(1 for one in self._resources.values() if one["Type"] == kind and "Condition" not in one)

    def alarm_metrics(self) -> int:
        """Return how many metrics the alarms look at: each is paid for."""
        alarms = [one for one in self._resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
        return sum(_metrics_of(alarm["Properties"]) for alarm in alarms)


def use_of_a_photo(stack: Stack, way: Way, sizes: Sizes) -> Uses:
    """Return what a photo uses from its upload to the download of its images, by the names of prices.json."""
    states = stack.machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    entered = states_of_a_photo(stack.machine, way)
    functions = Counter(functions_of(states, entered))
    stages, images = functions["StagePayloadFunction"], len(way.images)
    functions["InspectPhotoFunction"] += 1
    # Registered and inspected; its name is one of many in the other requests.
    functions["ApiFunction"] += 2
    found = _of_functions(stack, functions)
    found["apiRequests"] += 2
    found["transitions"] += len(entered)
    found["labels"] += 1
    found["moderation"] += images
    # Upload, preview, thumbnail, labels; request, answer, mask of a pass; image and its thumbnail; deletions are free.
    found["puts"] += 7 + 2 * images + 3 * stages
    found["gets"] += 5 + images + 4 * stages
    _add_integrations(found, integrations_of(states, entered))
    # InspectPhoto keeps the photo (three writes of up to 1 KB, each with an index); ReserveTurn the schedule.
    found["writes"] += 6 + functions["ReserveTurnFunction"]
    found["reads"] += 3 + 2 * functions["ReserveTurnFunction"]
    kept = (sizes.photo_mb + images * sizes.image_mb) / _MB_A_GB
    found["storedGbMonths"] += kept
    found["egressGb"] += images * sizes.image_mb / _MB_A_GB
    return found


def use_of_a_job(stack: Stack, photos: int) -> Uses:
    """Return what a job uses besides its photos: its start, its report, its mail."""
    states = stack.machine["States"]
    entered = states_of_a_job(stack.machine)
    functions = Counter(functions_of(states, entered))
    functions["StartJobFunction"] += 1
    # A draft, estimates, the submission; the page asks every few seconds for the quarter of an hour that it is open.
    asked = 20 + 300
    functions["ApiFunction"] += asked
    found = _of_functions(stack, functions)
    found["apiRequests"] += asked
    found["transitions"] += len(entered)
    _add_integrations(found, integrations_of(states, entered))
    # Signed: the link of the chain, the report, its page. Reports, their links and signatures, the manifest, the map's
    # results.
    found["signatures"] += 3
    found["puts"] += 12
    found["gets"] += 12
    found["writes"] += 8
    # The report reads each image, 4 KB of it in half a unit; the page does so once more.
    found["reads"] += 2 * photos
    return found


def use_of_the_workflow(stack: Stack, way: Way, photos: int) -> Uses:
    """Return what carries the photos of one job from its start to its mail: transitions, invocations, GB-seconds."""
    machine = stack.machine
    job, photo = states_of_a_job(machine), states_of_a_photo(machine, way)
    states = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    functions = Counter({name: photos * often for name, often in Counter(functions_of(states, photo)).items()})
    functions += Counter(["StartJobFunction", *functions_of(machine["States"], job)])
    return Uses(_of_functions(stack, functions), transitions=photos * len(photo) + len(job))


def use_of_a_month(stack: Stack, metrics: int) -> Uses:
    """Return what a stack uses by being there, whether or not it works; `metrics`: those that it writes."""
    found = _of_functions(stack, {"SweepJobsFunction": SWEEPS_A_MONTH})
    found["reads"] += 2 * SWEEPS_A_MONTH
    found["keyMonths"] += stack.number_of("AWS::KMS::Key")
    found["alarmMonths"] += stack.alarm_metrics()
    found["dashboardMonths"] += stack.number_of("AWS::CloudWatch::Dashboard")
    found["metricMonths"] += metrics
    return found


def _of_functions(stack: Stack, functions: Mapping[str, int]) -> Uses:
    calls = sum(functions.values())
    return Uses(gbSecondsArm=stack.gb_seconds(functions), invocations=calls, logGb=calls * _LOG_GB_AN_INVOCATION)


def _add_integrations(found: Uses, asked: Iterable[str]) -> None:
    """What states ask of services themselves, as it is priced. A transaction takes two units a write of each row."""
    priced = {
        "dynamodb:getItem": {"reads": 1},
        "dynamodb:updateItem": {"writes": 2},
        "dynamodb:transactWriteItems": {"writes": 4},
        "sns:publish": {"publishes": 1, "mails": 1},
        "events:putEvents": {"events": 1},
        "bedrock:invokeModel": {"gets": 1, "puts": 1},
    }
    for one in asked:
        for name, number in priced[one].items():
            found[name] += number


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    return sum(1 for one in alarm["Metrics"] if "MetricStat" in one) if "Metrics" in alarm else 1
