"""The software's version, as content credentials and reports tell it; `pyproject.toml` has the same."""

VERSION = "0.1.0"
