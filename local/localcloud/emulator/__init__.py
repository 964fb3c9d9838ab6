"""The emulator: MiniStack in one process, with what it lacks for Backdrop added.

`python -m localcloud.emulator` starts it. Everything that relies on the inside of MiniStack asserts
the shape it relies on (`upstream.expect`), so that another version fails at start, not in a test run.
"""
