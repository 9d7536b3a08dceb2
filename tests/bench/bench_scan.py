"""dev/bench scan: `picdesk scan` beside a program that reads the same files and parses their bodies
with cmark-gfm, and on one core beside all. The two run in turn, pair by pair, so that what else the
machine does hits both. Then the scan of a `check`, when its cache knows nothing and when it knows all
articles: `-vv` says what CPU that part of a run takes."""

import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

WORDS = "the of a picture desk that checks every image before its page goes to print and says so".split()

LOCAL_IMAGES = 100


def paragraph(chance):
    words = [chance.choice(WORDS) for _ in range(chance.randint(30, 120))]
    for place in range(7, len(words), 19):
        words[place] = chance.choice(["*{}*", "[{}](https://example.org/page)", "`{}`"]).format(
            words[place]
        )
    return "\n".join(" ".join(words[i : i + 14]) for i in range(0, len(words), 14))


def post(chance, number):
    """Front matter with images, paragraphs, a list, code and an image or two: 3 KB."""
    lines = ["---", f'title: "Post {number}"', "tags: [pictures, desk]", "images:"]
    lines += [f"  - url: https://example.org/{number}.jpg", "    width: 1200", "---", ""]
    for part in range(chance.randint(4, 9)):
        lines += [paragraph(chance), ""]
        if part % 4 == 1:
            lines += [f"![A picture](/assets/{chance.randrange(LOCAL_IMAGES)}.png)", ""]
        if part % 4 == 2:
            lines += ["- one", "- two", "", "```html", '<img src="no.png">', "```", ""]
    return "\n".join(lines)


class ScanBench:
    """A site of posts, and the programs that read it."""

    def __init__(self, options, binary, say, environment):
        self.options, self.say, self.environment = options, say, environment
        binary = binary.resolve()
        self.parser = binary.parents[1] / "tests/bench/parse_with_cmark"
        if not self.parser.exists():
            sys.exit(f"{self.parser} is missing: it needs libcmark-gfm-extensions-dev")
        self.root = os.path.join(options.folder, "scan-site")
        shutil.rmtree(self.root, ignore_errors=True)
        chance = random.Random(options.posts)
        for folder in ("_posts", "assets"):
            os.makedirs(os.path.join(self.root, folder))
        for number in range(LOCAL_IMAGES):
            with open(os.path.join(self.root, f"assets/{number}.png"), "wb"):
                pass
        with open(os.path.join(self.root, "_config.yml"), "w", encoding="utf-8") as file:
            file.write("title: Bench\n")
        if options.site:
            shutil.copytree(options.site, self.root, dirs_exist_ok=True)
        for number in range(0 if options.site else options.posts):
            path = os.path.join(self.root, f"_posts/2020-01-01-post-{number:05}.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write(post(chance, number))
        self.scan = [str(binary), "scan", "--format", "json", "."]
        self.check = [str(binary), "check", "--offline", "-vv", "."]
        self.counted = json.loads(
            subprocess.run([self.parser, self.root], capture_output=True, check=True).stdout
        )
        self.cores = os.sched_getaffinity(0)
        self.runs = {"cmark-gfm": [], "scan, one core": [], "scan, all cores": []}
        self.stages = {"first": [], "again": []}

    def run(self, name, command, cores):
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{name}: exit status {process.returncode}")
        self.runs[name].append(
            {
                "seconds": seconds,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "max_rss_mib": usage.ru_maxrss / 1024,
            }
        )

    def stage(self, name, cores):
        """CPU in ms of the scan in a check; the file's hash decides whether it is parsed."""
        process = subprocess.run(
            self.check,
            cwd=self.root,
            capture_output=True,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        found = re.search(r"read, (\d+) of them parsed: ([\d.]+) ms of CPU", process.stderr)
        if not found or (found[1] == "0") != (name == "again"):
            sys.exit(f"check, {name}: {process.stderr}")
        self.stages[name].append(float(found[2]))

    def measure(self):
        one = {min(self.cores)}
        for _ in range(max(self.options.runs, 10)):
            self.run("cmark-gfm", [str(self.parser), "."], one)
            self.run("scan, one core", self.scan, one)
            self.run("scan, all cores", self.scan, self.cores)
            shutil.rmtree(os.path.join(self.root, ".cache"), ignore_errors=True)
            self.stage("first", one)
            self.stage("again", one)

    def median(self, name, figure):
        return statistics.median(run[figure] for run in self.runs[name])

    def ratio(self, above, below, figure):
        """The median of the ratios of runs that were neighbours."""
        pairs = zip(self.runs[above], self.runs[below], strict=True)
        return statistics.median(one[figure] / other[figure] for one, other in pairs)

    def report(self, topic):
        document = {
            "schema": "picdesk/bench/1",
            "topic": topic,
            **self.environment(),
            **self.counted,
            "results": [
                {
                    "name": name,
                    "seconds": round(self.median(name, "seconds"), 4),
                    "cpu_seconds": round(self.median(name, "cpu_seconds"), 4),
                    "max_rss_mib": round(max(run["max_rss_mib"] for run in runs), 1),
                }
                for name, runs in self.runs.items()
            ],
            "cpu_to_cmark": round(self.ratio("scan, one core", "cmark-gfm", "cpu_seconds"), 2),
            "speedup": round(self.ratio("scan, one core", "scan, all cores", "seconds"), 2),
            "check_scan_cpu_ms": {
                name: round(statistics.median(stage), 1) for name, stage in self.stages.items()
            },
            "incremental": round(
                statistics.median(
                    first / again for first, again in zip(*self.stages.values(), strict=True)
                ),
                2,
            ),
        }
        print(json.dumps(document, indent=1))
        say = self.say
        say(
            f"\n{topic}: {self.counted['files']} files, {self.counted['bytes'] / 1e6:.1f} MB, "
            f"{len(self.cores)} cores"
        )
        say(f"{'':24}{'ms':>8}{'cpu ms':>8}{'MiB':>6}")
        for result in document["results"]:
            say(
                f"{result['name']:24}{result['seconds'] * 1e3:8.1f}"
                f"{result['cpu_seconds'] * 1e3:8.1f}{result['max_rss_mib']:6.0f}"
            )
        say(f"scan's CPU to cmark-gfm's: {document['cpu_to_cmark']}")
        say(f"faster with all cores: {document['speedup']}")
        stages = document["check_scan_cpu_ms"]
        say(f"the scan of a check: {stages['first']} ms of CPU, again {stages['again']} ms")
        say(f"faster when nothing has changed: {document['incremental']}")

    def close(self):
        pass


def bench_scan(bench):
    """`picdesk scan` of 2,000 posts beside cmark-gfm, and on one core beside all"""
    bench.measure()
