"""A network of its own: a namespace with only loopback in it, where every address has a route, to
nowhere. So a test can see that no packet was sent, and no packet can leave by mistake.

	with Island(folder) as island:
		island.url("/image/1")                 faultd inside
		site.check(..., wrapper=island.wrapper)
		island.requests(), island.connections  what faultd saw
		island.opened()                        TCP connections that were begun inside, by anyone
		island.asked()                         names that the name server was asked for

The name server (127.0.0.1, port 53): see answer_of(). Needs the permission to make namespaces;
Island.is_possible() says whether this machine gives it."""

import functools
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading

WAIT_S = 30
LATE_S = 3.2  # an answer within the limit of a lookup, 5 s
NAMESPACES = ("--user", "--map-root-user", "--net", "--mount")


class Island:
    def __init__(self, folder, *options):
        folder.mkdir(parents=True, exist_ok=True)
        # setpriv: it dies with this process, whatever becomes of it.
        self.process = subprocess.Popen(
            ["unshare", *NAMESPACES, "setpriv", "--pdeathsig", "KILL", sys.executable, __file__]
            + [str(folder), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        if not first:
            raise RuntimeError("the island did not come up")
        self.port = json.loads(first)["port"]
        target = f"--target={self.process.pid}"
        options = ("--user", "--net", "--mount", "--preserve-credentials", "--wd=.")
        self.wrapper = ("nsenter", target, *options)

    @staticmethod
    @functools.cache
    def is_possible():
        trial = "mount --bind /etc/resolv.conf /etc/resolv.conf && ip link set lo up"
        return not subprocess.run(
            ["unshare", *NAMESPACES, "sh", "-c", trial], capture_output=True, check=False
        ).returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(WAIT_S)
        self.process.stdout.close()

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"

    def _say(self):
        self.process.stdin.write("say\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def requests(self):
        """[path, headers, time of arrival] in order."""
        return self._say()["requests"]

    @property
    def connections(self):
        return self._say()["connections"]

    def opened(self):
        return self._say()["opened"]

    def asked(self):
        return self._say()["asked"]


# --- inside ---


def answer_of(name, count):
    """What the name server says of `name` when it is asked for the count-th time: a list of IPv4
    addresses, an error code of RFC 1035, or None for silence. Under .test:
    here*: 127.0.0.1; private*: 10.0.0.1; mixed*: both; rebind*: 127.0.0.1 at first, 10.0.0.1 then;
    broken*: SERVFAIL; stumble*: SERVFAIL at first, 127.0.0.1 then; silent*: nothing;
    late*: 127.0.0.1, but see LATE_S; all else: no such name."""
    label = name.split(".")[0].rstrip("0123456789")
    if not name.endswith(".test"):
        return 3
    return {
        "here": ["127.0.0.1"],
        "private": ["10.0.0.1"],
        "mixed": ["10.0.0.1", "127.0.0.1"],
        "rebind": ["127.0.0.1" if count <= 1 else "10.0.0.1"],
        "broken": 2,
        "stumble": 2 if count <= 1 else ["127.0.0.1"],
        "silent": None,
        "late": ["127.0.0.1"],
    }.get(label, 3)


def read_question(query):
    """(name, type, end of the question) of RFC 1035 section 4.1.2"""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    (kind,) = struct.unpack_from(">H", query, at + 1)
    return ".".join(labels).lower(), kind, at + 5


def make_answer(query, end, kind, answer):
    addresses = answer if isinstance(answer, list) and kind == 1 else []
    code = answer if isinstance(answer, int) else 0
    head = struct.pack(">HHHHH", 0x8180 | code, 1, len(addresses), 0, 0)
    records = b"".join(
        struct.pack(">HHHIH", 0xC00C, 1, 1, 0, 4) + socket.inet_aton(address)
        for address in addresses
    )
    return query[:2] + head + query[12:end] + records


def serve_names(asked):
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 53))

    def loop():
        counts = {}
        while True:
            query, peer = listener.recvfrom(4096)
            name, kind, end = read_question(query)
            asked.append(name)
            counts[name, kind] = counts.get((name, kind), 0) + 1
            answer = answer_of(name, counts[name, kind])
            if answer is None:
                continue
            message = make_answer(query, end, kind, answer)
            if name.startswith("late"):
                threading.Timer(LATE_S, listener.sendto, (message, peer)).start()
            else:
                listener.sendto(message, peer)

    threading.Thread(target=loop, daemon=True).start()


def opened():
    """ActiveOpens: connections begun in this namespace, answered or not (RFC 4022)."""
    lines = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()]
    names, values = [line for line in lines if line[0] == "Tcp:"]
    return int(values[names.index("ActiveOpens")])


def run(*command):
    subprocess.run(command, check=True)


def add_routes():
    for family in ("-4", "-6"):
        run("ip", family, "route", "add", "default", "dev", "lo")


def cut(server, path):
    """/cut/SECONDS/NUMBER/...: when all these images were asked for, the cable is out, once, for so
    long. No seconds: for good."""
    seconds, *awaited = path.split("/")
    if len(server.requests(f"/cut/{path}")) > 1:
        return
    for number in awaited:
        server.wait_for(f"/image/{number}")
    run("ip", "link", "set", "lo", "down")
    server.closing.wait(float(seconds) if seconds else None)
    run("ip", "link", "set", "lo", "up")
    add_routes()


def main(folder, *options):
    # pylint: disable-next=import-outside-toplevel
    import faultd

    asked = []
    configuration = pathlib.Path(folder) / "resolv.conf"
    configuration.write_text("nameserver 127.0.0.1\n", encoding="ascii")
    run("mount", "--bind", str(configuration), "/etc/resolv.conf")
    run("ip", "link", "set", "lo", "up")
    if "no-route" not in options:
        add_routes()
    if "no-names" not in options:
        serve_names(asked)
    with faultd.Faultd() as server:
        server.do_cut = lambda connection, _, path: (
            cut(server, path),
            connection.answer(200, server.image),
        )
        print(json.dumps({"port": server.port}), flush=True)
        while sys.stdin.readline():
            said = {
                "requests": [[r.path, r.headers, r.at] for r in server.requests()],
                "connections": server.connections,
                "opened": opened(),
                "asked": asked,
            }
            print(json.dumps(said), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
