"""The parts of Step Functions that MiniStack lacks: a runner that can be stopped, timed out and redriven,
tasks evaluated against the state machine's role, and Map Runs with children, results and redrive."""
