"""The progress display, as a terminal of 80x24 shows it, and what stands there instead."""

import fcntl
import os
import pty
import re
import shlex
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import BINARY


class Screen:
    """As much of a terminal as the display uses. A row that was drawn must never be blank between
    two frames: that is what flickers."""

    def __init__(self, columns=80):
        self.columns, self.rows, self.row, self.column = columns, [""], 0, 0
        self.frames = []

    def feed(self, text):
        for piece in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", text):
            if piece == "\r":
                self.column = 0
            elif piece == "\n":
                self.row += 1
                self.rows += [""] * (self.row + 1 - len(self.rows))
            elif piece == "\x1b[K":
                self.rows[self.row] = self.rows[self.row][: self.column]
            elif piece == "\x1b[J":
                self.frames.append("")
                self.rows[self.row] = self.rows[self.row][: self.column]
                del self.rows[self.row + 1 :]
            elif move := re.fullmatch(r"\x1b\[(\d+)A", piece):
                self.frames.append("\n".join(self.rows))
                self.row -= int(move[1])
                assert self.row >= 0
            else:
                assert not piece.startswith("\x1b"), repr(piece)
                row = self.rows[self.row].ljust(self.column)
                self.rows[self.row] = row[: self.column] + piece + row[self.column + len(piece) :]
                self.column += len(piece)
                assert self.column < self.columns, "a line wraps"


def on_terminal(picdesk, *arguments, cwd, until=None):
    """Runs it with stderr on a terminal of 80x24; `until` may interrupt: what stands on the screen."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = picdesk.start(*arguments, cwd=cwd, stderr=slave, env={"TERM": "xterm"})
    os.close(slave)
    screen = Screen()
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        screen.feed(data.decode())
        if until and until("\n".join(screen.rows)):
            process.send_signal(signal.SIGINT)
            until = None
    out, _ = process.communicate()
    os.close(master)
    return process.returncode, out.decode(), screen


@pytest.fixture
def slow_site(site, faultd):
    """2,000 images of one host at 50 ms each: more than a minute and a half."""
    site.jekyll()
    site.write(
        "_news/many.md", "".join(f"![x]({faultd.url(f'/nothing/{i}')})\n" for i in range(2000))
    )
    return site


FLAGS = ["--allow-private=127.0.0.0/8", "--max-retries", "0"]


def test_live_display(slow_site, faultd):
    port = faultd.url("/").split(":")[2].rstrip("/")
    code, _, screen = on_terminal(
        slow_site.picdesk,
        "check",
        *FLAGS,
        cwd=slow_site.root,
        until=lambda text: "s left" in text and "/s," in text,
    )
    assert code == 130
    # Said before the wait, and left standing when the display is gone.
    said = "\n".join(screen.rows)
    assert f"127.0.0.1:{port}: 2,000 images at one request every 50 ms are 1 min 40 s" in said
    assert "hosts: {" in said and "images, " not in said and "%" not in said
    drawn = [frame for frame in screen.frames if "%" in frame]
    assert len(drawn) > 5
    last = drawn[-1].splitlines()
    bar = next(line for line in last if "%" in line)
    assert re.match(r"\[=*>? *\] +\d+%  [\d,]+/2,000, 1 min \d+ s left", bar), bar
    assert any(re.match(r"[\d,]+ to fetch, .*broken", line) for line in last)
    assert any(
        re.match(rf"  127\.0\.0\.1:{port}: [\d,]+ left, [\d.]+/s, 1 min", line) for line in last
    )
    # From the first frame on, the bar stands in each.
    first = screen.frames.index(drawn[0])
    ended = len(screen.frames) - 1 - screen.frames[::-1].index(drawn[-1])
    assert all("%" in frame for frame in screen.frames[first : ended + 1])


@pytest.fixture
def tmux(tmp_path):
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux, which dev/packages.txt leaves out")

    def run(*words):
        command = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null", *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    yield run
    subprocess.run(["tmux", "-S", str(tmp_path / "tmux"), "kill-server"], capture_output=True)


def start_in(tmux, site):
    """In a real terminal of 80x24; afterwards "ended" is signalled and the pane stays."""
    run = " ".join(
        ["TERM=screen", shlex.quote(str(BINARY)), "check", *FLAGS, ">/dev/null; tmux wait-for -S ended; cat"]
    )
    tmux("new-session", "-d", "-x", "80", "-y", "24", "-c", str(site.root), run)


def wait_until(tmux, is_shown):
    """Each look takes some 10 ms; the time-out is for what never comes."""
    deadline = time.monotonic() + 60
    while True:
        shown = tmux("capture-pane", "-p")
        if is_shown(shown):
            return shown
        assert time.monotonic() < deadline, shown


def test_live_display_in_tmux(slow_site, tmux):
    start_in(tmux, slow_site)
    shown = wait_until(tmux, lambda shown: "/s, " in shown)
    lines = [line for line in shown.splitlines() if line]
    assert len(lines) == 6 and max(map(len, lines)) < 80, shown
    assert re.match(r"\[=*>? *\] +\d+%  [\d,]+/2,000", lines[3]), shown
    tmux("send-keys", "C-c")
    tmux("wait-for", "ended")
    left = [line for line in tmux("capture-pane", "-p").splitlines() if line]
    assert left[:3] == lines[:3] and not any("%" in line for line in left), left
    # Nor does it stand in the history.
    assert "%" not in tmux("capture-pane", "-p", "-S", "-100")


def test_live_display_in_a_terminal_that_becomes_narrower(slow_site, tmux):
    """It breaks the drawn lines in two: the next frame takes the place of both."""
    start_in(tmux, slow_site)
    wait_until(tmux, lambda shown: "/s, " in shown)
    tmux("resize-window", "-x", "46", "-y", "24")

    def fits(shown):
        bars = [line for line in shown.splitlines() if "%" in line]
        return len(bars) == 1 and len(bars[0]) == 45 and shown.count("to fetch") == 1

    wait_until(tmux, fits)
    tmux("send-keys", "C-c")
    tmux("wait-for", "ended")


def test_no_terminal_gets_plain_lines(slow_site):
    result = slow_site.run("check", *FLAGS, "--max-time", "300ms")
    assert "\x1b" not in result.err and "\r" not in result.err
    assert "2,000 images at one request every 50 ms are 1 min 40 s" in result.err


def test_the_advice_for_a_slow_host_is_taken_as_it_stands(slow_site):
    said = slow_site.run("check", "--host-interval", "100ms", "--max-time", "300ms").err
    advice = re.search(r"Shorter \(20 s at best\) with this line in picdesk.yml:\n +(.*)\n", said)
    slow_site.write("picdesk.yml", advice[1] + "\n")
    again = slow_site.run("check", "--host-interval", "100ms", "--max-time", "300ms")
    assert again.code != 3 and "at one request every" not in again.err


@pytest.mark.parametrize("flag", ["-n", "-q"])
def test_off_says_nothing(slow_site, flag):
    result = slow_site.run("check", *FLAGS, "--max-time", "300ms", flag)
    assert result.err == ""


def test_out_of_time_is_complete_and_honest(slow_site):
    result = slow_site.json("check", "--host-interval", "50ms", "--max-time", "500ms")
    report, totals = result.report, result.totals
    assert report["run"]["complete"] is False and report["run"]["seconds"] < 5
    assert totals["images"] == 2000 == totals["broken"] + totals["unchecked"]
    assert 0 < totals["broken"] < 200
    for image in report["images"]:
        codes = [
            finding["code"] for finding in image["findings"] if finding["severity"] == "broken"
        ]
        assert bool(codes) == (image["status"] == "broken")
    text = slow_site.run("report").out
    assert f"{totals['unchecked']:,} unchecked: the run ended before their turn" in text
    assert "Next: run it again" in text and "and keeps what is fresh" in text


def test_a_run_that_only_writes_files_says_so_in_one_line(photo_site):
    """On a terminal, after the display is gone; nothing with -q, nothing where no terminal is."""
    quick = photo_site.picdesk.QUICK
    files = ["-f", "json", "-o", "r.json", "-f", "junit", "-o", "r.xml"]

    def said(*words):
        code, out, screen = on_terminal(photo_site.picdesk, *words, cwd=photo_site.root)
        assert code == 0 and out == ""
        return [row for row in screen.rows if row]

    line = "picdesk: 4 images: 4 ok; written to r.json, r.xml"
    assert said("check", *quick, *files) == [line]
    assert said("check", *quick, "-n", *files) == [line]
    assert said("check", *quick, "-q", *files) == []
    assert said("report", *files) == [line]
    assert said("scan", "-f", "json", "-o", "s.json") == [
        "picdesk: 4 references to 4 images; written to s.json"
    ]
    assert said("diff", "r.json", "r.json", "-f", "markdown", "-o", "d.md") == [
        "picdesk: 0 newly broken, 0 still broken, 0 fixed; written to d.md"
    ]
    many = [word for i in range(6) for word in ("-f", "json", "-o", f"a-report-{i}.json")]
    assert said("report", *many) == ["picdesk: 4 images: 4 ok; written to 6 files"]
    assert said("report", "-f", "json", "-o", "/dev/null") == []
    assert photo_site.run("check", *quick, "-n", *files).err == ""
