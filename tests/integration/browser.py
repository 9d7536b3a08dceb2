"""A headless Chromium, driven over its debugging pipe, in a network namespace without any network.

	with Browser(folder) as browser:
		browser.open(file)
		browser.evaluate("document.title")

`is_available()` is false where Debian's chromium is not installed (it is no part of dev/packages.txt:
130 MB to fetch), or where no namespace may be made."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading

CHROMIUM = shutil.which("chromium", path="/usr/bin:/bin")
ALONE = ["unshare", "--user", "--map-root-user", "--net"]
TIMEOUT_S = 60


def is_available():
    return (
        CHROMIUM is not None
        and not subprocess.run([*ALONE, "true"], capture_output=True).returncode
    )


class Browser:
    def __init__(self, folder, size=(1280, 900), dark=False):
        to_child, self._out = os.pipe()
        self._in, from_child = os.pipe()
        flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}/chromium",
            f"--window-size={size[0]},{size[1]}",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            "about:blank",
        ]

        # It is killed, and leaves there what it made; its socket's path has to be short.
        self._temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # The browser reads commands from descriptor 3 and answers at 4.
        command = 'exec "$0" "$@" 3<&%d 4>&%d' % (to_child, from_child)
        self._process = subprocess.Popen(
            [*ALONE, "bash", "-c", command, CHROMIUM, *flags],
            pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": self._temporary.name},
            start_new_session=True,
        )
        os.close(to_child)
        os.close(from_child)
        self._reader = os.fdopen(self._in, "rb")
        self._number, self.session, self.errors = 0, None, []
        self._events, self._rest = [], b""
        self._watch = threading.Timer(TIMEOUT_S, self._kill)
        self._watch.start()

    def _kill(self):
        os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self._watch.cancel()
        self._kill()
        self._process.wait()
        self._temporary.cleanup()
        os.close(self._out)
        self._reader.close()

    def _receive(self):
        pieces = [self._rest]
        while b"\0" not in pieces[-1]:
            pieces.append(self._reader.read1(1 << 20))
            assert pieces[-1], "the browser has gone"
        message, _, self._rest = b"".join(pieces).partition(b"\0")
        return json.loads(message)

    def _take(self, message):
        self._events.append(message)
        method, parameters = message["method"], message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.errors.append(str(parameters["args"]))

    def call(self, method, **parameters):
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            if "method" in answer:
                self._take(answer)

    def wait_for(self, method):
        while not any(event["method"] == method for event in self._events):
            message = self._receive()
            if "method" in message:
                self._take(message)

    def open(self, file):
        self._events.clear()
        self.call("Page.navigate", url=f"file://{file}")
        self.wait_for("Page.loadEventFired")

    def requests(self):
        """The URLs that the page asked for, itself included."""
        return [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def evaluate(self, expression):
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def key(self, key, code=None):
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=code or key,
                windowsVirtualKeyCode={"Tab": 9, "Enter": 13}.get(key, 0),
                **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}),
            )

    def nodes(self):
        """(role, name) of all that assistive technology is told of."""
        tree = self.call("Accessibility.getFullAXTree")["nodes"]
        return [
            (node.get("role", {}).get("value"), node.get("name", {}).get("value", ""))
            for node in tree
            if not node.get("ignored")
        ]
