"""dev/bench store: what the cache costs. Lookups and bytes an entry of a small and a large index, a
warm build of 10,000 references in 2,000 articles, the index rebuilt from its records, and what the
syncs of a cold build cost, beside a build of picdesk without them. CPU time, not wall time, where
other work on the machine would count."""

import json
import pathlib
import shutil
import statistics
import subprocess

import bench_fetch

TOP = pathlib.Path(__file__).resolve().parents[2]
SMALL_ENTRIES, LOOKUPS = 10_000, 100_000
# What the cache is built to keep to: key -> most.
BOUNDS = {
    "us_a_lookup_small": 5,
    "lookup_ratio": 2,
    "index_bytes_an_entry": 600,
    "warm_cpu_s": 0.25,
    "warm_max_rss_mib": 100,
    "rebuild_s_a_100000": 10,
    "sync_percent": 5,
}


def lookups(bench, *arguments):
    done = subprocess.run(
        [str(bench.tree / "tests/bench/lookups"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def measure_index(bench, found):
    """Entries that share one object: a million files would measure the file system."""
    for name, entries in (("small", SMALL_ENTRIES), ("large", bench.options.entries)):
        folder = bench.folder / f"index-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        bench.say(f"filling an index of {entries} entries")
        filled = lookups(bench, "fill", folder, entries, 1)
        looked = [lookups(bench, "look", folder, entries, LOOKUPS) for _ in range(bench.options.runs)]
        assert all(run["fresh"] == LOOKUPS for run in looked), looked
        found[f"us_a_lookup_{name}"] = round(
            statistics.median(run["us_a_lookup"] for run in looked), 2
        )
        found[f"index_bytes_an_entry_{name}"] = round(filled["index_bytes"] / entries, 1)
        found[f"lookup_max_rss_mib_{name}"] = max(run["max_rss_mib"] for run in looked)
        shutil.rmtree(folder)
    found["lookup_ratio"] = round(found["us_a_lookup_large"] / found["us_a_lookup_small"], 2)


def measure_rebuild(bench, found):
    """Entries with an object and facts each; the records and the objects are all that is left."""
    folder, entries = bench.folder / "rebuild", bench.options.rebuild
    shutil.rmtree(folder, ignore_errors=True)
    bench.say(f"filling a cache of {entries} objects")
    filled = lookups(bench, "fill", folder, entries, entries)
    found["index_bytes_an_entry"] = round(filled["index_bytes"] / entries, 1)
    (folder / "index.sqlite").unlink()
    command = [*bench.command, "stats", "-f", "json", "--cache-dir", str(folder)]
    run = bench.run("rebuild", command, bench.folder, {})
    stats = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    assert stats["entries_with_object"] == entries, stats
    found["rebuild_s_a_100000"] = round(run["seconds"] * 100_000 / entries, 2)
    found["rebuild_cpu_s_a_100000"] = round(run["cpu_seconds"] * 100_000 / entries, 2)
    found["rebuild_max_rss_mib"] = round(run["max_rss_mib"], 1)
    shutil.rmtree(folder)


def measure_warm(bench, found):
    """10,000 references, all of them fresh."""
    bench_images = bench.files
    bench.files = bench_fetch.make_small(bench.files[0].parent, bench.options.small)
    site, command = bench.site(), [*bench.command, "build", *bench.impolite]
    bench.say("a cold build for the warm ones")
    bench.run("cold", command, site, {200: len(bench.files)})
    bench.run("settling", command, site, {})
    runs = [bench.run("warm", command, site, {}) for _ in range(max(3, bench.options.runs))]
    found["warm_references"] = len(bench.files)
    found["warm_cpu_s"] = round(min(run["cpu_seconds"] for run in runs), 3)
    found["warm_max_rss_mib"] = round(max(run["max_rss_mib"] for run in runs), 1)
    bench.files = bench_images


def build_without_syncs(bench):
    build = bench.tree.parent / (bench.tree.name + "-nosync")
    if not (build / "build.ninja").exists():
        options = ["-Dunsafe_nosync=true", "-Dbuildtype=release"]
        command = ["meson", "setup", str(build), str(TOP), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    command = ["ninja", "-C", str(build), "cli/picdesk", "thumbs/picdesk-renderer"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return build / "cli/picdesk"


def measure_syncs(bench, found):
    """Turn by turn, so that what else the machine does meets both."""
    sides = {"with": bench.command[0], "without": str(build_without_syncs(bench))}
    runs = {side: [] for side in sides}
    for _ in range(bench.options.runs):
        for side, binary in sides.items():
            site, expected = bench.site(), {200: len(bench.files)}
            runs[side].append(bench.run(side, [binary, "build", *bench.impolite], site, expected))
    for side in sides:
        found[f"cold_s_{side}_sync"] = round(
            statistics.median(run["seconds"] for run in runs[side]), 3
        )
    shares = [a["seconds"] / b["seconds"] for a, b in zip(runs["with"], runs["without"])]
    found["sync_percent"] = round((statistics.median(shares) - 1) * 100, 1)


def bench_store(bench):
    """lookups and bytes an entry, a warm build's CPU, a rebuilt index, what syncs cost"""
    found = {}
    for measure in (measure_index, measure_rebuild, measure_warm, measure_syncs):
        before = set(found)
        measure(bench, found)
        for name in found.keys() - before:
            bench.say(f"  {name}: {found[name]}")
    bench.store = {
        key: {"value": value, **({"bound": BOUNDS[key]} if key in BOUNDS else {})}
        for key, value in found.items()
    }
