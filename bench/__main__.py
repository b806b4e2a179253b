"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

import subprocess
import sys

for module in ("bench.answers", "bench.rest", "bench.live"):
    print(f"\n== {module}", flush=True)
    subprocess.run([sys.executable, "-m", module], check=True)
