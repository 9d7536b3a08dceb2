"""A real nginx for one run: its own folder, free loopback ports, an access log that can be read."""

import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import urllib.request

STOP_S = 10
PORT_RANGE = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


_given = set()


def free_port(address="127.0.0.1"):
    """A port that nothing listens on, below those that the kernel gives to connections and to bind(0):
    until the server has it nobody else comes by. No port is given twice."""
    lowest_of_kernel = int(PORT_RANGE.read_text().split()[0]) if PORT_RANGE.exists() else 32768
    while True:
        port = random.randrange(min(10240, lowest_of_kernel - 1000), lowest_of_kernel)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
        _given.add(port)
        return port


def quoted(path):
    """The path as one word of a configuration."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class Nginx:
    """Starts nginx with `servers` (the text of its server blocks) and stops it with close().

    It runs in the foreground and dies with this process, whatever becomes of it."""

    LOG = (
        '{"method":"$request_method","path":"$request_uri","status":$status,'
        '"protocol":"$server_protocol","connection":$connection,"host":"$http_host",'
        '"if_none_match":"$http_if_none_match","if_modified_since":"$http_if_modified_since",'
        '"user_agent":"$http_user_agent","accept":"$http_accept",'
        '"accept_encoding":"$http_accept_encoding"}'
    )

    def __init__(self, folder, servers, ready_port):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / "access.log"
        self.log_path.write_text("")
        self._seen = 0
        self.admin_port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(self._config(servers))
        self.process = subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "TERM",
                shutil.which("nginx") or "/usr/sbin/nginx",
                "-e",
                str(self.folder / "error.log"),
                "-p",
                str(self.folder),
                "-c",
                str(config),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._wait_until_it_listens(ready_port)

    def _config(self, servers):
        temporary = "\n".join(
            f"\t{name}_temp_path {quoted(self.folder / f'temp-{name}')};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # Started as root its workers would be www-data, which may not look into our folders.
        user = "user root;" if os.geteuid() == 0 else ""
        return f"""{user}
worker_processes 1;
daemon off;
pid {quoted(self.folder / "nginx.pid")};
error_log {quoted(self.folder / "error.log")};
events {{ worker_connections 1024; }}
http {{
{temporary}
	types {{ image/jpeg jpg jpeg; image/png png; image/gif gif; image/webp webp;
		image/avif avif; image/svg+xml svg; text/html html; }}
	default_type application/octet-stream;
	log_format requests escape=json '{self.LOG}';
	access_log {quoted(self.log_path)} requests;
	keepalive_requests 100000;
	server {{
		listen 127.0.0.1:{self.admin_port};
		location / {{ return 200 ""; }}
	}}
{servers}
}}
"""

    def _wait_until_it_listens(self, port):
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=STOP_S).close()
                return
            except ConnectionRefusedError:
                pass
            try:
                self.process.wait(timeout=0.01)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError("nginx: " + self.process.stderr.read().decode(errors="replace"))

    def requests(self):
        """What was asked since the last call of forget(), in the order it was answered."""
        self._settle()
        with open(self.log_path, encoding="utf-8") as log:
            # The last one may be half: that of what has settled it, which is not asked for.
            lines = [json.loads(line) for line in log if line.endswith("\n")]
        return [line for line in lines[self._seen :] if not line["path"].startswith("/settle")]

    def forget(self):
        self._settle()
        with open(self.log_path, encoding="utf-8") as log:
            self._seen = sum(1 for _ in log)

    def _settle(self):
        """nginx writes a request's line after its answer, and has one worker: when a second request
        has been answered, the first one's line, and all before it, are in the log."""
        for _ in range(2):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/settle") as answer:
                answer.read()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
