"""A slow line that many transfers share: none of them is to blame for being late."""

import io
import random
import threading

import pytest
from PIL import Image

from judging import graves
from raw_server import Closed, RawConnection, RawServer

IMAGES = 16
LINE_BYTES_S = 400_000
PIECE_BYTES = 4_000


def noise(seed):
    """A PNG that no coding makes smaller: some 100 KB."""
    data = random.Random(seed).randbytes(3 * 180 * 180)
    into = io.BytesIO()
    Image.frombytes("RGB", (180, 180), data).save(into, "PNG")
    return into.getvalue()


class NarrowServer(RawServer):
    """What it sends at once comes over one line, in equal shares."""

    def __init__(self):
        self.active = 0
        self.lock = threading.Lock()
        super().__init__()

    def _change(self, by):
        with self.lock:
            self.active += by

    def _serve(self, sock, number):
        connection = RawConnection(self, sock, number)
        try:
            while sock.recv(8192):
                self._answer(connection)
        except (Closed, OSError):
            pass
        finally:
            self._leave(sock)

    def _answer(self, connection):
        body = noise(connection.number)
        self._change(1)
        try:
            connection.send(
                b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
            )
            for at in range(0, len(body), PIECE_BYTES):
                connection.send(body[at : at + PIECE_BYTES])
                connection.pause(PIECE_BYTES * self.active / LINE_BYTES_S)
        finally:
            self._change(-1)


def test_a_slow_line_that_many_share_breaks_no_image(site):
    """Sixteen at once bring none in the time that there is; four do."""
    with NarrowServer() as server:
        site.jekyll().news("one", *(server.url(f"/{i}.png") for i in range(IMAGES)))
        result = site.check(
            *("--host-concurrency", str(IMAGES), "--host-interval", "0s", "--timeout", "2s", "--max-retries", "2")
        )
    assert set(graves(result).values()) == {"ok"}, result


class LaterQuickServer(RawServer):
    """Of a site's second round the first four answers begin, and stand still; what comes then takes a
    moment, and `most` is how many of them came at once."""

    STANDING = 4
    MOMENT_S = 0.02

    def __init__(self, picture):
        self.picture = picture
        self.standing, self.active, self.most = 0, 0, 0
        self.lock = threading.Lock()
        super().__init__()

    def begin_to_stand(self):
        self.standing = self.STANDING

    def _serve(self, sock, number):
        connection = RawConnection(self, sock, number)
        asked = b""
        try:
            while piece := sock.recv(8192):
                asked += piece
                if asked.endswith(b"\r\n\r\n"):
                    self._answer(connection, asked)
                    asked = b""
        except (Closed, OSError):
            pass
        finally:
            self._leave(sock)

    def _answer(self, connection, asked):
        with self.lock:
            stands = self.standing > 0
            self.standing -= stands
            self.active += not stands
            self.most = max(self.most, self.active)
        if stands:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + self.picture[:20])
            connection.hang()
        connection.pause(self.MOMENT_S)
        with self.lock:
            self.active -= 1
        if b"If-None-Match:" in asked:
            connection.send(b'HTTP/1.1 304 X\r\nETag: "1"\r\n\r\n')
            return
        connection.send(
            b'HTTP/1.1 200 OK\r\nETag: "1"\r\nCache-Control: max-age=0\r\nContent-Type: image/png\r\n'
            b"Content-Length: %d\r\n\r\n" % len(self.picture) + self.picture
        )


@pytest.mark.parametrize("is_quick", (False, True), ids=("304", "quick"))
def test_more_at_once_when_the_line_is_quick_again(site, is_quick):
    """One at a time, after four that came to nothing; then one more after as many that came early,
    be they 304s or the first bytes of images."""
    politeness = ("--host-concurrency", "4", "--host-interval", "0s")
    with LaterQuickServer(noise(1)) as server:
        site.jekyll().news("one", *(server.url(f"/{i}.png") for i in range(40)))
        if not is_quick:
            site.check(*politeness)
        server.begin_to_stand()
        server.most = 0
        options = ("--quick",) if is_quick else ("--max-age", "0s")
        result = site.check(*politeness, "--timeout", "1s", "--max-retries", "1", *options)
        most = server.most
    assert set(graves(result).values()) == {"ok"}, result
    assert most >= 3, most
