"""The network as a whole: no verdict where it is dead, and none against hosts for slow name servers."""

import collections
import contextlib
import ssl
import subprocess
import time

import pytest

import pictures
from judging import graves
from raw_server import RawServer


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


@pytest.mark.parametrize(
    "hosts", [["broken.test"], ["silent.test"], ["broken1.test", "broken2.test", "silent.test"]]
)
def test_a_few_dead_names_are_no_dead_network(site, island, hosts):
    """The name server is asked for another one, and says that it does not know it: that is enough.
    They may be all that a run asks for."""
    urls = [f"https://{host}/a.jpg" for host in hosts]
    site.jekyll().news("one", *urls)
    result = site.check(wrapper=island.wrapper)
    assert result.code == 2 and set(graves(result).values()) == {("dns",)}, result
    assert result.totals["broken"] == len(urls)


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


def test_a_name_server_that_fails_once_is_asked_again(site, island):
    """SERVFAIL is what it says when its own question got no answer; all stub resolvers repeat it."""
    urls = [island.url(f"/image/{i}", f"stumble{i}.test") for i in range(3)]
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


def cut_off(site, island, seconds, *options):
    """Three hosts have answered when their cable is pulled."""
    urls = [island.url(f"/image/{10 * i + j}", f"here{i}.test") for i in range(3) for j in range(9)]
    # The second answer of a host is asked for when the first one is there.
    urls.insert(3, island.url(f"/cut/{seconds}/11/21", "here0.test"))
    site.jekyll().news("one", *urls)
    limits = ("--host-concurrency", "1", "--host-interval", "100ms", "--timeout", "2s")
    return site.check(*limits, *options, wrapper=island.wrapper)


def test_a_network_that_goes_away_breaks_no_image(site, island):
    result = cut_off(site, island, "", "--max-retries", "1")
    assert result.code == 1 and "the network is down" in result.err, result
    assert result.totals["broken"] == 0 and result.totals["unchecked"] > 9, result.totals
    assert result.report["run"]["complete"] is False and result.problems() == []
    # Nothing was remembered against them.
    assert site.run("check", "--offline", "-f", "json").totals["broken"] == 0


@pytest.mark.parametrize("seconds, retries", [(3, 2), (7, 1)])
def test_a_network_that_is_back_soon_is_waited_for(site, island, seconds, retries):
    """What had no attempt left meanwhile is asked for once more."""
    result = cut_off(site, island, seconds, "--max-retries", str(retries))
    assert result.code == 0 and set(graves(result).values()) == {"ok"}, result


def test_a_run_that_is_cut_off_while_the_network_is_away_breaks_no_image(site, island):
    """But for what was asked just before, at a moment when another host still answered: no retry tells
    that from a host that hangs."""
    result = cut_off(site, island, "", "--max-retries", "0", "--max-time", "6s")
    assert result.totals["broken"] < 3 and result.totals["unchecked"] > 9, result
    assert result.problems() == []


class OnceInTls(RawServer):
    """One image; every connection after that is taken, and never a word said in it."""

    def __init__(self, certificates):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificates.certificate("good"))
        super().__init__(tls=tls)

    def _serve(self, sock, number):
        try:
            if number > 1:
                self.closing.wait()
                return
            sock = self._hide(sock)
            sock.do_handshake()
            sock.recv(65536)
            body = pictures.jpeg(20, 20)
            head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
            sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except OSError:
            pass
        finally:
            self._leave(sock)


def test_hosts_that_hang_within_the_handshake_are_no_dead_network(site, certificates):
    """They answered before, and nothing else is heard; but their connections come about."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(OnceInTls(certificates)) for _ in range(3)]
        urls = [server.url(f"/{i}") for i in range(2) for server in servers]
        site.jekyll().news("one", *urls)
        limits = ("--timeout", "2s", "--max-retries", "1", "--host-concurrency", "1")
        result = site.check("--cacert", certificates.authority, *limits)
    assert result.code == 2 and "the network is down" not in result.err, result
    assert collections.Counter(graves(result).values()) == {"ok": 3, ("timeout",): 3}, result
