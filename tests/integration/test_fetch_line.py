"""A slow line that many transfers share: none of them is to blame for being late."""

import io
import random
import threading

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
