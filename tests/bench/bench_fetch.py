"""dev/bench fetch: what comes before the decoding, beside `curl -Z` on the same files, pair by pair:
large images fetched, hashed and stored; small ones over HTTP/1.1 and HTTP/2; conditional requests
that are all answered 304. curl only writes its files; picdesk syncs them as well. Then `check` with
an empty cache, beside the slower of its two halves: fetching, and decoding the same files (local
ones, which are neither fetched nor stored)."""

import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import time

from certificates import Certificates
from nginx import Nginx, free_port, quoted
import pairs
import pictures

# All files have this date, so that one header makes every request of curl a conditional one.
DATE_S, DATE = 1_700_000_000, "Tue, 14 Nov 2023 22:13:20 GMT"
SMALL_KINDS = 50
WAITING = 100_000
# Pairs of each --runs: these are over within a second, in which a disk may be busy or not.
TURNS = 3


class Place:
    """A folder of files behind http and https, a site that names them, and a curl that gets them."""

    def __init__(self, bench, name, files):
        self.bench, self.name, self.files = bench, name, files
        self.folder = bench.folder / name

    def url(self, file, port, scheme="http"):
        return f"{scheme}://127.0.0.1:{port}/{self.name}/{file.name}"

    def curl(self, port, *options, scheme="http", writes=True):
        target = self.bench.folder / "curl"
        self.bench.attic.make(target)
        config = self.bench.folder / "curl.config"
        config.write_text(
            "".join(
                f'url = "{self.url(file, port, scheme)}"\n'
                f'output = "{target / file.name if writes else "/dev/null"}"\n'
                for file in self.files
            )
        )
        return ["curl", "-sS", "-Z", "--parallel-max", "50", *options, "-K", str(config)]

    def site(self, port, scheme="http"):
        self.bench.files, before = self.files, self.bench.files
        self.bench.url = lambda file: self.url(file, port, scheme)
        root = self.bench.site()
        self.bench.files = before
        return root

    def local_site(self):
        root = self.site(0)
        (root / "assets").mkdir()
        for file in self.files:
            os.link(file, root / "assets" / file.name)
        for article in (root / "_news").iterdir():
            text = article.read_text().replace(f"http://127.0.0.1:0/{self.name}/", "/assets/")
            article.write_text(text)
        return root


def make_small(folder, count):
    folder.mkdir(exist_ok=True)
    kinds = [pictures.jpeg(48, 36, seed=i) for i in range(SMALL_KINDS)]
    files = []
    for i in range(count):
        files.append(folder / f"{i:05}.jpg")
        if not files[-1].exists():
            # A comment of its own: no two have the same bytes.
            data = kinds[i % SMALL_KINDS]
            files[-1].write_bytes(data[:2] + b"\xff\xfe\x00\x0a%08d" % i + data[2:])
    return files


def start_server(bench, certificates):
    certificate, key = certificates.certificate("good")
    port, tls_port, h2_port = free_port(), free_port(), free_port()
    tls = f"ssl_certificate {quoted(certificate)}; ssl_certificate_key {quoted(key)};"
    common = f'root {quoted(bench.folder)}; add_header Cache-Control "max-age=0"; etag off;'
    bench.server.close()
    bench.server = Nginx(
        bench.folder / "nginx-fetch",
        f"""
	server {{ listen 127.0.0.1:{port} backlog=1024; {common} }}
	server {{ listen 127.0.0.1:{tls_port} ssl backlog=1024; {common} {tls} }}
	server {{ listen 127.0.0.1:{h2_port} ssl http2 backlog=1024; {common} {tls} }}""",
        port,
    )
    return port, tls_port, h2_port


def resident_mib(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s*(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0


def waiting_mib(bench):
    """The whole process while WAITING URLs wait for a host that takes connections and says nothing."""
    host = socket.create_server(("127.0.0.1", 0))
    place = Place(bench, "waiting", [pathlib.Path(f"{i:06}-a-photo.jpg") for i in range(WAITING)])
    root = place.site(host.getsockname()[1])
    command = [*bench.command, "check", "--allow-private", "-n", "--max-time", "20s"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    most = 0
    # Of the time before the report is written: that needs as much again.
    with subprocess.Popen(command, cwd=root, **quiet) as process:
        until = time.monotonic() + 19
        while time.monotonic() < until and process.poll() is None:
            most = max(most, resident_mib(process.pid))
            time.sleep(0.05)
    host.close()
    return round(most, 1)


def add_pair(bench, name, ours, peer, theirs):
    row = {"name": name, "peer": peer}
    for side, runs in (("picdesk", ours), (peer, theirs)):
        row[side] = {
            key: round(statistics.median(run[key] for run in runs), 3)
            for key in ("seconds", "cpu_seconds")
        }
    row["turns"] = len(ours)
    for ratio, key in (("ratio", "seconds"), ("cpu_ratio", "cpu_seconds")):
        values = [o[key] / t[key] for o, t in zip(ours, theirs)]
        row[ratio] = round(statistics.median(values), 2)
        row[f"{ratio}_spread"] = pairs.spread(values)
    bench.pairs.append(row)
    bench.say(f"  {name}: {row['ratio']} x the time of {peer}, {row['cpu_ratio']} x its CPU time")


def in_turns(*sides):
    """Each side TURNS times, every other time in the other order."""
    for turn in range(TURNS):
        for side in sides if turn % 2 == 0 else reversed(sides):
            side()


def bench_fetch(bench):
    """fetch, hash and store without decoding, 304s, HTTP/2, beside `curl -Z`; `check` and its halves"""
    shutil.rmtree(bench.folder / "certificates", ignore_errors=True)
    certificates = Certificates(bench.folder / "certificates")
    port, tls_port, h2_port = start_server(bench, certificates)
    large = Place(bench, bench.files[0].parent.name, bench.files)
    small = Place(bench, "small", make_small(bench.folder / "small", bench.options.small))
    for file in large.files + small.files:
        os.utime(file, (DATE_S, DATE_S))
    picdesk = [*bench.command, "check", *bench.impolite, "--cacert", str(certificates.authority)]
    bare = ["env", "PICDESK_BENCH_NO_DECODE=1", *picdesk]
    n_large, n_small = {200: len(large.files)}, {200: len(small.files)}
    n_unchanged = {304: len(small.files)}
    measures = {name: [] for name in "large curl small curl-small h1 h2 304 curl-304 check decode".split()}

    def run(name, command, cwd, expected):
        measures[name].append(bench.run(name, command, cwd, expected))

    def run_large():
        run("large", bare, large.site(port), n_large)

    def run_curl():
        run("curl", large.curl(port), bench.folder, n_large)

    def run_unchanged():
        run("304", [*bare, "--max-age", "0s"], site, n_unchanged)

    def run_curl_unchanged():
        conditional = small.curl(port, "-H", f"If-Modified-Since: {DATE}", writes=False)
        run("curl-304", conditional, bench.folder, n_unchanged)

    for _ in range(bench.options.runs):
        in_turns(run_curl, run_large)
        run("check", picdesk, large.site(port), n_large)
        run("decode", picdesk, large.local_site(), {})
        run("curl-small", small.curl(port), bench.folder, n_small)
        site = small.site(port)
        run("small", bare, site, n_small)
        in_turns(run_curl_unchanged, run_unchanged)
        run("h1", bare, small.site(tls_port, "https"), n_small)
        run("h2", bare, small.site(h2_port, "https"), n_small)
    add_pair(bench, "fetch, hash, store", measures["large"], "curl -Z", measures["curl"])
    last_of_turns = measures["large"][TURNS - 1 :: TURNS]
    halves = zip(last_of_turns, measures["decode"])
    slower = [max(pair, key=lambda run: run["seconds"]) for pair in halves]
    add_pair(bench, "check", measures["check"], "its slower half", slower)
    add_pair(bench, "small images", measures["small"], "curl -Z", measures["curl-small"])
    add_pair(bench, "304s", measures["304"], "curl -Z", measures["curl-304"])
    add_pair(bench, "small, HTTP/2 over TLS", measures["h2"], "HTTP/1.1", measures["h1"])
    bench.waiting_mib = waiting_mib(bench)
    bench.say(f"  {WAITING} URLs waiting: {bench.waiting_mib} MiB resident, the whole process")
