#!/usr/bin/python3
"""dev/bench: what picdesk costs, measured against a real nginx on this machine.

JSON to stdout (machine, commit, versions, figures), a table for people to stderr. Every figure is
the median of --runs runs; a run that did not do what it is measured for (as many requests, as many
images) ends the bench."""

import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/integration"), str(TOP / "tests/bench")]
import bench_fetch  # noqa: E402
import bench_store  # noqa: E402
import bench_thumbs  # noqa: E402
import bench_turns  # noqa: E402
import pairs  # noqa: E402
import photos  # noqa: E402
from attic import Attic  # noqa: E402
from bench_scan import ScanBench, bench_scan  # noqa: E402
from nginx import Nginx, free_port, quoted  # noqa: E402
from works import WORKS  # noqa: E402

BINARY = pathlib.Path(os.environ.get("PICDESK", TOP / "build-bench/cli/picdesk"))
# One host serves all: politeness would be all that is measured.
IMPOLITE = ("--allow-private", "--host-interval", "0ms", "--host-concurrency", "50")
IMAGES_AN_ARTICLE = 5
ARTICLE_DATE_S = 1_700_000_000


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP)
    except OSError:
        return None
    return (done.stdout + done.stderr).strip() if done.returncode == 0 else None


def first_line(text):
    return text.splitlines()[0] if text else None


def environment():
    cpu = re.search(
        r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    )
    memory = re.search(
        r"MemTotal:\s*(\d+) kB", pathlib.Path("/proc/meminfo").read_text(encoding="utf-8")
    )
    return {
        "machine": {
            "cpu": cpu.group(1) if cpu else platform.machine(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_mib": int(memory.group(1)) // 1024,
            "kernel": platform.release(),
        },
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "versions": {
            "picdesk": first_line(output_of(str(BINARY), "--version")),
            "libvips": output_of("pkg-config", "--modversion", "vips"),
            "libcurl": output_of("pkg-config", "--modversion", "libcurl"),
            "curl": " ".join((output_of("curl", "--version") or "").split()[:2]),
            "nginx": (output_of("nginx", "-v") or "").rpartition("/")[2],
        },
    }


class Bench:
    """A set of photographs, a server for them, and sites that name them."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(options.folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.attic = Attic(self.folder)
        kind = "photos" if options.photos else "synthetic"
        say(f"making {options.count} JPEGs ({kind})")
        self.files = photos.make(self.folder / kind, options.count, options.photos)
        self.bytes = sum(file.stat().st_size for file in self.files)
        self.port = free_port()
        self.server = Nginx(
            self.folder / "nginx",
            f"""
	server {{
		listen 127.0.0.1:{self.port};
		root {quoted(self.folder / kind)};
		add_header Cache-Control "max-age=86400";
	}}""",
            self.port,
        )
        self.results = []
        self.pairs = []
        self.quality = None
        self.waiting_mib = None
        self.store = {}
        self.peer_versions = {}
        self.tree = BINARY.parents[1]
        self.command = [str(BINARY)]
        self.impolite = IMPOLITE
        self.say = say

    def url(self, file):
        return f"http://127.0.0.1:{self.port}/{file.name}"

    def site(self, config=None):
        root = self.folder / "site"
        self.attic.make(root)
        (root / "_news").mkdir()
        (root / "_config.yml").write_text("title: Bench\n")
        for start in range(0, len(self.files), IMAGES_AN_ARTICLE):
            lines = ["---", "category: news", f'title: "Article {start}"', "images:"]
            for file in self.files[start : start + IMAGES_AN_ARTICLE]:
                lines.append(f'  - url: "{self.url(file)}"')
            article = root / f"_news/{start:05}.md"
            article.write_text("\n".join(lines + ["---", "Text.", ""]))
            # What changed within the second before a scan is read again by the next one.
            os.utime(article, (ARTICLE_DATE_S, ARTICLE_DATE_S))
        if config:
            (root / "picdesk.yml").write_text(config)
        elif self.options.thumbs:
            (root / "picdesk.yml").write_text(pathlib.Path(self.options.thumbs).read_text())
        return root

    def run(self, name, command, cwd, expected):
        """One timed run, and the requests by status that it must have made."""
        self.server.forget()
        os.sync()  # what earlier runs left to be written is not this one's
        log = self.folder / "output"
        with open(log, "wb") as out:
            started = time.monotonic()
            process = subprocess.Popen(
                command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        made = {}
        for request in self.server.requests():
            made[request["status"]] = made.get(request["status"], 0) + 1
        if process.returncode or made != expected:
            sys.exit(
                f"{name}: exit status {process.returncode}, requests by status {made}, "
                f"not {expected}\n" + log.read_text(errors="replace")[-4000:]
            )
        return {
            "seconds": seconds,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "max_rss_mib": usage.ru_maxrss / 1024,
        }

    def add(self, name, runs):
        seconds = statistics.median(run["seconds"] for run in runs)
        self.results.append(
            {
                "name": name,
                "seconds": round(seconds, 3),
                "images_per_s": round(len(self.files) / seconds, 1),
                "cpu_seconds": round(statistics.median(run["cpu_seconds"] for run in runs), 3),
                "max_rss_mib": round(max(run["max_rss_mib"] for run in runs), 1),
                "runs": [round(run["seconds"], 3) for run in runs],
            }
        )
        say(f"  {name}: {seconds:.2f} s")

    def close(self):
        self.server.close()
        self.attic.clear()

    def report(self, topic):
        document = {
            "schema": "picdesk/bench/1",
            "topic": topic,
            **environment(),
            "images": len(self.files),
            "image_bytes": self.bytes,
            "results": self.results,
        }
        document["versions"].update(self.peer_versions)
        if self.pairs:
            document["pairs"] = self.pairs
        if self.store:
            document["store"] = self.store
        if self.quality:
            document["quality"] = self.quality
        if self.waiting_mib:
            document["waiting_mib"] = self.waiting_mib
        print(json.dumps(document, indent=1))
        say(
            f"\n{topic}: {len(self.files)} images, {self.bytes / 1e6:.0f} MB, "
            f"{document['machine']['cores']} cores, median of {self.options.runs}"
        )
        self.show_pairs()
        self.show_store()
        self.show_quality()
        if not self.results:
            return
        say(f"{'':34}{'seconds':>9}{'images/s':>10}{'cpu s':>8}{'MiB':>7}")
        for result in self.results:
            say(
                f"{result['name']:34}{result['seconds']:9.2f}{result['images_per_s']:10.1f}"
                f"{result['cpu_seconds']:8.1f}{result['max_rss_mib']:7.0f}"
            )

    def show_pairs(self):
        for line in pairs.table(self.pairs):
            say(line)

    def show_store(self):
        for name, figure in self.store.items():
            bound = figure.get("bound")
            word = "" if bound is None else f"at most {bound}"
            if bound is not None and figure["value"] > bound:
                word += "  MISSED"
            say(f"{name:34}{figure['value']:>12}  {word}")

    def show_quality(self):
        if not self.quality:
            return
        say(f"{'':18}{'SSIM':>8}{'lowest':>8}{'MB':>8}")
        for form, sides in self.quality["forms"].items():
            for side, of in sides.items():
                say(
                    f"{form:9}{side:9}{of['mean_ssim']:8.4f}{of['lowest_ssim']:8.4f}"
                    f"{of['bytes'] / 1e6:8.2f}  {of['lowest']}"
                )
        say(f"at the same SSIM picdesk's JPEGs have {self.quality['size_at_equal_ssim']} x the bytes")


def say(text):
    print(text, file=sys.stderr, flush=True)


def bench_build(bench):
    """cold, warm and all-stale `picdesk build` of one site; with --loop instead cold builds and builds
    for a new spec beside the bare render loop, with --peers also cold and warm ones beside
    eleventy-img on the same server: all in turns"""
    if bench.options.loop or bench.options.peers:
        bench_turns.bench_turns(bench)
        return
    command, count = [str(BINARY), "build", *IMPOLITE], len(bench.files)
    cold, warm, stale = [], [], []
    for _ in range(bench.options.runs):
        site = bench.site()
        cold.append(bench.run("cold build", command, site, {200: count}))
        warm.append(bench.run("warm build", command, site, {}))
        stale.append(
            bench.run("all-stale build", [*command, "--max-age", "0s"], site, {304: count})
        )
    bench.add("cold build", cold)
    bench.add("warm build", warm)
    bench.add("all-stale build", stale)


TOPICS = {
    "build": bench_build,
    "fetch": bench_fetch.bench_fetch,
    "scan": bench_scan,
    "store": bench_store.bench_store,
    "thumbs": bench_thumbs.bench_thumbs,
}


def main():
    parser = argparse.ArgumentParser(
        prog="dev/bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "topic",
        nargs="?",
        choices=TOPICS,
        default="build",
        help="\n".join(f"{name}: {topic.__doc__}" for name, topic in TOPICS.items()),
    )
    parser.add_argument("--count", type=int, default=1000, help="images (default 1000)")
    parser.add_argument(
        "--runs", type=int, default=3, help="runs of each, of which the median counts (default 3)"
    )
    parser.add_argument(
        "--small", type=int, default=10000, help="fetch: small images (default 10000)"
    )
    parser.add_argument(
        "--photos", metavar="DIR", help="make the images from the JPEGs in DIR, not from noise"
    )
    parser.add_argument(
        "--thumbs", metavar="FILE", help="a picdesk.yml for the site (default: none)"
    )
    parser.add_argument(
        "--loop", action="store_true", help="build: compare with the bare render loop"
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="build: compare with it and with eleventy-img (wants node and npm)",
    )
    parser.add_argument(
        "--work",
        action="append",
        choices=WORKS,
        help="thumbs, build --loop and --peers: only this; may be given several times",
    )
    parser.add_argument(
        "--folder", default=str(TOP / "build-bench/bench"), help="where images and sites are kept"
    )
    parser.add_argument(
        "--entries", type=int, default=1_000_000, help="store: of the large index (default 1000000)"
    )
    parser.add_argument(
        "--rebuild", type=int, default=100_000, help="store: objects of the index that is rebuilt"
    )
    parser.add_argument("--posts", type=int, default=2000, help="scan: articles (default 2000)")
    parser.add_argument("--site", metavar="DIR", help="scan: the articles of DIR, not made ones")
    options = parser.parse_args()
    is_scan = options.topic == "scan"
    bench = ScanBench(options, BINARY, say, environment) if is_scan else Bench(options)
    try:
        TOPICS[options.topic](bench)
        bench.report(options.topic)
    finally:
        bench.close()


main()
