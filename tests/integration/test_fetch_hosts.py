"""Hosts and the network as a whole: one verdict for a dead host, none for a dead network; slow name
servers; secrets that stay at home; our own lacks, which are no image's fault."""

import collections
import random
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

import pictures
from faultd import Closed, Faultd


def graves(result):
    """url -> grave codes, or the status"""
    return {
        image["url"]: tuple(
            f["code"] for f in image["findings"] if f["severity"] in ("broken", "blocked")
        )
        or image["status"]
        for image in result.report["images"]
    }


# --- dead hosts ---


@pytest.mark.parametrize("seed", range(3))
def test_one_verdict_for_a_dead_host_in_any_order(make_site, faultd, seed):
    """Ten hosts, dead in two ways, among good images: neither order nor slots make a difference."""
    with Faultd() as closed:
        dead = [closed.url(f"/{i}.jpg") for i in range(12)]
    silent = [faultd.url(f"/reset-at-once?{i}") for i in range(12)]
    with Faultd() as good:
        urls = dead + silent + [good.url(f"/image/{i}") for i in range(6)]
        random.Random(seed).shuffle(urls)
        site = make_site("site").jekyll()
        site.news("one", *urls)
        result = site.check("--host-concurrency", str(1 + seed * 3))
        found = graves(result)
        assert {found[url] for url in dead} == {("connect",)}
        messages = {
            f["message"]
            for image in result.report["images"]
            for f in image["findings"]
            if f["severity"] == "broken"
        }
        assert len(messages) == 2, messages
        assert {found[url] for url in silent} == {("connect",)}
        assert all(found[good.url(f"/image/{i}")] == "ok" for i in range(6))
        assert len(result.problems("host-down")) == 2 == len(result.problems())
    # Not all were tried.
    assert len(faultd.requests()) < 12


def test_a_host_in_doubt_is_asked_for_nothing_new(site, faultd):
    """Five attempts in a row were reset: what was begun is repeated, the other 40 images wait for that."""
    site.jekyll().news("one", *(faultd.url(f"/reset-at-once?{i}") for i in range(48)))
    result = site.check("--max-retries", "2")
    assert set(graves(result).values()) == {("connect",)} and result.problems("host-down")
    # Four at once: at most eight were begun, each asked three times. An answer would have ended it.
    assert len({r.target for r in faultd.requests()}) <= 8
    assert len(faultd.requests()) <= 24


def test_a_host_that_comes_back_is_no_longer_in_doubt(site, faultd):
    """It resets the first six requests, as one that starts anew."""

    def start(connection, _request, _rest):
        if len(faultd.requests()) <= 6:
            connection.reset()
        connection.answer(200, faultd.image)

    faultd.do_start = start
    site.jekyll().news("one", *(faultd.url(f"/start?{i}") for i in range(30)))
    result = site.check("--max-retries", "2")
    assert result.totals["ok"] == 30 and not result.problems("host-down"), result


class NarrowFaultd(Faultd):
    """Takes one connection at a time, and ends all others at once, without a word."""

    def __init__(self, is_reset):
        self.is_reset, self.guests = is_reset, 0
        super().__init__()

    def _serve(self, sock, number):
        with self._changed:
            is_one_too_many = self.guests > 0
            self.guests += not is_one_too_many
        if not is_one_too_many:
            super()._serve(sock, number)
            with self._changed:
                self.guests -= 1
            return
        if self.is_reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    def do_slowly(self, connection, _request, _rest):
        connection.pause(0.05)
        connection.answer(200, self.image)


@pytest.mark.parametrize("is_reset", [False, True], ids=["close", "reset"])
def test_a_host_that_ends_connections_too_many_for_it(site, is_reset):
    """It is no dead one, and its images are not broken: it is asked for less at once."""
    with NarrowFaultd(is_reset) as narrow:
        site.jekyll().news("one", *(narrow.url(f"/slowly?{i}") for i in range(30)))
        result = site.check("--host-concurrency", "10", "--max-retries", "5")
        assert result.totals["ok"] == 30 and not result.problems("host-down"), result
        # Ten at first; then one more now and then, which is refused.
        assert narrow.connections < 60


class BusyFaultd(Faultd):
    """Takes two connections, and lets the others stand before the door."""

    def __init__(self):
        super().__init__()
        self._listener.listen(0)

    def _accept(self):
        for number in (1, 2):
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()
        self.closing.wait()

    def do_slowly(self, connection, _request, _rest):
        connection.pause(0.05)
        connection.answer(200, self.image)


def test_a_host_that_answers_others_meanwhile_is_not_down(site):
    """Seven attempts to connect end at once, and in vain; two connections bring answers all the time."""
    with BusyFaultd() as busy:
        site.jekyll().news("one", *(busy.url(f"/slowly?{i}") for i in range(60)))
        limits = ("--connect-timeout", "1s", "--timeout", "3s", "--max-retries", "5")
        result = site.check("--host-concurrency", "10", *limits)
        assert result.totals["ok"] == 60 and not result.problems("host-down"), result


def test_an_answer_between_keeps_a_host_up(site, faultd):
    """Four resets, a 404, four resets, and so on: each URL has its own verdict."""
    urls = []
    for i in range(15):
        urls.append(faultd.url(f"/reset-at-once?{i}" if i % 5 else f"/status/404?{i}"))
    site.jekyll().news("one", *urls)
    result = site.check("--host-concurrency", "1")
    assert set(graves(result).values()) == {("connect",), ("gone",)}
    assert not result.problems("host-down")
    # libcurl itself asks once more where a connection was reset that it had used before.
    assert len({r.target for r in faultd.requests()}) == 15


def test_refused_addresses_do_not_count(site, faultd):
    hops = [faultd.url(f"/redirect-to?url=http://10.0.0.{i}/") for i in range(8)]
    site.jekyll().news("one", *hops, faultd.url("/image/1"))
    result = site.check("--host-concurrency", "1")
    assert set(graves(result).values()) == {("forbidden-address",), "ok"}
    assert not result.problems("host-down")


# --- the network ---


@pytest.mark.parametrize("options", [("no-names", "no-route"), ("no-names",)])
def test_a_network_that_is_down_breaks_no_image(site, make_island, options):
    """No name server listens: hosts, names and images are not to blame."""
    island = make_island(*options)
    urls = [f"https://site{i}.test/{j}.jpg" for i in range(40) for j in range(5)]
    site.jekyll().news("one", *urls)
    started = time.monotonic()
    result = site.check(wrapper=island.wrapper)
    assert result.code == 1 and "the network is down" in result.err, result
    assert result.totals["broken"] == 0 and result.totals["unchecked"] == len(urls)
    assert result.report["run"]["complete"] is False and result.problems() == []
    assert time.monotonic() - started < 30
    # Nothing was remembered against them.
    assert site.run("check", "--offline", "-f", "json").totals["broken"] == 0


@pytest.mark.parametrize("host", ["localhost:4000", "a.localhost", "a" * 64 + ".test", "a*b.test"])
def test_what_this_machine_knows_is_no_answer_of_the_network(site, make_island, host):
    """A draft's link to its author's own server, and names that no name server is asked for."""
    island = make_island("no-names", "no-route")
    odd = f"http://{host}/a.jpg"
    others = [f"https://site{i}.test/a.jpg" for i in range(30)]
    site.jekyll().news("one", odd, *others)
    result = site.run("check", "-f", "json", wrapper=island.wrapper)
    assert result.code == 1 and "the network is down" in result.err, result
    # The odd one may be judged before the network is, or not.
    assert {i["url"]: i["status"] for i in result.report["images"]} in [
        {odd: status} | {url: "unchecked" for url in others} for status in ("broken", "unchecked")
    ], result


@pytest.mark.parametrize("kind", ["blackhole", "unreachable", "prohibit"])
def test_a_route_that_leads_nowhere_is_a_dead_network(site, make_island, kind):
    """Addresses need no name server."""
    island = make_island("no-route")
    for family in ("-4", "-6"):
        command = [*island.wrapper, "ip", family, "route", "add", kind, "default"]
        subprocess.run(command, check=True)
    urls = [f"http://{host}/{i}.jpg" for host in ("192.5.6.30", "[2001:500::30]") for i in range(9)]
    site.jekyll().news("one", *urls)
    result = site.check(wrapper=island.wrapper)
    assert result.code == 1 and "the network is down" in result.err, result
    assert result.totals["unchecked"] == len(urls) and result.problems() == []


@pytest.mark.parametrize("count", [1, 60])
def test_one_host_does_not_hide_a_dead_network(site, make_island, count):
    """All images are of one host, and there is a route, but no name server: it was never asked."""
    island = make_island("no-names")
    site.jekyll().news("one", *(f"https://site.test/{i}.jpg" for i in range(count)))
    result = site.check(wrapper=island.wrapper)
    assert result.code == 1 and "the network is down" in result.err, result
    assert (result.totals["broken"], result.totals["unchecked"]) == (0, count)


@pytest.mark.parametrize("host", ["broken.test", "silent.test"])
def test_one_dead_name_is_no_dead_network(site, island, host):
    """The name server is asked for another one, and says that it does not know it: that is enough."""
    url = f"https://{host}/a.jpg"
    site.jekyll().news("one", url)
    result = site.check(wrapper=island.wrapper)
    assert result.code == 2 and "dns" in result.codes(url), result


def test_a_dead_network_leaves_the_site_as_it_is(site, make_island, faultd):
    url = faultd.serve("/a.jpg", faultd.image, max_age=0, ETag='"1"')
    site.jekyll().news("one", url, "https://there.test/b.jpg", "https://here.test/b.jpg")
    site.build()
    before = site.tree("assets", "_data")
    island = make_island("no-names", "no-route")
    result = site.build("--refresh", "--exclude", "^http:", wrapper=island.wrapper)
    assert result.code == 1, result
    assert site.tree("assets", "_data") == before


def test_a_dead_host_is_not_a_dead_network(site, island):
    """The name server answers: what it does not know is broken."""
    lost = [f"http://none{i}.test/a.jpg" for i in range(30)]
    site.jekyll().news("one", *lost)
    result = site.check(wrapper=island.wrapper)
    assert result.code == 2 and set(graves(result).values()) == {("dns",)}, result


def test_black_holed_names_cost_the_others_little(site, island):
    """20 names that the name server never answers for, and 1,000 good URLs of 20 hosts: each dead
    name is asked for once in haste, and again only when no other name waits."""
    good = [island.url(f"/image/{i % 10}?{i}", f"here{i % 20}.test") for i in range(1000)]
    silent = [f"http://silent{i}.test/a.jpg" for i in range(20)]
    site.jekyll().news("one", *silent[:10], *good, *silent[10:])
    result = site.check("--host-concurrency", "8", wrapper=island.wrapper)
    assert (result.totals["ok"], result.totals["broken"]) == (1000, 20), result.totals
    assert len([path for path, *_ in island.requests() if path.startswith("/image/")]) == 1000
    asked = island.asked()
    last_good = max(asked.index(f"here{i}.test") for i in range(20))
    before = collections.Counter(name for name in asked[:last_good] if name.startswith("silent"))
    # A and AAAA. Eight threads had nothing else to look up when the first of them were read.
    assert all(count <= 2 for count in before.values()), before
    assert collections.Counter(asked)["silent0.test"] > 2


def test_a_slow_name_server_is_waited_for(site, island):
    """Longer than for a first, hasty question."""
    urls = [island.url(f"/image/{i}", f"late{i}.test") for i in range(3)]
    site.jekyll().news("one", *urls)
    result = site.check(wrapper=island.wrapper)
    assert (result.totals["ok"], result.code) == (3, 0), result


def test_a_dead_name_server_stops_nobody_who_needs_none(site, make_island):
    """Addresses go on being asked while names wait for a server that is not there."""
    island = make_island("no-names")
    names = [f"http://host{i}.test/a.jpg" for i in range(40)]
    literals = [island.url(f"/image/{i}") for i in range(40)]
    site.jekyll().news("one", *names, *literals)
    result = site.check(wrapper=island.wrapper)
    assert (result.totals["ok"], result.totals["broken"]) == (40, 40), result.totals
    assert all("dns" in result.codes(url) for url in names)


# --- secrets ---


def test_secrets_stay_with_their_host(site, faultd):
    """By redirect, in traces, in every report, in the cache, in `config`, and after a refusal."""
    other = faultd.url("/image/1")
    home = faultd.url("/redirect-to?url=" + other).replace("127.0.0.1", "localhost", 1)
    home_404 = faultd.url("/status/404").replace("127.0.0.1", "localhost")
    again = faultd.url("/image/2").replace("127.0.0.1", "localhost")
    back = faultd.url("/redirect-to?url=" + again)
    site.jekyll().news("one", home, home_404, back)
    site.write(
        "picdesk.yml",
        "hosts:\n  localhost:\n"
        "    headers: {Authorization: 'Bearer ${TOKEN}', Cookie: 'k=${TOKEN}'}\n",
    )
    secret = {"TOKEN": "s3cr3t-t0ken"}
    result = site.check("-vv", env=secret)
    for request in faultd.requests():
        is_home = request.headers["host"].startswith("localhost")
        assert (request.headers.get("authorization") == "Bearer s3cr3t-t0ken") is is_home, request
        assert ("cookie" in request.headers) is is_home
    assert {r.path for r in faultd.requests()} == {
        "/redirect-to", "/image/1", "/image/2", "/status/404",
    }  # fmt: skip
    texts = [result.out + result.err]
    for verb in (("report", "-v"), ("report", "-f", "json"), ("config",), ("show", home_404)):
        done = site.run(*verb, env=secret)
        texts.append(done.out + done.err)
    assert "s3cr3t" not in "".join(texts)
    for file in site.root.rglob("*"):
        assert not file.is_file() or b"s3cr3t" not in file.read_bytes(), file


def test_a_secret_does_not_follow_a_downgrade(site, web):
    """The host is its own, but the way there is in clear text, and a server chose it."""
    web.put("a.jpg", pictures.jpeg(64, 64))
    site.jekyll().news("one", web.tls_url("to-http", "a.jpg"))
    site.write("picdesk.yml", "hosts:\n  127.0.0.1:\n    headers: {User-Agent: '${TOKEN}'}\n")
    trust = ("--cacert", str(web.certificates.authority))
    result = site.check("--allow-downgrade", *trust, env={"TOKEN": "s3cr3t"})
    assert result.totals["ok"] == 1, result
    agents = {r["path"]: r["user_agent"] for r in web.requests()}
    assert agents["/to-http/a.jpg"] == "s3cr3t" and "picdesk/" in agents["/fresh/a.jpg"]


@pytest.mark.parametrize("is_named", [False, True])
def test_a_secret_does_not_follow_to_another_port(site, faultd, is_named):
    """Where the settings name no port, a redirect leads from the server that is meant to one that may
    be another's; both are told where both are in articles."""
    with Faultd() as other:
        target = other.url("/image/1")
        site.jekyll().news("one", faultd.url("/redirect-to?url=" + target), other.url("/image/2"))
        key = f"127.0.0.1:{other.port}" if is_named else "127.0.0.1"
        site.write("picdesk.yml", f"hosts:\n  {key}:\n    headers: {{X-Key: '${{TOKEN}}'}}\n")
        result = site.check(env={"TOKEN": "s3cr3t"})
        assert result.totals["ok"] == 2, result
        told = {r.path: r.headers.get("x-key") for r in faultd.requests() + other.requests()}
    assert told == {
        "/redirect-to": None if is_named else "s3cr3t",
        "/image/1": "s3cr3t" if is_named else None,
        "/image/2": "s3cr3t",
    }


def test_a_host_may_be_named_with_its_port(site, faultd):
    """As the report names it: what stands there goes to that port alone."""
    with Faultd() as other:
        site.jekyll().news("one", faultd.url("/image/1"), other.url("/image/2"))
        headers = "{concurrency: 2, headers: {X-Key: here}}"
        site.write("picdesk.yml", f"hosts:\n  127.0.0.1:{faultd.port}: {headers}\n")
        result = site.check()
        assert result.totals["ok"] == 2, result
        assert [r.headers.get("x-key") for r in faultd.requests()] == ["here"]
        assert [r.headers.get("x-key") for r in other.requests()] == [None]


def test_no_secret_is_stored_with_an_answer_that_varies_by_it(site, faultd):
    """RFC 9111 4.1: what the request said is compared, but neither the cache nor an export says it."""
    faultd.serve("/a.jpg", faultd.image, max_age=600, Vary="Authorization, X-Key")
    site.jekyll().news("one", faultd.url("/a.jpg"))
    site.write(
        "picdesk.yml",
        "hosts:\n  127.0.0.1:\n    headers: {Authorization: 'a ${TOKEN}', X-Key: '${TOKEN}'}\n",
    )
    for token, asked in (("s3cr3t-one", 1), ("s3cr3t-one", 1), ("s3cr3t-two", 2)):
        result = site.build("-vv", env={"TOKEN": token})
        assert (result.totals["ok"], len(faultd.requests())) == (1, asked), result
    site.run("export", "out.tar", env={"TOKEN": "s3cr3t-two"})
    assert (site.root / "out.tar").is_file()
    for file in site.root.rglob("*"):
        assert not file.is_file() or b"s3cr3t" not in file.read_bytes(), file


def test_a_secret_that_is_not_set_is_an_error_of_the_config(site, faultd):
    site.jekyll().news("one", faultd.url("/image/1"))
    site.write("picdesk.yml", "hosts:\n  127.0.0.1:\n    headers: {X-Key: '${NO_SUCH}'}\n")
    result = site.check()
    assert result.code == 3 and "NO_SUCH" in result.err and "picdesk.yml:3" in result.err, result
    assert faultd.requests() == []


@pytest.mark.parametrize("rest", ["", ": x"])
def test_a_secret_in_a_mistake_is_not_said(site, faultd, rest):
    """A whole field in quotes, which YAML takes for a key without a value."""
    site.jekyll().news("one", faultd.url("/image/1"))
    header = f"'Authorization: Bearer s3cr3t'{rest}"
    site.write("picdesk.yml", f"hosts:\n  127.0.0.1:\n    headers: {{{header}}}\n")
    for verb in ("check", "config"):
        result = site.run(verb)
        assert result.code == 3 and "picdesk.yml:3" in result.err, result
        assert "'Authorization'" in result.err and "s3cr3t" not in result.err, result
    assert faultd.requests() == []


# --- deferred ---


def test_deferred_is_kept_by_every_later_run(site, faultd):
    """And by every URL of the host: the pause is the host's."""
    told = faultd.url("/retry-after/429/1000000000")
    others = [faultd.url(f"/image/{i}") for i in range(5)]
    site.jekyll().news("one", told, *others)
    first = site.check("--host-concurrency", "1")
    assert first.code == 0 and graves(first)[told] == "unchecked"
    assert len(faultd.requests()) == 1
    assert all("deferred" in first.codes(url) for url in [told, *others])
    for verb in ("check", "build", "warm"):
        again = site.json(verb)
        assert again.totals["unchecked"] == 6 and "deferred" in again.codes(told), (verb, again)
    # Nor is what is new there.
    site.news("two", faultd.url("/image/9"))
    assert site.build().totals["unchecked"] == 7
    assert len(faultd.requests()) == 1
    # But a user who insists is obeyed.
    assert site.check("--refresh").totals["ok"] == 7


def test_the_host_that_deferred_is_the_one_that_said_so(site, faultd, other_faultd):
    """A redirect led there: the host that redirects goes on being asked, and what is new of the other
    one waits, also where it stands before what was deferred."""
    told = faultd.url("/redirect-to?url=" + other_faultd.url("/retry-after/429/3600"))
    site.jekyll().news("m", told)
    assert graves(site.check())[told] == "unchecked"
    news = {server: [server.url(f"/image/{i}") for i in range(2)] for server in (faultd, other_faultd)}
    site.news("a", news[faultd][0], news[other_faultd][0])
    site.news("z", news[faultd][1], news[other_faultd][1])
    for verb in ("check", "build"):
        result = site.json(verb)
        assert all(result.image(url)["status"] == "ok" for url in news[faultd]), result
        for url in (told, *news[other_faultd]):
            assert (result.image(url)["status"], "deferred" in result.codes(url)) == ("unchecked", True)
    assert len(other_faultd.requests()) == 1
    # Asked by one who insists, it answers, and is asked from then on.
    assert site.check("--refresh").totals["ok"] == 5
    site.news("y", other_faultd.url("/image/7"))
    assert site.check().totals["ok"] == 6


def test_a_deferred_host_is_not_asked_for_what_is_looked_up_first(site, faultd):
    """More images than are looked up before the first request goes out."""
    site.jekyll().news("z", faultd.url("/retry-after/503/3600"))
    site.check()
    site.news("a", *(faultd.url(f"/image/1?{i}") for i in range(2500)))
    result = site.check("--host-concurrency", "32")
    assert (result.totals["unchecked"], len(faultd.requests())) == (2501, 1), result.totals


def test_a_guard_that_says_when_to_come_back_is_obeyed(site, faultd):
    """Cloudflare's 1015 is a pause, not a challenge."""
    limits = {"/soon": "1", "/late": "3600"}

    def limit(connection, request, rest):
        if sum(r.path == request.path for r in faultd.requests()) > 1:
            connection.answer(200, faultd.image)
            return
        fields = [("Server", "cloudflare"), ("Retry-After", limits["/" + rest])]
        connection.answer(429, b"error code: 1015", [("Content-Type", "text/plain"), *fields])

    faultd.do_limit = limit
    site.jekyll().news("one", faultd.url("/limit/soon"))
    assert site.check("--max-retries", "1").totals["ok"] == 1
    first, second = faultd.requests()
    assert second.at - first.at > 0.9
    site.news("one", faultd.url("/limit/late"))
    assert graves(site.check())[faultd.url("/limit/late")] == "unchecked"


@pytest.mark.parametrize(
    "path, least_s, most_s",
    [
        ("/retry-after/503/1", 0.9, 10),
        ("/retry-after/502/2", 1.9, 10),
        ("/retry-after/408/2", 1.9, 10),
        ("/retry-after-date/503/2", 0.9, 10),
        ("/retry-after-date/429/-100", 0, 3),
        ("/retry-after/503/0", 0, 3),
        ("/retry-after/503/%201%20", 0.9, 10),
        ("/retry-after/503/-1", 0, 5),
        ("/retry-after/503/1.5", 0, 5),
        ("/retry-after/503/%F0%9F", 0, 5),
        ("/retry-after/503/Thu,%2032%20Foo", 0, 5),
    ],
)
def test_forms_of_retry_after(site, faultd, path, least_s, most_s):
    site.jekyll().news("one", faultd.url(path))
    result = site.check("--max-retries", "1")
    assert result.totals["ok"] == 1, result
    first, second = faultd.requests()
    assert least_s <= second.at - first.at <= most_s


def test_the_pause_is_the_hosts(site, faultd):
    """While one URL was told to wait, no other of its host is asked."""
    site.jekyll().news("one", faultd.url("/retry-after/503/1"), faultd.url("/image/1"))
    result = site.check("--max-retries", "1", "--host-concurrency", "1")
    assert result.totals["ok"] == 2
    times = [r.at for r in faultd.requests()]
    assert len(times) == 3 and times[1] - times[0] > 0.9


def test_a_pause_outlives_a_run_that_is_cut_off(site, faultd):
    """The one second's time is over while the host rests for a minute."""
    site.jekyll().news("one", faultd.url("/retry-after/503/60"), faultd.url("/image/1"))
    one = ("--host-concurrency", "1", "--max-retries", "1")
    result = site.check("--max-time", "1s", *one)
    assert (result.totals["unchecked"], len(faultd.requests())) == (2, 1), result
    for verb in ("check", "build"):
        result = site.json(verb, *one)
        assert (result.totals["unchecked"], len(faultd.requests())) == (2, 1), result
        assert all("deferred" in result.codes(i["url"]) for i in result.report["images"])
    assert site.check("--refresh", *one).totals["ok"] == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_limit_on_requests_breaks_no_image(site, faultd, status):
    """Four answers, and then none for a while, to whatever comes; it does not say for how long."""
    state = {"left": 4, "shut_until": 0}

    def limited(connection, _request, _rest):
        now = time.monotonic()
        if now < state["shut_until"]:
            connection.answer(status)
        elif not state["left"]:
            state.update(left=4, shut_until=now + 0.8)
            connection.answer(status)
        else:
            state["left"] -= 1
            connection.answer(200, faultd.image)

    faultd.do_limited = limited
    site.jekyll().news("one", *(faultd.url(f"/limited?{i}") for i in range(30)))
    result = site.check("--max-retries", "2", "--host-concurrency", "1")
    assert result.totals["ok"] == 30, result
    assert max(collections.Counter(r.target for r in faultd.requests()).values()) <= 3


# --- our own lacks ---


def test_few_descriptors_break_no_image(site, faultd):
    urls = [faultd.url(f"/image/{i % 7}?{i}") for i in range(200)]
    site.jekyll().news("one", *urls)
    result = site.check(
        "--max-concurrency", "256", "--host-concurrency", "256",
        wrapper=("prlimit", "--nofile=80:80"),
    )  # fmt: skip
    assert (result.totals["ok"], result.code) == (200, 0), result


@pytest.mark.parametrize("limit", [80, 128])
def test_a_batch_is_no_larger_than_descriptors_allow(site, faultd, limit):
    site.jekyll().news("one", *(faultd.url(f"/image/{i}") for i in range(150)))
    result = site.check(
        "--host-concurrency", "64", wrapper=("prlimit", f"--nofile={limit}:{limit}")
    )
    assert (result.totals["ok"], result.code) == (150, 0), result


def test_no_descriptors_at_all_is_our_own_fault(site, faultd):
    urls = [faultd.url(f"/image/{i}") for i in range(30)]
    site.jekyll().news("one", *urls)
    for limit in (12, 16, 20, 24, 28):
        result = site.check(wrapper=("prlimit", f"--nofile={limit}:{limit}"))
        assert result.code in (0, 1), (limit, result)
        if result.code == 1:
            assert result.err.strip(), limit
        assert '"status": "broken"' not in result.out, (limit, result)


# --- words ---


def test_certificate_failures_in_distinct_words(site, web):
    web.put("a.jpg", pictures.jpeg(64, 64))
    urls = {kind: web.tls_url("fresh", "a.jpg", kind) for kind in web.tls_ports}
    site.jekyll().news("one", *urls.values(), web.url("fresh", "a.jpg").replace("http", "https"))
    result = site.check("--cacert", str(web.certificates.authority))

    def words(url):
        return [f["message"] for f in result.image(url)["findings"] if f["code"] == "tls"]

    assert words(urls["good"]) == []
    assert words(urls["expired"]) == ["the certificate has expired"]
    assert words(urls["wrong-host"]) == ["the certificate is for another host"]
    assert words(urls["self-signed"]) == ["the certificate is self-signed"]
    for kind in ("common-name", "other-name"):  # browsers read no common name
        (said,) = words(urls[kind])
        assert said.startswith("the certificate is for another host (it has no subjectAltName")
    plain = web.url("fresh", "a.jpg").replace("http", "https")
    assert words(plain) == ["the host does not speak TLS on this port"]
    (unknown,) = (
        f["message"]
        for f in site.check("--refresh").image(urls["good"])["findings"]
        if f["code"] == "tls"
    )
    assert unknown == "the certificate's issuer is unknown"


def test_what_has_no_name_is_asked_for_nothing(site, web):
    """Nor by those that wait for its connection of HTTP/2."""
    web.put("a.jpg", pictures.jpeg(64, 64))
    url = web.tls_url("fresh", "a.jpg", "common-name")
    site.jekyll().news("one", *(f"{url}?{i}" for i in range(40)))
    run = ("--cacert", str(web.certificates.authority), "--host-concurrency", "20")
    assert set(graves(site.check(*run)).values()) == {("tls",)}
    assert web.requests() == []
    assert site.check("--insecure").totals["ok"] == 40


EVIL = "\x1b[31m\x07\r::error::x\x9b0m\u202e\u061c"


def test_answers_inject_nothing(site, faultd):
    """Escape sequences and CI commands in a type, a title, a redirect's target, an entity tag."""
    faultd.serve("/title", f"<html><title>\n::error::{EVIL}</title>".encode(), "text/html")
    raw = EVIL.replace("\r", "").encode("utf-8").decode("latin-1")

    def evil(connection, _request, rest):
        if not rest.isdigit():  # where the redirects lead
            connection.answer(404)
            return
        fields = b"".join(
            name + b": " + raw.encode("latin-1") + b"::warning::\r\n"
            for name in (b"Content-Type", b"ETag", b"Server", b"Location", b"Last-Modified")
        )
        head = b"HTTP/1.1 " + rest.encode() + b" \x1b[31m::error::\r\nContent-Length: %d\r\n"
        connection.send(head % len(faultd.image) + fields + b"\r\n" + faultd.image)

    faultd.do_evil = evil
    urls = ["/title", "/evil/200", "/evil/302", "/evil/404", "/evil/301"]
    site.jekyll().news("one", *map(faultd.url, urls))
    run = ("check", *site.picdesk.QUICK, "--color", "never")
    for arguments in (("-vv",), ("-v", "--refresh"), ("-f", "json", "--refresh"), ("-f", "jsonl")):
        result = site.run(*run, *arguments)
        text = result.out + result.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u061c]", text), repr(text)
        assert not re.search(r"^\s*::", text, re.MULTILINE), text


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def idle_faultd(request, web):
    """One whose connections are used again, without and within TLS."""
    context = None
    if request.param:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*web.certificates.certificate("good"))
    with Faultd(tls=context) as server:
        yield server


def test_a_connection_is_used_again(site, idle_faultd):
    site.jekyll().news("one", *(idle_faultd.url(f"/image/{i}") for i in range(4)))
    result = site.check("-k", "--host-concurrency", "1", "--host-interval", "50ms")
    assert result.totals["ok"] == 4, result
    assert len({r.connection for r in idle_faultd.requests()}) == 1


@pytest.mark.parametrize("extra", [b"\r\n", b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"])
def test_what_nobody_asked_for_is_no_answer(site, idle_faultd, extra):
    """Behind a whole answer comes more, a moment later: the connection is not used again."""
    faultd = idle_faultd

    def more(connection, _request, _rest):
        connection.answer(200, faultd.image)
        connection.pause(0.02)
        connection.send(extra)

    faultd.do_more = more
    site.jekyll().news("one", *(faultd.url(f"/more?{i}") for i in range(4)))
    result = site.check("-k", "--host-concurrency", "1", "--host-interval", "500ms")
    assert result.totals["ok"] == 4, result
    assert len(faultd.requests()) == 4 == result.report["hosts"][0]["requests"]
    assert len({r.connection for r in faultd.requests()}) == 4


@pytest.mark.parametrize("path, found, asked", [("/idle", "ok", 2), ("/status/408", "broken", 2)])
def test_an_idle_connection_that_is_given_up_meanwhile(site, idle_faultd, path, found, asked):
    """408 to the second request of a connection: it was sent while the server gave up. Another one is
    taken at once, and what comes there is the answer."""
    faultd = idle_faultd

    def idle(connection, _request, _rest):
        if connection.served:
            connection.answer(408, b"<h1>408 Request Time-out</h1>", [("Connection", "close")])
            raise Closed
        connection.served = True
        connection.answer(200, faultd.image)

    faultd.do_idle = idle
    urls = [faultd.url("/idle?1"), faultd.url(path + "?2")]
    site.jekyll().news("one", *urls)
    result = site.check("-k", "--host-concurrency", "1", "--max-retries", "0")
    assert result.image(urls[1])["status"] == found, result
    assert len([r for r in faultd.requests() if r.target.endswith("?2")]) == asked


def test_a_proxy_is_asked_only_when_it_is_named(site, faultd):
    """http_proxy and its like are set in all tests; here a real one is named."""
    site.jekyll().news("one", "http://elsewhere.test/image/1")
    faultd.do_http = lambda connection, _request, _rest: connection.answer(200, faultd.image)
    result = site.check("--proxy", f"http://127.0.0.1:{faultd.port}")
    assert [r.target for r in faultd.requests()] == ["http://elsewhere.test/image/1"], result


def test_a_proxy_that_is_down_breaks_no_image(site, faultd):
    """It is named by the user, and none of the images was asked for."""
    with Faultd() as closed:
        proxy = f"http://127.0.0.1:{closed.port}"
    site.jekyll().news("one", *(f"http{s}://elsewhere.test/{s}.jpg" for s in ("", "s")))
    result = site.check("--proxy", proxy)
    assert result.code == 1 and "the proxy does not answer" in result.err, result
    assert (result.totals["broken"], result.totals["unchecked"]) == (0, 2)


def test_no_cookie_no_alt_svc_no_hsts(site, faultd):
    """What one answer asks to remember is not there at the next request."""

    def remember(connection, _request, _rest):
        fields = [
            ("Content-Type", "image/jpeg"),
            ("Set-Cookie", "a=b; Path=/"),
            ("Alt-Svc", f'h2="127.0.0.1:{faultd.port}"'),
            ("Strict-Transport-Security", "max-age=31536000"),
        ]
        connection.answer(200, faultd.image, fields)

    faultd.do_remember = remember
    site.jekyll().news("one", *(faultd.url(f"/remember?{i}") for i in range(4)))
    assert site.check("--host-concurrency", "1").totals["ok"] == 4
    assert all("cookie" not in r.headers for r in faultd.requests())
