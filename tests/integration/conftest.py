"""What the integration tests share: the real binary, sites to run it on, real and misbehaving
servers.

The binary is that of $PICDESK (dev/test sets it), else of build/. Nothing here sleeps: servers say
when they are ready, and tests wait for the event that they need."""

import contextlib
import functools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import faultd as faultd_module  # noqa: E402
import pictures  # noqa: E402
from certificates import Certificates  # noqa: E402
from island import Island  # noqa: E402
from nginx import Nginx, free_port, quoted  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("PICDESK", TOP / "build/cli/picdesk"))
TIMEOUT_S = 120
SANITIZER = re.compile(r"ERROR: (Address|Leak|Undefined)\w*Sanitizer|runtime error:")


def pytest_configure(config):
    config.addinivalue_line("markers", "full: takes long; runs with dev/test --full")


def pytest_collection_modifyitems(items):
    if os.environ.get("PICDESK_TEST_FULL"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="runs with dev/test --full"))


class Result:
    """What one run left: exit status (negative: the signal that ended it), stdout, stderr."""

    def __init__(self, code, stdout, stderr):
        self.code, self.out, self.err = code, stdout, stderr

    @functools.cached_property
    def report(self):
        return json.loads(self.out)

    @property
    def totals(self):
        return self.report["totals"]

    def image(self, url):
        """The one image with this URL."""
        found = [image for image in self.report["images"] if image["url"] == url]
        assert len(found) == 1, f"{len(found)} images {url} in {self._urls()}"
        return found[0]

    def codes(self, url):
        return [finding["code"] for finding in self.image(url)["findings"]]

    def problems(self, code=None):
        return [p for p in self.report["problems"] if code in (None, p["code"])]

    def _urls(self):
        return [image["url"] for image in self.report["images"]]

    def __repr__(self):
        out, err = self.out[-4000:], self.err[-4000:]
        return f"exit status {self.code}\n--- stdout\n{out}\n--- stderr\n{err}"


class Picdesk:
    """Runs the binary with a home and a temporary folder of its own, in a bare environment."""

    # The tests' servers are on loopback, and politeness to them costs time.
    QUICK = ("--allow-private=127.0.0.0/8", "--host-interval", "0ms", "--max-retries", "0")

    def __init__(self, folder):
        self.binary = BINARY
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            # A proxy that nobody listens at: the environment's proxies are to be ignored.
            "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")},
        }
        for name in ("HOME", "TMPDIR"):
            pathlib.Path(self.environment[name]).mkdir()

    def start(self, *arguments, cwd, wrapper=(), env=None, **options):
        if not self.binary.exists():
            pytest.fail(f"{self.binary} is missing: build first (dev/test does)")
        options = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            **options,
        }
        # LeakSanitizer traces its own process, which strace does already.
        untraced = {}
        if "strace" in wrapper and "ASAN_OPTIONS" in self.environment:
            untraced["ASAN_OPTIONS"] = self.environment["ASAN_OPTIONS"] + ":detect_leaks=0"
        return subprocess.Popen(
            [*wrapper, str(self.binary), *map(str, arguments)],
            cwd=cwd,
            env={**self.environment, **untraced, **(env or {})},
            **options,
        )

    def finish(self, process, timeout=TIMEOUT_S, stdin=None):
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            # SIGABRT, so that a core or a sanitizer's report says where it hung.
            process.send_signal(signal.SIGABRT)
            out, err = process.communicate()
            tail = (out or b"")[-2000:] + (err or b"")[-2000:]
            pytest.fail(f"picdesk did not end in {timeout} s: {tail!r}")
        result = Result(
            process.returncode,
            (out or b"").decode("utf-8", "surrogateescape"),
            (err or b"").decode("utf-8", "surrogateescape"),
        )
        assert not SANITIZER.search(result.err), result
        assert result.code not in (
            -signal.SIGSEGV,
            -signal.SIGBUS,
            -signal.SIGABRT,
            -signal.SIGILL,
        ), result
        return result

    def __call__(self, *arguments, cwd, stdin=None, timeout=TIMEOUT_S, **options):
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        return self.finish(self.start(*arguments, cwd=cwd, **options), timeout, stdin)


class Site:
    """A site in a folder of its own, and picdesk run in it."""

    def __init__(self, root, picdesk):
        self.root, self.picdesk = root, picdesk
        root.mkdir(parents=True, exist_ok=True)

    def write(self, path, content):
        """Text is dedented; bytes are written as they are."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(textwrap.dedent(content).lstrip("\n"), encoding="utf-8")
        return file

    def jekyll(self, baseurl=""):
        self.write("_config.yml", f'title: Test\nbaseurl: "{baseurl}"\n')
        return self

    def news(self, name, *urls, body="Text.\n"):
        """An article with these images, one after the other: images[0].url stands in line 5."""
        lines = ["---", "category: news", f"title: {name}", "images:"]
        lines += [f'  - url: "{url}"' for url in urls]
        return self.write(f"_news/{name}.md", "\n".join(lines + ["---", body]))

    def run(self, verb, *arguments, **options):
        return self.picdesk(verb, *arguments, cwd=options.pop("cwd", self.root), **options)

    def json(self, verb, *arguments, **options):
        """The verb with --format json, made quick for loopback; scan needs none of that."""
        quick = () if verb == "scan" else Picdesk.QUICK
        return self.run(verb, *quick, "--format", "json", *arguments, **options)

    def scan(self, *arguments, **options):
        return self.json("scan", *arguments, **options)

    def build(self, *arguments, **options):
        return self.json("build", *arguments, **options)

    def check(self, *arguments, **options):
        return self.json("check", *arguments, **options)

    def manifest(self, path="_data/picdesk.json"):
        return json.loads((self.root / path).read_text(encoding="utf-8"))

    def thumbs(self, folder="assets/thumbs"):
        """The published files, by name, without picdesk's own list of them."""
        return {
            file.name: file
            for file in sorted((self.root / folder).glob("*"))
            if file.suffix in (".webp", ".jpg", ".png", ".avif")
        }

    def tree(self, *folders):
        """Every file below with its bytes and its mtime: equal trees were not touched."""
        return {
            str(file.relative_to(self.root)): (file.read_bytes(), file.stat().st_mtime_ns)
            for folder in folders
            for file in sorted((self.root / folder).rglob("*"))
            if file.is_file()
        }


@pytest.fixture
def picdesk(tmp_path):
    return Picdesk(tmp_path)


@pytest.fixture
def site(tmp_path, picdesk):
    return Site(tmp_path / "site", picdesk)


@pytest.fixture
def make_site(tmp_path, picdesk):
    """More than one site a test: make_site("name")."""
    return lambda name: Site(tmp_path / name, picdesk)


@pytest.fixture
def faultd():
    with faultd_module.Faultd() as server:
        yield server


@pytest.fixture
def make_island(tmp_path):
    """Networks of their own: make_island("no-names"), see island.py."""
    if not Island.is_possible():
        pytest.skip("this machine gives no namespaces")
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(Island(tmp_path / "island", *options))


@pytest.fixture
def island(make_island):
    return make_island()


@pytest.fixture
def other_faultd():
    """Another host."""
    with faultd_module.Faultd("127.0.0.2") as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


class Web:
    """nginx with one folder of files under several freshness rules.

    url("fresh", "a.jpg"): max-age of a day; "stale": max-age=0, with validators; "bare": max-age=0
    without validators; "plain": nothing said. The same names at https (HTTP/2), and "to-http",
    which redirects to http from wherever it is asked."""

    RULES = {
        "fresh": 'add_header Cache-Control "max-age=86400";',
        "stale": 'add_header Cache-Control "max-age=0";',
        "bare": 'add_header Cache-Control "max-age=0"; etag off; add_header Last-Modified "";',
        "plain": "",
    }

    def __init__(self, folder, certificates):
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        self.port, self.tls_port = free_port(), free_port()
        self.certificates = certificates
        locations = "\n".join(
            f"\t\tlocation /{name}/ {{ alias {quoted(f'{self.files}/')}; {rule} }}"
            for name, rule in self.RULES.items()
        )
        locations += f"\n\t\tlocation ~ ^/to-http/(.*)$ {{ return 302 {self.url('fresh', '$1')}; }}"
        servers = [f"\tserver {{\n\t\tlisten 127.0.0.1:{self.port};\n{locations}\n\t}}"]
        self.tls_ports = {"good": self.tls_port}
        kinds = ("good", "expired", "wrong-host", "self-signed", "common-name", "other-name")
        for kind in kinds:
            certificate, key = certificates.certificate(kind)
            port = self.tls_ports.setdefault(kind, free_port())
            servers.append(
                f"\tserver {{\n\t\tlisten 127.0.0.1:{port} ssl http2;\n"
                f"\t\tssl_certificate {quoted(certificate)};\n"
                f"\t\tssl_certificate_key {quoted(key)};\n"
                f"{locations}\n\t}}"
            )
        self.server = Nginx(folder / "nginx", "\n".join(servers), self.port)

    def put(self, name, data):
        """A file under every rule; another mtime or size gives it another entity tag."""
        file = self.files / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def url(self, rule, name):
        return f"http://127.0.0.1:{self.port}/{rule}/{name}"

    def tls_url(self, rule, name, kind="good", host="127.0.0.1"):
        return f"https://{host}:{self.tls_ports[kind]}/{rule}/{name}"

    def requests(self):
        return self.server.requests()

    def forget(self):
        self.server.forget()


@pytest.fixture
def web(tmp_path, certificates):
    server = Web(tmp_path / "web", certificates)
    yield server
    server.server.close()


@pytest.fixture
def photo_site(site, web):
    """A Jekyll site of two articles, four pictures of known sizes, at nginx, fresh for a day."""
    site.jekyll()
    for name, width, height in (
        ("a", 1200, 600),
        ("b", 800, 600),
        ("c", 300, 200),
        ("d", 600, 900),
    ):
        web.put(f"{name}.jpg", pictures.jpeg(width, height, seed=ord(name)))
    site.news("one", web.url("fresh", "a.jpg"), web.url("fresh", "b.jpg"))
    site.news("two", web.url("fresh", "c.jpg"), web.url("fresh", "d.jpg"))
    return site
