"""CloudFormation: alarms on an expression over metrics, and saved queries of Logs Insights, are kept.

MiniStack refuses a whole stack for either. Nothing is lost by keeping them: it fires no alarm, and runs no query. Such
an alarm is described as one on the first metric that its expression reads.
"""

import uuid
from typing import Any

from localcloud.emulator import upstream

_QUERY = "AWS::Logs::QueryDefinition"


def install() -> None:
    """Let templates have both."""
    provisioners = upstream.provisioners
    upstream.expect_attributes(provisioners, "_cw_metric_alarm_record", "_RESOURCE_HANDLERS")
    upstream.expect(_QUERY not in provisioners._RESOURCE_HANDLERS, f"{provisioners.__name__} knows {_QUERY}")
    stock = provisioners._cw_metric_alarm_record

    def record(name: str, properties: dict[str, Any]) -> Any:
        return stock(name, _on_one_metric(properties) if properties.get("Metrics") else properties)

    provisioners._cw_metric_alarm_record = record
    provisioners._RESOURCE_HANDLERS[_QUERY] = {"create": _create, "update": _update, "delete": _delete}


def _on_one_metric(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties of an alarm on the first metric of an expression.

    Raises:
        ValueError: it reads none, or not exactly one of its lines is what the alarm watches.
    """
    lines = properties["Metrics"]
    watched = [one for one in lines if str(one.get("ReturnData", True)).lower() == "true"]
    read = [one["MetricStat"] for one in lines if "MetricStat" in one]
    if len(watched) != 1 or not read:
        raise ValueError("AWS::CloudWatch::Alarm Metrics: one line returns data, and at least one reads a metric.")
    first = read[0]
    rest = {name: value for name, value in properties.items() if name != "Metrics"}
    return {**rest, **first["Metric"], "Period": first["Period"], "Statistic": first["Stat"]}


def _create(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    if not properties.get("Name") or not properties.get("QueryString"):
        raise ValueError(f"{_QUERY}: Name and QueryString are required.")
    id_ = str(uuid.uuid4())
    return id_, {"QueryDefinitionId": id_}


def _update(
    physical_id: str, _old: dict[str, Any], _new: dict[str, Any], _stack: str, **_: Any
) -> tuple[str, dict[str, Any]]:
    return physical_id, {"QueryDefinitionId": physical_id}


def _delete(_physical_id: str, _properties: dict[str, Any]) -> None:
    """Nothing but the stack's own list knows of it."""
