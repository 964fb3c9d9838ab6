"""Which benchmarks there are, and how each is run at its smallest size: so that none stops working unnoticed.

`make test` runs all of them (`test_alone.py`, `test_with_an_app.py`); `tests/static/test_benchmarks.py` sees to it that
every one is named here.
"""

from __future__ import annotations

ALONE = {
    "costs": ("tests.bench", "imports", "steps", "memory"),
    "quality": ("tests.bench.quality",),
    "walk": ("tests.bench.walk",),
    "fidelity": ("tests.bench.fidelity",),
    "segmentation": ("tests.bench.segmentation",),
    "strokes": ("tests.bench", "strokes"),
    "turns": ("tests.bench", "retries", "quota", "regions", "many_images"),
}
"""Module and arguments of what runs by itself, each in a process of its own."""

WITH_AN_APP = {
    "product": ("tests.bench.__main__", "demo", "loop"),
    "upload": ("tests.bench.upload",),
    "upload_many": ("tests.bench.upload_many",),
    "job_page": ("tests.bench.job_page",),
}
"""The same of what looks at the running product: in one local cloud, web app and browser, in this order."""

STARTED_BY = {"own_loop": "loop", "rembg_loop": "loop", "quick_labels": "app", "quick_models": "quick_cloud"}
"""Programs that are no benchmarks, and the module that starts each."""
