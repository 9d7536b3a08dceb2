"""The user's own proxy: asked only when it is named, and never an image's fault."""

import select
import socket
import ssl
import threading

import pytest

from faultd import Faultd
from raw_server import RawServer


def test_a_proxy_is_asked_only_when_it_is_named(site, faultd):
    """http_proxy and its like are set in all tests; here a real one is named."""
    site.jekyll().news("one", "http://elsewhere.test/image/1")
    faultd.do_http = lambda connection, _request, _rest: connection.answer(200, faultd.image)
    result = site.check("--proxy", f"http://127.0.0.1:{faultd.port}")
    assert [r.target for r in faultd.requests()] == ["http://elsewhere.test/image/1"], result


@pytest.mark.parametrize("status, found", [(407, "unchecked"), (403, "blocked")])
def test_what_a_proxy_does_not_let_through_is_not_broken(site, faultd, status, found):
    """Within http it answers in the host's place, for https it makes no tunnel."""
    faultd.respond = lambda connection, _request: connection.answer(status)
    site.jekyll().news("one", *(f"http{s}://elsewhere.test/{s}.jpg" for s in ("", "s")))
    result = site.check("--proxy", f"http://127.0.0.1:{faultd.port}")
    assert result.totals[found] == 2, result
    if status == 407:
        assert result.code == 1 and "the proxy wants a user name and password" in result.err
        result = site.check("--proxy", f"http://me:secret@127.0.0.1:{faultd.port}")
        assert result.code == 1 and "the proxy wants another user name and password" in result.err
        assert "secret" not in result.err + result.out


def test_a_proxy_that_is_down_breaks_no_image(site, faultd):
    """It is named by the user, and none of the images was asked for."""
    with Faultd() as closed:
        proxy = f"http://127.0.0.1:{closed.port}"
    site.jekyll().news("one", *(f"http{s}://elsewhere.test/{s}.jpg" for s in ("", "s")))
    result = site.check("--proxy", proxy)
    assert result.code == 1 and "the proxy does not answer" in result.err, result
    assert (result.totals["broken"], result.totals["unchecked"]) == (0, 2)


class HttpProxy(RawServer):
    """What it is said in another language than HTTP is a bad request."""

    def _serve(self, sock, number):
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        self._leave(sock)


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
def test_a_proxy_that_is_none_of_socks_breaks_no_image(site, scheme):
    """Every image was broken: the proxy refused to connect to its host."""
    site.jekyll().news("one", *(f"http{s}://127.0.0.2:4000/{s}.jpg" for s in ("", "s")))
    with HttpProxy() as proxy:
        result = site.check("--proxy", f"{scheme}://{proxy.address}:{proxy.port}")
    assert result.code == 1 and "the proxy does not speak SOCKS" in result.err, result
    assert (result.totals["broken"], result.totals["unchecked"]) == (0, 2)


class Mute(RawServer):
    """Takes what it is said, says `answer`, and leaves. Of a status there is no connection."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__()

    def _serve(self, sock, number):
        sock.recv(1000)
        sock.sendall(self.answer)
        self._leave(sock)


class Tunnel(RawServer):
    """A proxy that works: SOCKS5, or HTTP's CONNECT. Every name leads to 127.0.0.1, but those of
    `dead`, to which it makes no connection, and of `hanging`, for which it waits."""

    def __init__(self, dead=(), hanging=()):
        self.dead, self.hanging = dead, hanging
        super().__init__()

    def _serve(self, sock, number):
        try:
            host, port, yes, no = self._ask(sock)
            if host in self.hanging:
                self.closing.wait()
                return
            if host in self.dead:
                sock.sendall(no)
                return
            with socket.create_connection(("127.0.0.1", port)) as far:
                sock.sendall(yes)
                self._relay(sock, far)
        except (OSError, IndexError):
            pass
        finally:
            self._leave(sock)

    @staticmethod
    def _ask(sock):
        head = sock.recv(1)
        if head == b"\5":
            sock.recv(sock.recv(1)[0])
            sock.sendall(b"\5\0")
            is_name = sock.recv(4)[3] == 3
            host = sock.recv(sock.recv(1)[0] if is_name else 4).decode("latin-1")
            rest = b"\0\1" + bytes(6)
            return host, int.from_bytes(sock.recv(2), "big"), b"\5\0" + rest, b"\5\4" + rest
        while not head.endswith(b"\r\n\r\n"):
            head += sock.recv(1)
        host, port = head.split()[1].decode().split(":")
        return host, int(port), b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n"

    def _relay(self, near, far):
        while not self.closing.is_set():
            for sock in select.select([near, far], [], [], 0.1)[0]:
                data = sock.recv(65536)
                if not data:
                    return
                (far if sock is near else near).sendall(data)


HTTP = "http"
SOCKS = "socks5h"


@pytest.mark.parametrize("hosts", [1, 3])
@pytest.mark.parametrize(
    "scheme, answer",
    {
        "closed": (HTTP, b""),
        "another language": (HTTP, b"SSH-2.0-x\r\n"),
        "SOCKS": (HTTP, b"\5\xff"),
        "no CONNECT": (HTTP, b"HTTP/1.1 405 X\r\nContent-Length: 0\r\n\r\n"),
        "SOCKS, closed": (SOCKS, b""),
        "SOCKS4, closed": ("socks4a", b""),
        "TLS, closed": ("https", b""),
    }.values(),
)
def test_a_proxy_that_says_nothing_breaks_no_image(site, scheme, answer, hosts):
    """Every image was broken: the connection was reset, or the host reached by no proxy."""
    site.jekyll().news("one", *(f"https://{i}.test/{j}" for i in range(hosts) for j in (1, 2)))
    with Mute(answer) as proxy:
        result = site.check("--proxy", f"{scheme}://{proxy.address}:{proxy.port}")
    assert result.code == 1 and "the proxy makes no connection to any host" in result.err, result
    assert (result.totals["broken"], result.totals["unchecked"]) == (0, 2 * hosts)


def test_a_web_server_at_a_tls_proxy_breaks_no_image(site):
    site.jekyll().news("one", *(f"http{s}://elsewhere.test/{s}.jpg" for s in ("", "s")))
    with Mute(b"HTTP/1.1 400 X\r\n\r\n") as proxy:
        result = site.check("--proxy", f"https://{proxy.address}:{proxy.port}")
    assert result.code == 1 and "the proxy does not speak TLS" in result.err, result
    assert result.totals["broken"] == 0


@pytest.mark.parametrize("scheme", [HTTP, SOCKS])
def test_a_proxy_that_reaches_no_host_breaks_no_image(site, scheme):
    """Its own network is down; of a single host that would be the host's matter."""
    names = ["a.test", "b.test"]
    site.jekyll().news("one", *(f"https://{name}/1.jpg" for name in names))
    with Tunnel(names) as proxy:
        result = site.check("--proxy", f"{scheme}://{proxy.address}:{proxy.port}")
    assert result.code == 1 and result.totals["unchecked"] == 2, result


@pytest.mark.parametrize("scheme", [HTTP, SOCKS])
def test_a_host_that_a_working_proxy_does_not_reach_is_down(site, certificates, scheme):
    """Its images get one verdict, and not each of them is tried."""
    dead = [f"https://dead.test:{port}/{i}.jpg" for port in (8443, 9443) for i in range(20)]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificates.certificate("good"))
    with Faultd(tls=tls) as live, Tunnel(["dead.test"]) as proxy:
        site.jekyll().news("one", *dead, live.url("/image/1"))
        url = f"{scheme}://{proxy.address}:{proxy.port}"
        result = site.check("--proxy", url, "--cacert", certificates.authority)
        assert {tuple(result.codes(url)) for url in dead} == {("connect",)}, result
        assert result.totals["ok"] == 1 and len(result.problems("host-down")) == 2
        assert proxy.connections < 20


def test_many_dead_hosts_are_no_dead_proxy(site, certificates):
    """Other hosts come behind them in the queue: the run ended before it asked them."""
    names = [f"dead{i}.test" for i in range(40)]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificates.certificate("good"))
    with Faultd(tls=tls) as live, Tunnel(names) as proxy:
        dead = [f"https://{name}/1.jpg" for name in names]
        site.jekyll().news("one", *dead[:20], live.url("/image/1"), *dead[20:])
        url = f"http://{proxy.address}:{proxy.port}"
        options = ("--cacert", certificates.authority, "--max-concurrency", "1")
        result = site.check("--proxy", url, *options)
        assert result.code == 2 and result.totals["ok"] == 1, result
        assert result.totals["broken"] == len(dead)


@pytest.mark.parametrize(
    "behaviour", [{"dead": ["a.test", "b.test"]}, {"hanging": ["a.test"]}]
)
def test_dead_hosts_are_no_dead_proxy_when_they_are_all_that_is_asked(
    site, certificates, behaviour
):
    """The others are fresh: each later build ended with exit status 1."""
    dead = [f"https://{name}/1.jpg" for names in behaviour.values() for name in names]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificates.certificate("good"))
    with Faultd(tls=tls) as live, Tunnel(**behaviour) as proxy:
        site.jekyll().news("one", *dead, live.url("/image/1"))
        options = ("--proxy", f"http://{proxy.address}:{proxy.port}", "--connect-timeout", "1s")
        options += ("--cacert", certificates.authority, "--min-age", "1d", "--negative-age", "0s")
        for _ in range(2):
            asked = proxy.connections
            result = site.build(*options)
            assert result.code == 0 and result.totals["broken"] == len(dead), result
            assert proxy.connections > asked


class Busy(Tunnel):
    """Makes one connection at a time, and refuses what comes meanwhile."""

    def __init__(self):
        self.turn = threading.Lock()
        super().__init__()

    def _serve(self, sock, number):
        if not self.turn.acquire(blocking=False):
            sock.recv(1000)
            sock.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            self._leave(sock)
            return
        try:
            super()._serve(sock, number)
        finally:
            self.turn.release()


def test_a_busy_proxy_is_asked_again(site, certificates):
    """The host was down, for the proxy had refused five connections at once."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificates.certificate("good"))
    with Faultd(tls=tls) as live, Busy() as proxy:
        urls = [live.url(f"/image/{i}") for i in range(12)]
        site.jekyll().news("one", *urls)
        url = f"http://{proxy.address}:{proxy.port}"
        options = ("--cacert", certificates.authority, "--max-retries", "4")
        result = site.check("--proxy", url, "--host-concurrency", "6", *options)
        assert result.code == 0 and result.totals["ok"] == len(urls), result


def test_a_name_that_leads_nowhere_is_no_refusal_of_the_proxy(site, faultd):
    """socks5: leaves names to us."""
    bad = "http://no-such-name.invalid/1.jpg"
    site.jekyll().news("one", bad, faultd.url("/image/1"))
    with Tunnel() as proxy:
        result = site.check("--proxy", f"socks5://{proxy.address}:{proxy.port}")
    assert "dns" in result.codes(bad) and result.totals["ok"] == 1, result


def test_behind_socks_a_server_is_asked_as_without_a_proxy(site, faultd):
    """It was sent a whole URL, which only a proxy understands."""
    url = faultd.url("/image/1?a").replace("127.0.0.1", "elsewhere.test")
    site.jekyll().news("one", url)
    with Tunnel() as proxy:
        result = site.check("--proxy", f"{SOCKS}://{proxy.address}:{proxy.port}")
    assert result.totals["ok"] == 1, result
    assert [r.target for r in faultd.requests()] == ["/image/1?a"]
