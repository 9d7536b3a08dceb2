"""TLS, and connections that are used again."""

import ssl
import threading
import time

import pytest

import pictures
from faultd import Closed, Faultd
from judging import graves
from nginx import Nginx, free_port, quoted
from raw_server import PATIENCE_S, RawConnection, RawServer


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
    assert unknown.startswith("the certificate's issuer is unknown, or the server leaves out an inter")


def test_what_has_no_name_is_asked_for_nothing(site, web):
    """Nor by those that wait for its connection of HTTP/2."""
    web.put("a.jpg", pictures.jpeg(64, 64))
    url = web.tls_url("fresh", "a.jpg", "common-name")
    site.jekyll().news("one", *(f"{url}?{i}" for i in range(40)))
    run = ("--cacert", str(web.certificates.authority), "--host-concurrency", "20")
    assert set(graves(site.check(*run)).values()) == {("tls",)}
    assert web.requests() == []
    assert site.check("--insecure").totals["ok"] == 40


class ClosingFaultd(Faultd):
    """Knows when a connection was closed by its client."""

    def __init__(self, **kind):
        self.closed = threading.Event()
        super().__init__(**kind)

    def _leave(self, sock):
        super()._leave(sock)
        self.closed.set()


class HandshakeFlood(RawServer):
    """Asks for a handshake (HelloRequest) for as long as there is one: clients leave that out."""

    def _serve(self, sock, number):
        try:
            sock.recv(1)
            while True:
                RawConnection(self, sock, number).send(bytes.fromhex("160303000400000000") * 2000)
        except (OSError, Closed):
            self._leave(sock)


def test_a_handshake_without_end_ends(site, faultd):
    """OpenSSL reads on and on: no time limit, no signal, nor another connection was looked at."""
    with HandshakeFlood() as flood:
        url = f"https://{flood.address}:{flood.port}/a.jpg"
        urls = [faultd.url(f"/image?{i}") for i in range(30)]
        site.jekyll().news("one", url, *urls)
        result = site.check("--timeout", "60s")
        assert result.totals["ok"] == len(urls), result
        assert set(graves(result)[url]) <= {"connect", "tls", "timeout"}, result


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


@pytest.mark.parametrize("path, found, asked", [("/idle", "ok", 2), ("/status/408", "broken", 1)])
def test_an_idle_connection_that_is_given_up_meanwhile(site, idle_faultd, path, found, asked):
    """408 and an end to the second request of a connection: it was sent while the server gave up.
    Another one is taken at once, and what comes there is the answer. A 408 that keeps the connection
    is one."""
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


def test_what_libcurl_asks_again_by_itself_is_counted(site, idle_faultd):
    """A connection that was used before ends without a word: the request goes out over another one."""

    def once(connection, _request, _rest):
        if connection.served:
            raise Closed
        connection.served = True
        connection.answer(200, idle_faultd.image)

    idle_faultd.do_once = once
    site.jekyll().news("one", *(idle_faultd.url(f"/once?{i}") for i in range(4)))
    result = site.check("-k", "--host-concurrency", "1", "--host-interval", "50ms")
    assert result.totals["ok"] == 4, result
    (host,) = result.report["hosts"]
    assert (host["requests"], host["ok"]) == (len(idle_faultd.requests()), 4) == (7, 4)


def test_connections_that_hang_when_they_are_used_again(site, idle_faultd):
    """Three are open and idle; what hung in one of them is asked for again over none of these."""
    all_open = threading.Barrier(3, timeout=30)

    def hang(connection, _request, _rest):
        if connection.served:
            connection.hang()
        connection.served = True
        if connection.number <= 3:
            all_open.wait()
        connection.answer(200, idle_faultd.image)

    idle_faultd.do_hang = hang
    site.jekyll().news("one", *(idle_faultd.url(f"/hang?{i}") for i in range(4)))
    limits = ("--timeout", "1500ms", "--max-retries", "1", "--host-concurrency", "3")
    assert site.check("-k", *limits).totals["ok"] == 4
    assert idle_faultd.connections == 4


@pytest.mark.parametrize("is_hidden", [False, True], ids=["plain", "tls"])
def test_of_many_hosts_the_last_answer_ends_the_connection(site, web, is_hidden):
    """More hosts than connections are kept: one with an image left keeps its own, and libcurl need
    not close one that another host needs to make room."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*web.certificates.certificate("good"))
    tls = context if is_hidden else None
    with Faultd(tls=tls) as many, ClosingFaultd(tls=tls) as first, Faultd(tls=tls) as last:

        def after_last(connection, _request, _rest):
            last.wait_for("/after-first")
            connection.answer(200, first.image)

        def after_first(connection, _request, _rest):
            is_closed = first.closed.wait(PATIENCE_S)
            connection.answer(200 if is_closed else 404, last.image)

        first.do_after_last, last.do_after_first = after_last, after_first
        urls = [many.url(f"/image/{i}") for i in range(3)]
        site.jekyll().news("one", *urls, first.url("/after-last"), last.url("/after-first"))
        limits = ("--max-concurrency", "2", "--host-concurrency", "1", "--host-interval", "0ms")
        result = site.check("-k", *limits)
        assert result.totals["ok"] == 5, result
        assert many.connections == 1


def test_of_many_hosts_a_redirect_within_one_keeps_its_connection(site, faultd):
    with Faultd() as other, Faultd() as last:

        def lead_on(connection, _request, _rest):
            other.wait_for("/image")
            last.wait_for("/image")
            connection.answer(302, b"", [("Location", "/image")])

        faultd.do_lead_on = lead_on
        site.jekyll().news("one", faultd.url("/lead-on"), other.url("/image"), last.url("/image"))
        result = site.check("--max-concurrency", "2")
        assert result.totals["ok"] == 3, result
        assert (faultd.connections, len(faultd.requests())) == (1, 2)


def test_connections_that_end_when_they_are_used_again(site, idle_faultd):
    """A request may meet up to four of them, one after the other, and that is no failure."""
    site.jekyll().news("one", *(idle_faultd.url(f"/reset-on-reuse?{i}") for i in range(60)))
    result = site.check("-k", "--max-retries", "0", "--host-concurrency", "4")
    assert result.totals["ok"] == 60, result


def test_what_libcurl_says_of_what_it_asked_again(site, idle_faultd):
    """It keeps its first words alone, of the connection that was reset: those on the answer were lost,
    which is asked for once more where its Content-Encoding is unknown."""

    def odd(connection, request, rest):
        if connection.served:
            connection.reset()
        connection.served = True
        if request.target.endswith("2"):
            idle_faultd.do_aws_chunked(connection, request, rest)
        else:
            connection.answer(200, idle_faultd.image)

    idle_faultd.do_odd = odd
    site.jekyll().news("one", idle_faultd.url("/odd?1"), idle_faultd.url("/odd?2"))
    result = site.check("-k", "--host-concurrency", "1", "--max-retries", "0")
    assert result.totals["ok"] == 2, result
    assert result.report["hosts"][0]["requests"] == len(idle_faultd.requests())


class SlowDoorFaultd(Faultd):
    """Its first connection takes 1.2 s."""

    def _hide(self, sock):
        if self.connections == 1:
            self.closing.wait(1.2)
        return super()._hide(sock)


def test_those_that_wait_for_a_first_connection_keep_the_interval(site, web):
    """It turns out to be HTTP/1.1: the others do not connect all at once, nor within a pause."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*web.certificates.certificate("good"))
    with SlowDoorFaultd(tls=context) as server:
        site.jekyll().news("one", *(server.url(f"/refuse?{i}") for i in range(3)))

        def refuse(connection, _request, _rest):
            is_first = len(server.requests()) == 1
            connection.answer(503 if is_first else 200, server.image, [("Retry-After", "1")])

        server.do_refuse = refuse
        result = site.check("-k", "--host-interval", "500ms", "--max-retries", "1")
        times = [request.at for request in server.requests()]
        assert result.totals["ok"] == 3 and len(times) == 4, result
        assert times[1] - times[0] > 0.95, times


def test_hosts_that_take_turns_keep_their_connections(site, tmp_path):
    """More of them than transfers at once: each image had a connection of its own, and a handshake."""
    port, hosts = free_port(), [f"127.0.0.{i}" for i in range(1, 101)]
    listen = " ".join(f"listen {host}:{port};" for host in hosts)
    (tmp_path / "a.png").write_bytes(pictures.png(40, 30))
    server = Nginx(tmp_path / "nginx", f"server {{ {listen} root {quoted(tmp_path)}; }}", port)
    try:
        urls = [f"http://{host}:{port}/a.png?{i}" for i in range(3) for host in hosts]
        site.jekyll().news("one", *urls)
        result = site.check("--host-concurrency", "1", "--host-interval", "20ms")
        requests = server.requests()
    finally:
        server.close()
    assert result.totals["ok"] == len(requests) == 300, result
    assert len({request["connection"] for request in requests}) == 100
