"""A server of HTTP/2 (RFC 9113) that misbehaves on demand, frame by frame, within TLS.

	with H2d(certificates) as server:
		server.url("/reset/refused")
		server.requests()              (connection, stream, path) in order of arrival

What each path does stands in the docstring of its handler. The fields of a request are read by
libnghttp2, which libcurl needs anyway; answers are written as literals (RFC 7541 section 6.2.2)."""

import collections
import ctypes
import ssl
import struct

import pictures
from raw_server import Closed, RawConnection, RawServer

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# Frames and their flags (section 6), error codes (section 7).
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE = 0, 1, 3, 4, 5
PING, GOAWAY, CONTINUATION = 6, 7, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 1, 1, 4, 8, 0x20
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 0, 2, 7, 8
ENHANCE_YOUR_CALM, HTTP_1_1_REQUIRED = 11, 13
MAX_CONCURRENT_STREAMS = 3
MOST_DATA = 16384

Request = collections.namedtuple("Request", "connection stream path")


class _Field(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.POINTER(ctypes.c_uint8)),
        ("value", ctypes.POINTER(ctypes.c_uint8)),
        ("name_bytes", ctypes.c_size_t),
        ("value_bytes", ctypes.c_size_t),
        ("flags", ctypes.c_uint8),
    ]


class FieldReader:
    """HPACK, as far as requests need it."""

    def __init__(self):
        self._library = ctypes.CDLL("libnghttp2.so.14")
        self._library.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
        self._inflater = ctypes.c_void_p()
        self._library.nghttp2_hd_inflate_new(ctypes.byref(self._inflater))

    def close(self):
        self._library.nghttp2_hd_inflate_del(self._inflater)

    def read(self, block):
        fields, flags, field = {}, ctypes.c_int(0), _Field()
        while True:
            taken = self._library.nghttp2_hd_inflate_hd2(
                self._inflater,
                ctypes.byref(field),
                ctypes.byref(flags),
                block,
                ctypes.c_size_t(len(block)),
                1,
            )
            if taken < 0:
                raise Closed
            block = block[taken:]
            if flags.value & 2:
                name = ctypes.string_at(field.name, field.name_bytes).decode()
                fields[name] = ctypes.string_at(field.value, field.value_bytes).decode("latin-1")
            if flags.value & 1:
                self._library.nghttp2_hd_inflate_end_headers(self._inflater)
                return fields


def literal(name, value):
    def text(bytes_):
        assert len(bytes_) < 127
        return bytes([len(bytes_)]) + bytes_

    return b"\0" + text(name.encode()) + text(str(value).encode("latin-1"))


class Connection(RawConnection):
    def __init__(self, server, sock, number):
        super().__init__(server, sock, number)
        self.reader = FieldReader()
        self.n_requests = 0
        self.held = []  # streams

    def read_exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                piece = self.sock.recv(count - len(data))
            except OSError as error:
                raise Closed from error
            if not piece:
                raise Closed
            data += piece
        return data

    def read_frame(self):
        head = self.read_exactly(9)
        length = int.from_bytes(head[:3], "big")
        stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
        return head[3], head[4], stream, self.read_exactly(length)

    def frame(self, kind, flags=0, stream=0, payload=b""):
        head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
        self.send(head + struct.pack(">I", stream) + payload)

    def settings(self, streams=100):
        self.frame(SETTINGS, payload=struct.pack(">HI", MAX_CONCURRENT_STREAMS, streams))

    def head(self, stream, status=200, fields=(("content-type", "image/jpeg"),), flags=0):
        block = literal(":status", status) + b"".join(literal(*field) for field in fields)
        self.frame(HEADERS, END_HEADERS | flags, stream, block)

    def data(self, stream, data, is_end=True):
        for start in range(0, len(data), MOST_DATA):
            piece = data[start : start + MOST_DATA]
            is_last = is_end and start + MOST_DATA >= len(data)
            self.frame(DATA, END_STREAM if is_last else 0, stream, piece)

    def answer(self, stream, body=None, status=200):
        self.head(stream, status)
        self.data(stream, self.server.image if body is None else body)

    def reset(self, stream, code):
        self.frame(RST_STREAM, 0, stream, struct.pack(">I", code))

    def go_away(self, last_stream, code=NO_ERROR):
        self.frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, code))


class H2d(RawServer):
    def __init__(self, certificates, address="127.0.0.1"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificates.certificate("good"))
        context.set_alpn_protocols(["h2"])
        self.image = pictures.jpeg(640, 480, seed=7)
        self.streams = 100  # at once, in one connection
        super().__init__(address, context)

    def _serve(self, plain, number):
        sock = self._hide(plain)
        connection = Connection(self, sock, number)
        try:
            sock.do_handshake()
            if connection.read_exactly(len(PREFACE)) != PREFACE:
                return
            connection.settings(self.streams)
            while not self.closing.is_set():
                self._take_frame(connection)
        except (Closed, OSError):
            pass
        finally:
            self._leave(sock)
            connection.reader.close()

    def _take_frame(self, connection):
        kind, flags, stream, payload = connection.read_frame()
        if kind == SETTINGS and not flags & ACK:
            connection.frame(SETTINGS, ACK)
        elif kind == PING and not flags & ACK:
            connection.frame(PING, ACK, 0, payload)
        elif kind == HEADERS:
            if flags & PRIORITY:
                payload = payload[5:]
            path = connection.reader.read(payload)[":path"]
            request = Request(connection.number, stream, path)
            self._note(request)
            connection.n_requests += 1
            self._respond(connection, request)

    def _respond(self, connection, request):
        _, name, *rest = request.path.split("?")[0].split("/")
        handler = getattr(self, "do_" + name.replace("-", "_"))
        handler(connection, request, "/".join(rest))

    def _is_first(self, request):
        """Of this target."""
        return len(self.requests(request.path)) == 1

    # --- behaviours ---

    def do_image(self, connection, request, _rest):
        connection.answer(request.stream)

    def do_reset(self, connection, request, rest):
        """/reset/CODE: always."""
        connection.reset(request.stream, int(rest))

    def do_reset_once(self, connection, request, rest):
        """/reset-once/CODE: the first request of this target is reset, later ones are answered."""
        if self._is_first(request):
            connection.reset(request.stream, int(rest))
        else:
            connection.answer(request.stream)

    def do_reset_within_once(self, connection, request, rest):
        """The same, within the picture."""
        if self._is_first(request):
            connection.head(request.stream)
            connection.data(request.stream, self.image[:1000], False)
            connection.reset(request.stream, int(rest))
        else:
            connection.answer(request.stream)

    def do_reset_behind(self, connection, request, rest):
        """/reset-behind/CODE: a whole answer, and then a reset (section 8.1)."""
        connection.answer(request.stream)
        connection.reset(request.stream, int(rest))

    def do_close_once(self, connection, request, rest):
        """/close-once/N: the connection ends behind so many bytes of the picture, without a
        Content-Length; the next one brings it."""
        if not self._is_first(request):
            connection.answer(request.stream)
            return
        connection.head(request.stream)
        connection.data(request.stream, self.image[: int(rest)], False)
        raise Closed

    def do_leave_once(self, connection, request, rest):
        """GOAWAY, which leaves the first request of this target out (section 6.8)."""
        if not self._is_first(request):
            connection.answer(request.stream)
            return
        connection.go_away(max(request.stream - 2, 0))
        if rest == "close":
            raise Closed

    def do_break_once(self, connection, request, rest):
        """/break-once/N: behind so many bytes of the picture a frame that is longer than allowed
        (section 4.2), which ends the connection; the next one brings the picture."""
        if not self._is_first(request):
            connection.answer(request.stream)
            return
        connection.head(request.stream)
        if int(rest):
            connection.data(request.stream, self.image[: int(rest)], False)
        connection.frame(DATA, END_STREAM, request.stream, self.image[int(rest) :] * 9)

    def do_leave_after(self, connection, request, rest):
        """/leave-after/N: the Nth request of a connection is its last one that is answered."""
        if connection.n_requests <= int(rest):
            connection.answer(request.stream)
        if connection.n_requests == int(rest):
            connection.go_away(request.stream)

    def do_leave_within(self, connection, request, _rest):
        """GOAWAY within the picture, which goes on."""
        connection.head(request.stream)
        connection.data(request.stream, self.image[:1000], False)
        connection.go_away(request.stream)
        connection.data(request.stream, self.image[1000:])

    def do_dead(self, connection, request, rest):
        """/dead/N: from its Nth request on, the first connection is silent."""
        if connection.number == 1 and connection.n_requests >= int(rest):
            connection.hang()
        connection.answer(request.stream)

    def do_hang(self, connection, _request, _rest):
        connection.hang()

    def do_padded(self, connection, request, _rest):
        """More padding than picture."""
        padding = b"\0" * 255
        block = literal(":status", 200) + literal("content-type", "image/jpeg")
        connection.frame(HEADERS, END_HEADERS | PADDED, request.stream, b"\xff" + block + padding)
        for start in range(0, len(self.image), 100):
            flags = PADDED | (END_STREAM if start + 100 >= len(self.image) else 0)
            piece = self.image[start : start + 100]
            connection.frame(DATA, flags, request.stream, b"\xff" + piece + padding)

    def do_padding_flood(self, connection, request, _rest):
        """Nothing but padding, without end."""
        connection.head(request.stream)
        while True:
            connection.frame(DATA, PADDED, request.stream, b"\xff" + b"\0" * 255)

    def do_empty_flood(self, connection, request, _rest):
        """Data without a byte, faster than anybody reads them."""
        connection.head(request.stream)
        frame = b"\0\0\0" + bytes([DATA, 0]) + struct.pack(">I", request.stream)
        while True:
            connection.send(frame * 2000)

    def do_continuation_flood(self, connection, request, rest):
        """A header without end, /continuation-flood/N: in pieces of N fields."""
        connection.frame(HEADERS, 0, request.stream, literal(":status", 200))
        while True:
            connection.frame(CONTINUATION, 0, request.stream, literal("x-a", "a" * 99) * int(rest))

    def do_1xx_flood(self, connection, request, _rest):
        while True:
            connection.head(request.stream, 103, [("link", "</a>")])

    def do_early_hints(self, connection, request, _rest):
        connection.head(request.stream, 103, [("link", "</a>")])
        connection.answer(request.stream)

    def do_ping_flood(self, connection, request, _rest):
        connection.head(request.stream)
        while True:
            connection.frame(PING, 0, 0, b"12345678")

    def do_settings_flood(self, connection, request, _rest):
        connection.head(request.stream)
        while True:
            connection.settings()

    def do_trailers(self, connection, request, _rest):
        connection.head(request.stream)
        connection.data(request.stream, self.image, False)
        connection.frame(HEADERS, END_HEADERS | END_STREAM, request.stream, literal("x-t", "1"))

    def do_line_break(self, connection, request, _rest):
        """A field that would be two in HTTP/1.1."""
        connection.head(request.stream, 200, [("x-a", "b\r\nset-cookie: c")])
        connection.data(request.stream, self.image)

    def do_no_status(self, connection, request, _rest):
        connection.frame(HEADERS, END_HEADERS, request.stream, literal("server", "x"))
        connection.data(request.stream, self.image)

    def do_data_first(self, connection, request, _rest):
        """A body without a header."""
        connection.data(request.stream, self.image)

    def do_status(self, connection, request, rest):
        connection.answer(request.stream, b"<title>no</title>", int(rest))

    def do_announce(self, connection, request, rest):
        """/announce/STATUS: a page that does not come."""
        connection.head(request.stream, int(rest), [("content-length", 100000)])

    def do_hold(self, connection, request, _rest):
        """Answered behind a later request for /release over the same connection."""
        connection.held.append(request.stream)

    def do_release(self, connection, request, _rest):
        for stream in (request.stream, *connection.held):
            connection.answer(stream)

    def do_empty(self, connection, request, _rest):
        connection.head(request.stream, 200, flags=END_STREAM)

    def do_length(self, connection, request, rest):
        """/length/N: the picture under this Content-Length."""
        connection.head(request.stream, 200, [("content-length", int(rest))])
        connection.data(request.stream, self.image)

    def do_push(self, connection, request, _rest):
        """A push that the client does not allow."""
        block = literal(":method", "GET") + literal(":path", "/image")
        block += literal(":scheme", "https") + literal(":authority", f"127.0.0.1:{self.port}")
        connection.frame(PUSH_PROMISE, END_HEADERS, request.stream, struct.pack(">I", 2) + block)
        connection.answer(request.stream)

    def do_junk(self, connection, _request, _rest):
        """No frames."""
        connection.send(b"\xff" * 100)
        connection.hang()

    def do_unknown_frame(self, connection, request, _rest):
        """Which is to be ignored (section 5.5)."""
        connection.frame(0xFA, 0xFF, request.stream, b"hello")
        connection.answer(request.stream)

    def do_big(self, connection, request, rest):
        """/big/N: a picture's beginning, and N bytes more."""
        connection.head(request.stream)
        connection.data(request.stream, self.image[:600] + b"\x55" * int(rest))

    def do_drip(self, connection, request, _rest):
        """A byte every 100 ms."""
        connection.head(request.stream)
        for i in range(len(self.image)):
            connection.data(request.stream, self.image[i : i + 1], False)
            connection.pause(0.1)
