"""`python -m localcloud.emulator`: MiniStack in this process, with what it lacks added.

Settings come from the environment: see `environment.EmulatorSettings`.
"""

import json

from localcloud.emulator.access_plan import AccessPlan
from localcloud.emulator.environment import EmulatorSettings, apply
from localcloud.emulator.faults import FaultPlan
from localcloud.emulator.invocations import InvocationLog


def main() -> None:
    """Serve until SIGTERM; state is saved then."""
    settings = EmulatorSettings.from_env()
    faults, access, invocations = FaultPlan(), AccessPlan(), InvocationLog()
    faults.replace(json.loads(settings.faults))
    apply(settings)

    # MiniStack reads its environment when it is imported, so everything that imports it comes after `apply`.
    from localcloud.emulator import autosave, upstream
    from localcloud.emulator.installation import install_all
    from localcloud.emulator.patches import eventbridge
    from localcloud.emulator.server import ControlledApp
    from localcloud.emulator.serving import serve
    from localcloud.emulator.workflow.redrive import resume_interrupted

    install_all(settings, faults, access, invocations)

    def on_started() -> None:
        resume_interrupted()
        eventbridge.begin_schedules()
        autosave.start(settings.save_seconds)

    serve(ControlledApp(upstream.app.app, faults, access, invocations, on_started), settings.port)


if __name__ == "__main__":
    main()
