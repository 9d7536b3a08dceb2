"""A server that misbehaves on demand: raw sockets, one thread a connection, behaviour by URL path.

	with Faultd() as server:
		server.url("/reset-mid-body")
		server.requests()              what was asked, with headers, in order of arrival
		server.wait_for("/hang")       until such a request has arrived

Every wait ends when the server closes: no thread outlives it. What each path does stands in the
docstring of its handler, those of guards against robots in guard_pages.py. A query (?anything) makes several URLs of one behaviour."""

import collections
import email.utils
import functools
import gzip
import socket
import time
import urllib.parse

import bombs
import pictures
from guard_pages import GUARD_PAGES
from raw_server import Closed, RawConnection, RawServer

CHUNK = 16384

Request = collections.namedtuple("Request", "method path target headers at connection")


class Connection(RawConnection):
    def __init__(self, server, sock, number):
        super().__init__(server, sock, number)
        self.served = False  # a handler's own mark
        self.pending = b""

    def read_request(self):
        while b"\r\n\r\n" not in self.pending:
            try:
                data = self.sock.recv(65536)
            except OSError as error:
                raise Closed from error
            if not data:
                raise Closed
            self.pending += data
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target = lines[0].split(" ")[:2]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return Request(
            method,
            urllib.parse.urlsplit(target).path,
            target,
            headers,
            time.monotonic(),
            self.number,
        )

    def head(self, status, fields=(), length=None, reason="X"):
        lines = [f"HTTP/1.1 {status} {reason}"]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in fields]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"))

    def answer(self, status, body=b"", fields=(("Content-Type", "image/jpeg"),)):
        self.head(status, fields, len(body))
        self.send(body)

    def reset(self):
        """Ends with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raise Closed


@functools.cache
def usual_image():
    return pictures.jpeg(640, 480, seed=7)


class Faultd(RawServer):
    def __init__(self, address="127.0.0.1", tls=None):
        """`tls`: HTTP/1.1 then being within it."""
        self.image = usual_image()
        self.files = {}  # path -> (bytes, fields): served as they are
        self.respond = None  # (connection, request): in place of all that follows
        super().__init__(address, tls)

    def serve(self, path, data, content_type="image/jpeg", **fields):
        """Serves bytes under a path of the test's own. Keyword max_age=60 gives Cache-Control."""
        named = [("Content-Type", content_type)]
        if "max_age" in fields:
            named.append(("Cache-Control", f"max-age={fields.pop('max_age')}"))
        named += [(name.replace("_", "-"), value) for name, value in fields.items()]
        self.files[path] = (data, named)
        return self.url(path)

    def forget(self):
        with self._changed:
            self._requests.clear()

    def _serve(self, sock, number):
        if self.tls:
            sock = self._hide(sock)
        connection = Connection(self, sock, number)
        try:
            while not self.closing.is_set():
                request = connection.read_request()
                self._note(request)
                self._respond(connection, request)
        except Closed:
            pass
        finally:
            self._leave(sock)

    def _respond(self, connection, request):
        if self.respond:
            self.respond(connection, request)
            return
        if request.path in self.files:
            data, fields = self.files[request.path]
            connection.answer(200, data, fields)
            return
        _, name, *rest = request.path.split("/")
        if name in GUARD_PAGES:
            status, page, *fields = GUARD_PAGES[name]
            connection.answer(status, page, [("Content-Type", "text/html"), *fields])
            return
        handler = getattr(self, "do_" + name.replace("-", "_"), None)
        if handler is None:
            connection.answer(404, b"no such behaviour", (("Content-Type", "text/plain"),))
        else:
            handler(connection, request, "/".join(rest))

    # --- time ---

    def do_hang(self, connection, _request, _rest):
        """Takes the request and never answers."""
        connection.hang()

    def do_slow_headers(self, connection, _request, _rest):
        """A field every 100 ms, without end."""
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.send(b"X-Wait: 1\r\n")
            connection.pause(0.1)

    def do_drip(self, connection, _request, _rest):
        """The right picture, a byte every 100 ms."""
        connection.head(200, [("Content-Type", "image/jpeg")], len(self.image))
        for i in range(len(self.image)):
            connection.send(self.image[i : i + 1])
            connection.pause(0.1)

    def do_stall(self, connection, _request, _rest):
        """Half of the picture, then silence."""
        connection.head(200, [("Content-Type", "image/jpeg")], len(self.image))
        connection.send(self.image[: len(self.image) // 2])
        connection.hang()

    # --- ends too early, or never ---

    def do_reset_at_once(self, connection, _request, _rest):
        connection.reset()

    def do_close_at_once(self, connection, _request, _rest):
        raise Closed

    def do_reset_after_headers(self, connection, _request, _rest):
        connection.head(200, [("Content-Type", "image/jpeg")], len(self.image))
        connection.reset()

    def do_reset_mid_body(self, connection, _request, _rest):
        connection.head(200, [("Content-Type", "image/jpeg")], len(self.image))
        connection.send(self.image[: len(self.image) // 2])
        connection.reset()

    def do_short_body(self, connection, _request, _rest):
        """Announces more than it sends, then closes in order."""
        connection.head(200, [("Content-Type", "image/jpeg")], len(self.image) + 1000)
        connection.send(self.image)
        raise Closed

    def do_reset_on_reuse(self, connection, request, _rest):
        """Answers once a connection, and resets it at the second request."""
        if connection.served:
            connection.reset()
        connection.served = True
        connection.answer(200, self.image)

    def do_reset_in_status_line(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 20")
        connection.reset()

    def do_reset_in_headers(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nX-Half: ")
        connection.reset()

    def do_close_in_headers(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n")
        raise Closed

    def do_long_body(self, connection, _request, _rest):
        """Sends more than it announces; what is over is no part of the answer."""
        connection.head(200, [("Content-Type", "image/jpeg")], len(self.image))
        connection.send(self.image + b"HTTP/1.1 200 smuggled\r\n\r\n")
        raise Closed

    def do_short_once(self, connection, request, _rest):
        """As short-body for the first request of this target, right from then on."""
        if self._count(request) > 1:
            connection.answer(200, self.image)
        else:
            self.do_short_body(connection, request, _rest)

    def do_truncated_image(self, connection, _request, _rest):
        """A whole answer with half of a picture in it."""
        connection.answer(200, pictures.truncated(self.image))

    def do_chunked(self, connection, _request, _rest):
        """The picture, chunked, as it should be."""
        connection.head(200, [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")])
        for start in range(0, len(self.image), 1000):
            piece = self.image[start : start + 1000]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")

    def do_chunked_bad(self, connection, _request, _rest):
        connection.head(200, [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")])
        connection.send(b"10\r\n" + self.image[:16] + b"\r\nnot a length\r\n")
        raise Closed

    def do_chunked_cut(self, connection, _request, _rest):
        """Ends without the last chunk."""
        connection.head(200, [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")])
        connection.send(b"%x\r\n%s\r\n" % (1000, self.image[:1000]))
        raise Closed

    def do_until_close(self, connection, _request, _rest):
        """No Content-Length: the body ends with the connection."""
        connection.head(200, [("Content-Type", "image/jpeg"), ("Connection", "close")])
        connection.send(self.image)
        raise Closed

    def do_endless(self, connection, _request, _rest):
        """A picture's beginning, and then bytes for as long as anyone listens."""
        connection.head(200, [("Content-Type", "image/jpeg")])
        connection.send(self.image[:600])
        while True:
            connection.send(b"\x55" * CHUNK)

    def do_endless_chunked(self, connection, _request, _rest):
        connection.head(200, [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")])
        connection.send(b"%x\r\n%s\r\n" % (600, self.image[:600]))
        while True:
            connection.send(b"%x\r\n%s\r\n" % (CHUNK, b"\x55" * CHUNK))

    def do_big(self, connection, _request, rest):
        """/big/N: announces N bytes, and sends them."""
        size = int(rest)
        connection.head(200, [("Content-Type", "image/jpeg")], size)
        connection.send(self.image[:600])
        for start in range(600, size, CHUNK):
            connection.send(b"\x55" * min(CHUNK, size - start))

    def do_gzip_bomb(self, connection, _request, _rest):
        """64 MiB of zeros behind a picture's start, gzipped, whatever was asked for."""
        self._encoded(connection, "gzip", bombs.gzipped(self.image[:600]))

    def do_gzip_of_nothing(self, connection, _request, rest):
        """Empty blocks (RFC 1951 section 3.2.4) without end: bytes come, and nothing is in them.
        /gzip-of-nothing/404: with that status."""
        connection.head(int(rest or 200), [("Content-Encoding", "gzip")])
        connection.send(gzip.compress(b"")[:10])
        while True:
            connection.send(b"\x00\x00\x00\xff\xff" * 10000)

    def do_brotli_bomb(self, connection, _request, _rest):
        self._encoded(connection, "br", bombs.brotli(self.image[:600]))

    def do_zstd_bomb(self, connection, _request, _rest):
        self._encoded(connection, "zstd", bombs.zstandard(self.image[:600]))

    def do_gzip(self, connection, _request, _rest):
        """The picture, encoded though nobody asked for it."""
        self._encoded(connection, "gzip", gzip.compress(self.image))

    def do_gzip_cut(self, connection, _request, _rest):
        """Half of the encoded picture in a whole answer."""
        body = gzip.compress(self.image)
        self._encoded(connection, "gzip", body[: len(body) // 2])

    def do_gzip_and_more(self, connection, _request, _rest):
        """Behind the encoded picture stands what a script wrote after it."""
        self._encoded(connection, "gzip", gzip.compress(self.image) + b"\r\n" * 300)

    def do_brotli_and_more(self, connection, _request, _rest):
        self._encoded(connection, "br", bombs.brotli(self.image, 0) + b"\r\n")

    def do_gzip_checksum(self, connection, _request, _rest):
        """The picture is whole, its checksum (RFC 1952 section 2.3.1) another one's."""
        body = gzip.compress(self.image)
        self._encoded(connection, "gzip", body[:-8] + b"\0\0\0\0" + body[-4:])

    def do_gzip_lie(self, connection, _request, _rest):
        """Called gzip, and is none."""
        self._encoded(connection, "gzip", self.image)

    def do_aws_chunked(self, connection, _request, _rest):
        """What object stores write on plain pictures."""
        self._encoded(connection, "aws-chunked", self.image)

    @staticmethod
    def _encoded(connection, coding, body):
        connection.answer(200, body, [("Content-Type", "image/jpeg"), ("Content-Encoding", coding)])

    def do_empty(self, connection, _request, _rest):
        connection.answer(200, b"")

    # --- no valid HTTP ---

    def do_garbage(self, connection, _request, _rest):
        connection.send(b"\x00\x01\x02 this is no HTTP\r\n\r\n" * 4)
        raise Closed

    def do_http09(self, connection, _request, _rest):
        """A body without any head."""
        connection.send(self.image)
        raise Closed

    def do_negative_length(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\n" + self.image)
        raise Closed

    def do_two_lengths(self, connection, _request, _rest):
        """Two that contradict each other: RFC 9112 section 6.3 calls it an error."""
        connection.head(200, [("Content-Length", "10"), ("Content-Length", str(len(self.image)))])
        connection.send(self.image)
        raise Closed

    def do_length(self, connection, _request, rest):
        """/length/VALUE: the picture under this Content-Length; /length/VALUE/chunked: chunked, so that
        it does not count."""
        value, _, is_chunked = rest.partition("/")
        fields = [("Content-Length", urllib.parse.unquote(value))]
        body = self.image
        if is_chunked:
            fields.append(("Transfer-Encoding", "chunked"))
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        connection.head(200, fields)
        connection.send(body)
        raise Closed

    def do_identity(self, connection, _request, rest):
        """"identity", which is no transfer coding (RFC 2616 section 3.6), beside a Content-Length, in a
        connection that stays. /identity/cut: one that ends early; /identity/more: with more."""
        extra = {"cut": 1000, "more": -9}.get(rest, 0)
        fields = [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "identity")]
        connection.head(200, fields, length=len(self.image) + max(extra, 0))
        connection.send(self.image + b"x" * -extra)
        if rest == "cut":
            raise Closed

    def do_huge_chunk(self, connection, _request, _rest):
        """The length of a chunk overflows."""
        connection.head(200, [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")])
        connection.send(b"fffffffffffffffff\r\n" + self.image)
        raise Closed

    def do_bad_status(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 abc Whatever\r\nContent-Length: 0\r\n\r\n")
        raise Closed

    def do_long_line(self, connection, _request, _rest):
        """A header line without end."""
        connection.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            connection.send(b"a" * CHUNK)

    def do_trailer_flood(self, connection, _request, _rest):
        """A whole chunked picture, and trailers without end."""
        connection.head(200, [("Content-Type", "image/jpeg"), ("Transfer-Encoding", "chunked")])
        connection.send(b"%x\r\n%s\r\n0\r\n" % (len(self.image), self.image))
        while True:
            connection.send(b"X-Trailer: " + b"a" * 4000 + b"\r\n")

    def do_other_protocol(self, connection, _request, _rest):
        """As a mail server greets."""
        connection.send(b"220 mail.example ESMTP\r\n")
        connection.hang()

    def do_early_hints(self, connection, _request, _rest):
        """One interim answer, then the picture."""
        connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        connection.answer(200, self.image)

    def do_switching_protocols(self, connection, _request, _rest):
        """Another protocol than HTTP, which nobody asked for."""
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")
        connection.answer(200, self.image)

    def do_lower_case_status(self, connection, _request, _rest):
        """HTTP's name is written in capitals (RFC 9112 section 2.3)."""
        connection.send(b"http/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.image))
        connection.send(self.image)

    def do_blank_first(self, connection, _request, rest):
        """The first field line begins with a blank, as if it went on with a line before; N bytes long."""
        connection.send(b"HTTP/1.1 200 OK\r\n " + b"X: ".ljust(int(rest or 40), b"x"))
        connection.send(b"\r\nContent-Length: %d\r\n\r\n%s" % (len(self.image), self.image))

    def do_1xx_flood(self, connection, _request, _rest):
        while True:
            connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50)

    def do_header_flood(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.send(b"X-Flood: " + b"a" * 4000 + b"\r\n")

    # --- redirects ---

    def do_redirect(self, connection, _request, rest):
        """/redirect/N: N hops, then the picture. /redirect/N/301: with this status."""
        count, _, status = rest.partition("/")
        if int(count) == 0:
            connection.answer(200, self.image)
            return
        target = f"/redirect/{int(count) - 1}" + (f"/{status}" if status else "")
        connection.answer(int(status or 302), b"", [("Location", target)])

    def do_redirect_loop(self, connection, _request, _rest):
        connection.answer(
            302, b"", [("Location", "/redirect-loop/" if _rest else "/redirect-loop/again")]
        )

    def do_redirect_to(self, connection, request, rest):
        """/redirect-to[/STATUS]?url=TARGET: the target percent-encoded. &cache=DIRECTIVES: as its
        Cache-Control."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.target).query)
        fields = [("Location", query["url"][0])]
        fields += [("Cache-Control", value) for value in query.get("cache", [])]
        connection.answer(int(rest or 302), b"", fields)

    def do_redirect_nowhere(self, connection, _request, _rest):
        """Without Location."""
        connection.answer(302)

    def do_redirect_to_self(self, connection, request, _rest):
        """Another fragment makes no other request."""
        connection.answer(302, b"", [("Location", request.target + "#again")])

    def do_redirect_with_body(self, connection, _request, _rest):
        """The page of the redirect never ends."""
        connection.head(302, [("Location", "/image/1"), ("Content-Type", "text/html")])
        while True:
            connection.send(b"<p>moved</p>" * 1000)

    def do_redirect_relative(self, connection, _request, _rest):
        connection.answer(307, b"", [("Location", "../x/./%2e%2e/image/1#here")])

    def do_redirect_forever(self, connection, request, rest):
        """Never the same URL twice."""
        connection.answer(302, b"", [("Location", f"/redirect-forever/{int(rest or 0) + 1}")])

    def do_login(self, connection, _request, _rest):
        """A picture that only members may see: a redirect to a page."""
        connection.answer(302, b"", [("Location", "/html-as-image?login")])

    # --- statuses ---

    def do_status(self, connection, _request, rest):
        """/status/CODE, with a small page."""
        connection.answer(int(rest), b"<title>no</title>", (("Content-Type", "text/html"),))

    def do_picture_at(self, connection, _request, rest):
        """/picture-at/CODE: the picture, fresh for long, with a status that says something else."""
        fields = (("Content-Type", "image/jpeg"), ("Cache-Control", "max-age=86400"))
        connection.answer(int(rest), self.image, fields)

    def do_ok_after(self, connection, request, rest):
        """/ok-after/CODE/N: CODE for the first N requests of this target, then the picture."""
        status, count = rest.split("/")
        if self._count(request) <= int(count):
            connection.answer(int(status))
        else:
            connection.answer(200, self.image)

    def do_retry_after(self, connection, request, rest):
        """/retry-after/CODE/VALUE: once CODE with Retry-After: VALUE, then the picture."""
        status, value = rest.split("/", 1)
        if self._count(request) == 1:
            connection.answer(int(status), b"", [("Retry-After", urllib.parse.unquote(value))])
        else:
            connection.answer(200, self.image)

    def do_alternating(self, connection, request, _rest):
        """503 to every odd request of this target, the picture to every even one."""
        if self._count(request) % 2:
            connection.answer(503)
        else:
            connection.answer(200, self.image)

    def do_retry_after_date(self, connection, request, rest):
        """/retry-after-date/CODE/SECONDS: once CODE with a date so far ahead, then the picture.
        /retry-after-date/CODE/SECONDS/WRONG: by a clock that is wrong by so many seconds."""
        status, seconds, *wrong = rest.split("/")
        if self._count(request) == 1:
            now = time.time() + sum(map(int, wrong))
            date = email.utils.formatdate(now + int(seconds), usegmt=True)
            fields = [("Date", email.utils.formatdate(now, usegmt=True))] if wrong else []
            connection.answer(int(status), b"", [("Retry-After", date), *fields])
        else:
            connection.answer(200, self.image)

    # --- bodies that are not what they seem ---

    def do_plain_text(self, connection, _request, _rest):
        connection.answer(200, b"Sorry, there is no such picture.\n" * 20)

    def do_no_type(self, connection, _request, _rest):
        """The picture, without a Content-Type."""
        connection.answer(200, self.image, ())

    def do_no_content(self, connection, _request, _rest):
        connection.send(b"HTTP/1.1 204 X\r\n\r\n")

    def do_not_modified(self, connection, _request, _rest):
        """304 though no condition was sent."""
        connection.send(b"HTTP/1.1 304 X\r\n\r\n")

    def do_partial(self, connection, _request, _rest):
        """A part that nobody asked for."""
        half = len(self.image) // 2
        field = ("Content-Range", f"bytes 0-{half - 1}/{len(self.image)}")
        connection.answer(206, self.image[:half], [("Content-Type", "image/jpeg"), field])

    def do_html_as_image(self, connection, _request, _rest):
        """A soft 404: a page with status 200, called a picture."""
        connection.answer(
            200,
            b"<!DOCTYPE html>\n<html><head><title>Page not found</title></head>"
            b"<body>Sorry.</body></html>",
        )

    def do_error_code(self, connection, _request, rest):
        """As Cloudflare tells programs why they are turned away, here with status 200."""
        connection.answer(200, b"error code: " + rest.encode(), [("Content-Type", "text/plain")])

    def do_page_in_pieces(self, connection, request, _rest):
        """A soft 404 of unknown length; the first piece says no more than that it is HTML."""
        connection.head(200, [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")])
        for piece in (b"<!DOCTYPE html>\n<html lang=en>\n<head>\n", b"<title>In ", b"pieces</title>"):
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.pause(0.02)
        connection.send(b"0\r\n\r\n")

    def do_page_then_silence(self, connection, _request, _rest):
        """A page that begins, and goes on after hours."""
        connection.head(200, [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")])
        connection.send(b"2b\r\n<!DOCTYPE html><title>Half</title> and then \r\n")
        connection.hang()

    def do_png_as_jpeg(self, connection, _request, _rest):
        connection.answer(200, pictures.png(320, 200, seed=3))

    # --- validators ---

    def do_etag(self, connection, request, _rest):
        """Stale at once; 304 for its own tag."""
        fields = [("Content-Type", "image/jpeg"), ("ETag", '"v1"'), ("Cache-Control", "max-age=0")]
        if request.headers.get("if-none-match") == '"v1"':
            connection.send(b'HTTP/1.1 304 X\r\nETag: "v1"\r\nCache-Control: max-age=0\r\n\r\n')
        else:
            connection.answer(200, self.image, fields)

    def do_no_etag(self, connection, _request, _rest):
        """Stale at once, without a validator."""
        connection.answer(
            200, self.image, [("Content-Type", "image/jpeg"), ("Cache-Control", "max-age=0")]
        )

    def do_changes(self, connection, request, _rest):
        """Another picture at each request, stale at once, and a tag that tells."""
        number = self._count(request)
        connection.answer(
            200,
            pictures.jpeg(640, 480, seed=100 + number),
            [
                ("Content-Type", "image/jpeg"),
                ("ETag", f'"{number}"'),
                ("Cache-Control", "max-age=0"),
            ],
        )

    def do_image(self, connection, _request, rest):
        """/image/N: a picture of its own for each N, fresh for a day."""
        connection.answer(
            200,
            pictures.jpeg(400, 300, seed=int(rest or 0)),
            [("Content-Type", "image/jpeg"), ("Cache-Control", "max-age=86400")],
        )

    def _count(self, request):
        with self._changed:
            return sum(r.target == request.target for r in self._requests)
