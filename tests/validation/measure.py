"""`python -m tests.validation.measure [--part report]`: the cut-out on pictures that no rule was made on.

Columns: IoU of what is above half for the plain network with a guided filter, and for the cut-out as it is; the
doubt (docs/segmentation.md) and whether it flags. The summary has what issue 13 asks for. Stamps are left out when
they cannot be fetched.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.segmentation import overlap
from tests.validation.pictures import Part, pictures
