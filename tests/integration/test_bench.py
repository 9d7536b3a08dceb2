"""What dev/bench runs is Python of its own: it must load, and say what it measures."""

import subprocess
import sys

from conftest import TOP


def test_the_bench_loads_and_lists_its_topics():
    bench = TOP / "tests/bench/bench.py"
    said = subprocess.run([sys.executable, bench, "--help"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    for topic in ("build", "thumbs", "fetch", "scan", "store"):
        assert topic in said.stdout
