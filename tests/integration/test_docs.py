"""The pages of docs/ and the README as a reader uses them: each command is run as it stands there, each
piece of picdesk.yml is read, each flag exists, each link leads somewhere."""

import re
import subprocess

import pytest

import pictures
from conftest import TOP
from test_ci import path_with

PAGES = sorted([TOP / "README.md", TOP / "examples/README.md", *(TOP / "docs").glob("*.md")])
JOBS = ("pre-build", "warming", "checking", "templates", "ci", "editing")
# What stands for something else: VERB, FORM, FILE; "..."; the header of a file format.
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b|\.\.\.|\\n")
OTHERS = ("jekyll", "hugo", "hexo", "eleventy", "astro", "mkdocs")


def commands_of(text):
    """What begins with picdesk: lines of code blocks, and code within lines."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M)
    # After a prompt, as a step of a service, in a crontab.
    start = re.compile(r"^\s*(?:\$ |- run: |- |[\d* ]{9,}cd \S+ && )?(?=picdesk )")
    # So far to the right stands the heading of a bench's table.
    lines = [
        start.sub("", line).strip()
        for block in blocks
        for line in block.splitlines()
        if not line.startswith(" " * 20)
    ]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
    found = [c.split(" #")[0].strip() for c in lines + spans if re.match(r"picdesk [a-z]", c)]
    # "picdesk asks one host ..." is a sentence; the recipe for cron is run by test_ci.py.
    return [c for c in found if not PLACEHOLDER.search(c) and "$" not in c and " = " not in c]


COMMANDS = sorted({command for page in PAGES for command in commands_of(page.read_text())})
VERBS = (
    "build warm check scan report diff show stats gc fsck export import localize fix config init help"
).split()


def examples_of_help(site):
    for verb in VERBS:
        text = site.run("help", verb).out.split("\nUsage\n")[0]
        yield from re.findall(r"^  (picdesk .*)$", text, re.M)


@pytest.fixture
def reader(site, tmp_path):
    """A site that has the files which the examples name, and a PATH with the generators' names."""
    site.jekyll()
    site.write("assets/a.png", pictures.png(60, 40))
    site.write("assets/b.jpg", pictures.jpeg(700, 500))
    for name in ("2024-05-01-launch", "2024-05-01-x", "x", "2026-05-04-x"):
        site.write(f"_posts/{name}.md", "![a](/assets/a.png) ![b](/assets/b.jpg)\n")
    site.write("list.txt", "_posts/x.md\n")
    site.write("urls.yml", "images:\n- \"/assets/a.png\"\n")
    path = path_with(tmp_path / "bin", **{name: "exit 0" for name in OTHERS})
    for name in ("yesterday", "today", "old", "new", "last", "report"):
        assert site.run("check", "-f", "json", "-o", f"{name}.json").code == 0
    return site, {**site.picdesk.environment, "PATH": path}


def run(site, environment, command):
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=site.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return result.returncode, result.stderr


def test_there_is_a_page_for_each_job_and_it_begins_with_a_command():
    assert {"picdesk warm -n -q --max-time 50m", "picdesk warm --max-time 10m"} < set(COMMANDS)
    for job in JOBS:
        text = (TOP / f"docs/{job}.md").read_text()
        block = re.match(r"# .*\n\n```\w*\n(picdesk .*)\n```\n", text)
        assert block and block[1] in COMMANDS, job


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_pages_works(reader, command):
    code, said = run(*reader, command)
    if "--restore" in command:
        assert code == 1 and "no run of" in said
    else:
        assert code == 0, said


def test_the_examples_of_help_work(reader):
    site, environment = reader
    site.build()
    url = "/assets/a.png"
    for command in examples_of_help(site):
        words = command.replace("https://example.org/a.jpg", url)
        code, said = run(site, environment, words)
        known = (
            (code == 1 and "no run of" in said and "--restore" in command)
            or (code == 1 and command.startswith(("picdesk show", "picdesk import", "picdesk init")))
        )
        assert code == 0 or known, (command, code, said)


def flags_of(text):
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.S)
    return {flag for piece in code for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", piece)}


def test_each_flag_of_the_pages_exists(site):
    known = {f for verb in VERBS for f in re.findall(r"--[a-z][a-z-]+", site.run("help", verb).out)}
    # Of dev/test, dev/bench, gh, pre-commit and picdesk-renderer.
    others = {"--sanitize", "--peers", "--loop", "--title", "--body-file", "--hook-type", "--sandbox", "--self-test"}
    for page in PAGES:
        unknown = flags_of(page.read_text()) - known - others
        # A page that names other tools' flags: the program says what it has in their place.
        for flag in sorted(unknown) if page.name == "coming-from.md" else ():
            said = site.run("check", flag).err
            assert f"unknown flag {flag}; " in said, said
            assert "did you mean" not in said and "'picdesk help' lists" not in said, said
            unknown.remove(flag)
        assert unknown == set(), page


def test_each_piece_of_configuration_is_read(site):
    site.jekyll()
    count = 0
    for page in PAGES:
        text = page.read_text()
        pieces = re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M)
        pieces += re.findall(r"`((?:cache|check|fetch|hosts|thumbs): \{.*?\})`", text)
        for piece in pieces:
            if not re.match(r"(cache|check|content|fetch|hosts|thumbs|publish|manifest|image_keys):", piece):
                continue
            site.write("picdesk.yml", piece.replace("...", "") + "\n")
            result = site.run("config")
            assert result.code == 0, (page, piece, result.err)
            count += 1
    assert count >= 4


def test_each_link_leads_somewhere():
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)\)", page.read_text()):
            assert (page.parent / link).exists(), (page, link)
