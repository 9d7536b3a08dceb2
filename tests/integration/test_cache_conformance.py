"""The cases of the npm package http-cache-tests (https://cache-tests.fyi), by the real binary.

Request k of a case is run k of `warm`: one site names every case's image, each on a loopback
address of its own, so that a case's request fields can be that host's in picdesk.yml. A pause is
made by moving the case's entry back in the index. What cannot be asked of a private cache that only
GETs is left out; where picdesk means to differ, OTHERWISE says why.
"""

import collections
import email.utils
import http.server
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

import packages
import pictures

# A second of a case is a hundred here, so that a slow machine changes nothing.
SCALE = 100
PAUSE_S = 3 * SCALE
DATES = {"date", "expires", "last-modified"}
# Request fields that picdesk makes itself, or none.
OWN_FIELDS = set(
    "authorization cache-control if-match if-modified-since if-none-match if-range pragma"
    " range".split()
)

SHARED = "asks a shared cache; ours is private"
MEMORY = "a failure is remembered, for five minutes and more, as docs/fetching.md says"
AGE = "RFC 9111, 5.1: the first of several counts, one that is no number is ignored"
ONE_VARIANT = "optimal only: one variant a URL is kept, and fields are compared as they are"
UNDECODABLE = "its field makes a body that cannot be decoded: that is asked for once more, as it is"
OTHERWISE = {
    "freshness-s-maxage-shared": SHARED,
    "freshness-max-age-s-maxage-shared-longer": SHARED,
    "freshness-max-age-s-maxage-shared-longer-reversed": SHARED,
    "freshness-max-age-s-maxage-shared-longer-multiple": SHARED,
    "freshness-max-age-s-maxage-shared-shorter": SHARED,
    "freshness-max-age-s-maxage-shared-shorter-expires": SHARED,
    "cc-resp-private-shared": SHARED,
    "age-parse-nonnumeric": AGE,
    "age-parse-negative": AGE,
    "age-parse-float": AGE,
    "age-parse-prefix-twoline": AGE,
    "age-parse-dup-0": AGE,
    "age-parse-dup-0-twoline": AGE,
    "age-parse-dup-old": AGE,
    "age-parse-parameter": AGE,
    "age-parse-numeric-parameter": AGE,
    "heuristic-403-not_cached": MEMORY,
    "heuristic-502-not_cached": MEMORY,
    "heuristic-503-not_cached": MEMORY,
    "heuristic-504-not_cached": MEMORY,
    "heuristic-599-not_cached": MEMORY,
    "status-599-must-understand": MEMORY,
    "vary-invalidate": ONE_VARIANT,
    "vary-normalise-lang-order": ONE_VARIANT,
    "vary-normalise-lang-case": ONE_VARIANT,
    "vary-normalise-lang-space": ONE_VARIANT,
    "vary-normalise-lang-select": ONE_VARIANT,
    "vary-normalise-space": ONE_VARIANT,
    "headers-store-Content-Encoding": UNDECODABLE,
    "headers-store-Transfer-Encoding": UNDECODABLE,
    "304-etag-update-response-Content-Encoding": UNDECODABLE,
    "304-etag-update-response-Content-Length": "two Content-Length: a broken message",
    "304-etag-update-response-ETag": "a 304 that names another tag is a miss",
}


def is_for_us(suite, case):
    """GET, one URL, no request that only a caller could make; a "check" has no right answer."""
    kind = "browser" if case.get("browser_only") else case.get("kind")
    if suite["id"] == "surrogate-control" or kind in ("browser", "check"):
        return False
    return not any(
        request.get("request_method", "GET") != "GET"
        or {"filename", "magic_locations", "query_arg"} & request.keys()
        or OWN_FIELDS & {name.lower() for name, *_ in request.get("request_headers", [])}
        for request in case["requests"]
    )


def load_cases():
    if not shutil.which("node"):
        pytest.skip("needs node")
    index = packages.node_package("http-cache-tests", "tests/index.mjs")
    program = "import(process.argv[1]).then(m => console.log(JSON.stringify(m.default)))"
    text = subprocess.run(
        ["node", "-e", program, str(index)], capture_output=True, text=True, check=True
    ).stdout
    return {
        case["id"]: case
        for suite in json.loads(text)
        for case in suite["tests"]
        if is_for_us(suite, case)
    }


def scaled(value):
    """Seconds in Cache-Control, when they are few, made longer."""
    return re.sub(r"(?<==)(\W?)(\d\d?)\b(?!\.)", lambda m: f"{m[1]}{int(m[2]) * SCALE}", value)


def written(config, name, value):
    """A field's value; a number stands for the seconds from now to a date."""
    if name == "cache-control":
        return scaled(value)
    if name not in DATES or isinstance(value, str):
        return str(value)
    is_aged = any(field == "Age" for field, *_ in config["response_headers"])
    when = int(time.time()) + (value * SCALE if 0 < value <= 10 and not is_aged else value)
    if name in config.get("rfc850date", []):
        return time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(when))
    return email.utils.formatdate(when, usegmt=True)


class Origin:
    """Answers request `step` of the case whose address was asked, and remembers what was sent."""

    def __init__(self, cases):
        self.cases, self.step = cases, 0
        self.hosts = {
            f"127.1.{1 + number // 200}.{1 + number % 200}": name
            for number, name in enumerate(cases)
        }
        self.addresses = {name: host for host, name in self.hosts.items()}
        self.seen = collections.defaultdict(list)  # (name, step): the fields of each request
        self.last_fields = {}
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):  # noqa: N802 (http.server's name)
                origin.answer(self)

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 512

        self.server = Server(("0.0.0.0", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://{self.addresses[name]}:{self.server.server_port}/{name}.png"

    def answer(self, handler):
        name = self.hosts[handler.headers["Host"].split(":")[0]]
        config = self.cases[name]["requests"][self.step]
        sent = {field.lower(): value for field, value in handler.headers.items()}
        self.seen[name, self.step].append(sent)
        status = self.status(name, config, sent)
        fields = [
            (field, written(config, field.lower(), value))
            for field, value, *_ in config.get("response_headers", [])
        ]
        self.last_fields[name] = {field.lower(): value for field, value in fields}
        if config.get("disconnect"):
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        number = list(self.cases).index(name)
        body = b"" if status[0] in (204, 304) else pictures.png(8, 8, 10 * number + self.step)
        if "content-type" not in self.last_fields[name]:
            fields.append(("Content-Type", "image/png"))
        fields.append(("Content-Length", str(len(body))))
        head = "".join(f"{field}: {value}\r\n" for field, value in fields)
        line = f"HTTP/1.1 {status[0]} {status[1]}\r\n"
        handler.wfile.write((line + head + "\r\n").encode("latin-1") + body)

    def status(self, name, config, sent):
        if not config.get("expected_type", "").endswith("validated"):
            return config.get("response_status", [200, "OK"])
        last = self.last_fields.get(name, {})
        validators = {"if-none-match": "etag", "if-modified-since": "last-modified"}
        if any(sent.get(ours) == last.get(theirs, "") for ours, theirs in validators.items()):
            return 304, "Not Modified"
        return 999, "304 Not Generated"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def configure(site, origin, names, step):
    site.write("all.md", "\n\n".join(f"![]({origin.url(name)})" for name in names))
    hosts = {}
    for name in names:
        fields = collections.defaultdict(list)
        for field, value in origin.cases[name]["requests"][step].get("request_headers", []):
            fields[field].append(str(value))
        if fields:
            joined = {field: ", ".join(values) for field, values in fields.items()}
            hosts[origin.addresses[name]] = {"headers": joined}
    site.write("picdesk.yml", json.dumps({"hosts": hosts}))


def let_time_pass(site, urls):
    with sqlite3.connect(site.root / ".cache/picdesk/index.sqlite") as database:
        database.executemany(
            f"UPDATE entries SET request_time_s = request_time_s - {PAUSE_S}, response_time_s ="
            f" response_time_s - {PAUSE_S}, last_failure_s = last_failure_s - {PAUSE_S}"
            " WHERE url = ?",
            [(url,) for url in urls],
        )
    database.close()


def run_all(site, origin):
    cases = origin.cases
    for step in range(max(len(case["requests"]) for case in cases.values())):
        origin.step = step
        names = [name for name, case in cases.items() if step < len(case["requests"])]
        configure(site, origin, names, step)
        result = site.json("warm")
        assert result.code in (0, 2), result
        paused = [n for n in names if cases[n]["requests"][step].get("pause_after")]
        let_time_pass(site, map(origin.url, paused))


def disagreement(config, requests):
    """What a run did with a URL that its case does not expect; None: nothing."""
    expected = config.get("expected_type", "")
    if expected == "cached":
        return "asked" if requests else None
    if expected and not requests:
        return "not asked"
    if expected == "etag_validated" and "if-none-match" not in requests[0]:
        return "without If-None-Match"
    if expected == "lm_validated" and "if-modified-since" not in requests[0]:
        return "without If-Modified-Since"
    if len(requests) > 1:
        return f"asked {len(requests)} times"
    for name, value in (
        field if isinstance(field, list) else (field, None)
        for field in config.get("expected_request_headers", [])
    ):
        if not requests or requests[0].get(name.lower()) is None:
            return f"without {name}"
        if value is not None and requests[0][name.lower()] != value:
            return f"{name}: {requests[0][name.lower()]}"
    return None


def test_http_cache_tests(site):
    cases = load_cases()
    origin = Origin(cases)
    try:
        run_all(site, origin)
    finally:
        origin.close()
    found = {}
    for name, case in cases.items():
        for step, config in enumerate(case["requests"]):
            wrong = disagreement(config, origin.seen[name, step])
            if wrong:
                found[name] = f"run {step + 1}: {wrong}"
                break
    assert len(cases) > 180
    unexpected = {name: why for name, why in found.items() if name not in OTHERWISE}
    assert not unexpected, json.dumps(unexpected, indent=1)
    assert not OTHERWISE.keys() - found.keys()
