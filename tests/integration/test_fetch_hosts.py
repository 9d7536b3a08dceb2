"""Hosts that are dead, in doubt, or take few connections: one verdict for all images of a dead one;
our own lacks, which are no image's fault."""

import contextlib
import random
import socket
import threading

import pytest

import pictures
from faultd import Faultd
from judging import graves
from nginx import Nginx, free_port, quoted


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


def test_one_verdict_for_a_dead_host_that_redirects_lead_to_one_by_one(site, faultd):
    """Nothing of it waits or is under way between two of them: the first may be the fifth's like."""
    with Faultd() as closed:
        dead = [closed.url(f"/{i}.jpg") for i in range(6)]
    redirects = [faultd.url(f"/redirect-to?url={url}") for url in dead]
    site.jekyll().news("one", *redirects)
    result = site.check("--host-concurrency", "1", "--host-interval", "20ms")
    assert set(graves(result).values()) == {("connect",)}
    assert len(result.problems("host-down")) == 1, result


def test_what_is_under_way_when_a_host_is_found_down_is_not_repeated(site, faultd):
    """Five are reset twice within a second; the sixth waits in vain for two more, and has had it."""
    urls = [faultd.url(f"/reset-at-once?{i}") for i in range(5)] + [faultd.url("/hang")]
    site.jekyll().news("one", *urls)
    limits = ("--max-retries", "1", "--timeout", "3s", "--host-concurrency", "6")
    result = site.check(*limits)
    assert set(graves(result).values()) == {("connect",)} and result.problems("host-down")
    assert len(faultd.requests("/hang")) == 1


def test_a_host_that_stops_answering(site, faultd):
    """The problem does not say of images that were answered that they have its verdict."""

    def do_stop(connection, _request, _rest):
        if len(faultd.requests()) > 3:
            connection.reset()
        connection.answer(200, faultd.image)

    faultd.do_stop = do_stop
    site.jekyll().news("one", *(faultd.url(f"/stop?{i}") for i in range(12)))
    result = site.check("--host-concurrency", "1", "--max-retries", "0")
    assert result.totals["ok"] == 3 and result.totals["broken"] == 9, result
    (problem,) = result.problems("host-down")
    assert problem["message"].endswith("; all its images that got no answer have this one verdict")


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


@pytest.mark.parametrize("limit", [190, 208])
def test_bodies_that_come_slowly_from_many_hosts_have_descriptors(site, tmp_path, limit):
    """Each has a connection and a file, and the connections of the hosts before are still there."""
    port, hosts = free_port(), [f"127.0.0.{i}" for i in range(1, 151)]
    listen = " ".join(f"listen {host}:{port};" for host in hosts)
    for i in range(300):
        (tmp_path / f"{i}.png").write_bytes(pictures.png(40, 30, i) + bytes(60000))
    slowly = "limit_rate 100k; limit_rate_after 20k;"
    server = f"server {{ {listen} root {quoted(tmp_path)}; {slowly} }}"
    with contextlib.closing(Nginx(tmp_path / "nginx", server, port)):
        urls = [f"http://{hosts[i % len(hosts)]}:{port}/{i}.png" for i in range(300)]
        site.jekyll().news("one", *urls)
        result = site.build(wrapper=("prlimit", f"--nofile={limit}:{limit}"))
    assert result.totals["ok"] == 300 and not result.err, result


def test_no_descriptors_at_all_is_our_own_fault(site, faultd):
    urls = [faultd.url(f"/image/{i}") for i in range(30)]
    site.jekyll().news("one", *urls)
    for limit in (6, 12, 20, 28, 63):
        result = site.check(wrapper=("prlimit", f"--nofile={limit}:{limit}"))
        assert (result.code, result.out) == (1, ""), (limit, result)
        assert f"only {limit} files may be open at once (ulimit -n); at least 64" in result.err
        assert not (site.root / ".cache").exists()


class RestartingFaultd(Faultd):
    """Ends with its fourth request, and is there again after a moment."""

    DOWN_S = 1.5  # longer than a first backoff

    def do_shortly(self, connection, _request, _rest):
        if len(self.requests()) == 4:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self._listener.close()
            threading.Thread(target=self._start_anew, daemon=True).start()
            connection.reset()
        connection.answer(200, self.image)

    def _start_anew(self):
        self.closing.wait(self.DOWN_S)
        self._listener = socket.create_server((self.address, self.port), backlog=256)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()


def test_a_host_that_is_started_anew_breaks_no_image(site):
    """It refuses connections meanwhile."""
    with RestartingFaultd() as server:
        site.jekyll().news("one", *(server.url(f"/shortly?{i}") for i in range(12)))
        result = site.check("--host-concurrency", "1", "--max-retries", "2")
    assert set(graves(result).values()) == {"ok"} and not result.problems("host-down"), result
