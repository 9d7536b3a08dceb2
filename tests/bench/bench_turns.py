"""`dev/bench build --loop` and `--peers`: whole builds beside the bare render loop (bare.py) and beside eleventy-img.

A build's time is all of it: from the program's start, an empty cache and a scan, over requests, storing, syncs and
the renderers' starts, to the published thumbnails, the manifest, the report and the program's end; a build for a new
spec also removes the thumbnails of the old one. The server has the same cores, which the bare loop has for itself.

In each turn every build stands between two bare loops and is compared with their mean, so that a machine that becomes
slower or faster meanwhile changes neither side; eleventy-img comes before them in one turn, after them in the next. The
works take turns, too, so that no minute of the machine belongs to one of them."""

import pathlib
from statistics import mean
import sys

import pairs
from bare import BareLoop
from peers import Peers
from works import WORKS, config_of

RESCALE_WIDTH_PX = 480
DEFAULT_WORKS = ("640 JPEG", "320+640+1280 JPEG", "640 WebP")


def server_cpu_seconds(master):
    """What the server's processes have used so far."""
    children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return sum(
        int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        for pid in [master, *children]
    ) / 1e9


def published_bytes(site):
    return sum(file.stat().st_size for file in (site / "assets/thumbs").glob("[!.]*"))


class Turns:
    """All turns of one work."""

    def __init__(self, bench, loop, peers, name):
        self.bench, self.loop, self.peers, self.name = bench, loop, peers, name
        self.work = WORKS[name]
        self.rescaled = {**self.work, "widths": [RESCALE_WIDTH_PX]}
        self.runs = {}
        self.count = 0

    def note(self, name, run):
        self.runs.setdefault(name, []).append(run)

    def build(self, name, site, work, expected):
        (site / "picdesk.yml").write_text(config_of(work))
        before = server_cpu_seconds(self.bench.server.process.pid)
        command = [*self.bench.command, "build", *self.bench.impolite]
        run = self.bench.run(name, command, site, expected)
        run["server_cpu_seconds"] = server_cpu_seconds(self.bench.server.process.pid) - before
        self.note(name, run)

    def build_in_loops(self, name, site, work, expected):
        loops = [self.loop.run(work, self.bench.files)]
        self.build(name, site, work, expected)
        loops.append(self.loop.run(work, self.bench.files))
        # Of a small photograph several widths are one file.
        if len(work["widths"]) == 1 and published_bytes(site) != loops[0]["bytes"]:
            sys.exit(f"{name}: the thumbnails are not those of the bare loop")
        self.note(f"loop of {name}", {key: mean(run[key] for run in loops) for key in loops[0]})

    def picdesk(self):
        site, count = self.bench.site(), len(self.bench.files)
        self.build_in_loops("cold", site, self.work, {200: count})
        self.build("warm", site, self.work, {})
        self.build_in_loops("new spec", site, self.rescaled, {})

    def eleventy(self):
        urls = [self.bench.url(file) for file in self.bench.files]
        self.note("eleventy cold", self.peers.eleventy(self.work, urls, is_cold=True))
        self.note("eleventy warm", self.peers.eleventy(self.work, urls, is_cold=False))

    def turn(self):
        sides = [self.picdesk] + ([self.eleventy] if self.peers else [])
        for side in sides if self.count % 2 == 0 else reversed(sides):
            side()
        self.count += 1
        cold = self.runs["loop of cold"][-1]["seconds"] / self.runs["cold"][-1]["seconds"]
        new = self.runs["loop of new spec"][-1]["seconds"] / self.runs["new spec"][-1]["seconds"]
        self.bench.say(f"  {self.name}, turn {self.count}: {cold:.3f} and {new:.3f} x bare loop")

    def rows(self):
        cold, kind = f"cold build, {self.name}", self.name.split()[-1]
        if self.peers:
            for name in ("cold", "warm"):
                yield pairs.pair(
                    f"{name} build, {self.name}",
                    self.runs[name],
                    "eleventy-img",
                    self.runs[f"eleventy {name}"],
                )
        yield pairs.pair(cold, self.runs["cold"], "bare loop", self.runs["loop of cold"])
        yield pairs.pair(
            f"{RESCALE_WIDTH_PX} {kind} from cached",
            self.runs["new spec"],
            "bare loop",
            self.runs["loop of new spec"],
        )


def bench_turns(bench):
    peers = Peers(bench.tree / "peers", bench.attic) if bench.options.peers else None
    if peers:
        bench.peer_versions = peers.versions()
    loop = BareLoop(bench.tree / "tests/bench/bare_loop", bench.folder)
    works = [Turns(bench, loop, peers, name) for name in bench.options.work or DEFAULT_WORKS]
    for _ in range(bench.options.runs):
        for work in works:
            work.turn()
    for work in works:
        bench.pairs.extend(work.rows())
