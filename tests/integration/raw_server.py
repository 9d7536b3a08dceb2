"""What servers that misbehave have in common: a listening socket on a free port, a thread for each
connection, and an end that wakes them all.

A subclass has _serve(sock, number), which runs until the peer or the server is gone."""

import socket
import threading

PATIENCE_S = 30  # for wait_for(): what does not come in this time does not come


class Closed(Exception):
    """The peer or the server is gone: nothing is left to do on this connection."""


class RawConnection:
    """One accepted socket and what handlers do with it."""

    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Closed from error

    def pause(self, seconds):
        """Waits, but no longer than the server lives."""
        if self.server.closing.wait(seconds):
            raise Closed

    def hang(self):
        self.server.closing.wait()
        raise Closed


class RawServer:
    """`tls`: an ssl.SSLContext of a server, or None."""

    def __init__(self, address="127.0.0.1", tls=None):
        self.tls = tls
        self.closing = threading.Event()
        self._changed = threading.Condition()
        self._requests, self._connections = [], 0
        self._open = set()
        self._listener = socket.create_server((address, 0), backlog=256)
        self.address = address
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.closing.is_set():
            return
        self.closing.set()
        # shutdown() wakes the thread in accept(); close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        with self._changed:
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def url(self, path):
        return f"http{'s' if self.tls else ''}://{self.address}:{self.port}{path}"

    def requests(self, path=None):
        """In order of arrival."""
        with self._changed:
            return [r for r in self._requests if path in (None, r.path)]

    @property
    def connections(self):
        """Accepted so far."""
        with self._changed:
            return self._connections

    def wait_for(self, path, count=1):
        with self._changed:
            came = self._changed.wait_for(
                lambda: sum(r.path == path for r in self._requests) >= count, PATIENCE_S
            )
        assert came, f"{path} was not asked for {count} times; asked: {self._requests}"

    def _note(self, request):
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()

    def _accept(self):
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._connections += 1
                self._open.add(sock)
                number = self._connections
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _hide(self, sock):
        """The socket within TLS; the given one is no longer of use."""
        hidden = self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        with self._changed:
            self._open.discard(sock)
            self._open.add(hidden)
        return hidden

    def _leave(self, sock):
        with self._changed:
            self._open.discard(sock)
        sock.close()
