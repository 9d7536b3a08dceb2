"""Completion in a real zsh, typed at; bash and fish are asked in tests/unit/cli."""

import os
import pathlib
import pty
import re
import select
import shutil
import time

import pytest

from conftest import BINARY

ZSH = shutil.which("zsh", path="/usr/bin:/bin")
COMPLETION = BINARY.parent.parent / "docs/_picdesk"


class Zsh:
    """With what `compinit` finds in one folder; its prompt is "ready> "."""

    def __init__(self, folder):
        functions = folder / "functions"
        functions.mkdir()
        shutil.copy(COMPLETION, functions)
        (folder / ".zshrc").write_text(
            "setopt no_beep no_global_rcs no_prompt_sp\nunset zle_bracketed_paste\nPS1='ready> '\n"
            "fpath=(~/functions $fpath)\nautoload -U compinit\ncompinit -u -D\n"
        )
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            path = f"{BINARY.parent}:/usr/bin:/bin"
            os.execve(ZSH, ["zsh", "-i"], {"PATH": path, "TERM": "dumb", "HOME": str(folder)})
        self.seen = ""
        self.wait_for("ready> ")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def line(self):
        """The last line as it stands on the screen: zsh steps back and writes over."""
        shown, column = [], 0
        for letter in re.split(r"[\r\n]", self.seen)[-1]:
            if letter == "\b":
                column -= 1
                continue
            shown[column : column + 1] = [letter]
            column += 1
        return "".join(shown)

    def wait_for(self, text):
        deadline = time.monotonic() + 30
        while text not in self.line():
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.seen
            self.seen += os.read(self.fd, 65536).decode("utf-8", "replace")

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


@pytest.mark.skipif(
    ZSH is None or not COMPLETION.exists(), reason="needs zsh, which dev/packages.txt leaves out"
)
@pytest.mark.parametrize(
    "typed,completed",
    [
        ("picdesk ch", "picdesk check "),
        ("picdesk check --fail-i", "--fail-if-empty"),
        ("picdesk check -f ju", "-f junit "),
        ("picdesk check --fail-on wa", "--fail-on warning "),
        ("picdesk help loc", "help localize "),
        ("picdesk import func", "import functions"),
        ("picdesk check --cache-dir func", "--cache-dir functions"),
    ],
)
def test_zsh_completes(tmp_path, typed, completed):
    shell = Zsh(pathlib.Path(tmp_path))
    try:
        shell.type(typed + "\t")
        shell.wait_for(completed)
    finally:
        shell.close()
