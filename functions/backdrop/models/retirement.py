"""How long the models in use are still served, by the catalogue's dates."""

from __future__ import annotations

from datetime import date

from backdrop.models import catalogue


def days_left(default_model_id: str, today: date) -> dict[str, int]:
    """Return the days until each Bedrock id reaches its end of life, of the default model and all that can be chosen; 0
    when it has. Those for which AWS names no day are left out."""
    used = [one for one in catalogue.entries() if one.state == "ACTIVE" or one.model_id == default_model_id]
    services = {service_id: catalogue.service(service_id) for entry in used for service_id in entry.services}
    found: dict[str, int] = {}
    for service_id, service in services.items():
        if service.end_of_life:
            found[service_id] = max(0, (date.fromisoformat(service.end_of_life) - today).days)
        elif service.state == "RETIRED":
            found[service_id] = 0
    return found
