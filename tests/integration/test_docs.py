"""The pages of docs/ and the README as a reader uses them: each command is run as it stands there, each
piece of picdesk.yml is read, each flag and file exists, defaults and folders are those of the program,
each link leads somewhere."""

import json
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
STAGES = ("base", "cache", "cli", "fetcher", "scanner", "thumbs")
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
    # Of dev/test, dev/bench, gh, git, pre-commit and picdesk-renderer.
    others = {"--sanitize", "--depth", "--peers", "--loop", "--title", "--body-file", "--hook-type", "--sandbox", "--self-test"}
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


def anchors_of(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_link_leads_somewhere():
    for page in PAGES:
        prose = re.sub(r"^```.*?^```|`[^`\n]+`(?!\])", "", page.read_text(), flags=re.S | re.M)
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), (page, link)
            assert not anchor or anchor in anchors_of(target), (page, link)


def test_each_source_file_that_is_named_exists():
    # Not git's list: the tree may be an archive, or another user's.
    folders = [TOP / folder for folder in (*STAGES, "dev", "docs", "examples", "tests")]
    listed = [str(path) for folder in folders for path in folder.rglob("*.*")]
    for page in PAGES:
        text = re.sub(r"<[\w/]+\.h>|(?:pelican)?conf\.py", "", page.read_text())  # other people's
        for name in re.findall(r"[\w/]*\w\.(?:c|h|py)\b", text):
            assert any(path.endswith(f"/{name}") for path in listed), (page, name)


def test_each_library_is_included_by_the_file_that_the_decisions_name():
    text = (TOP / "docs/decisions.md").read_text()
    section = text.split("### Each library behind one file\n")[1].split("###")[0]
    fences = re.findall(r"`<([\w/]+\.h)>`(?: is included)? by `([\w/]+\.[ch])`", section)
    assert len(fences) == 5
    for header, file in fences:
        sources = [path for stage in STAGES for path in (TOP / stage).rglob("*.[ch]")]
        found = [str(p.relative_to(TOP)) for p in sources if f"<{header}>" in p.read_text()]
        assert found == [file], header


# What makes a folder a site of the generators in pre-build.md's table.
MARKS = {
    "Jekyll": "_config.yml",
    "Hexo": ("_config.yml", "public_dir: public\n"),
    "Hugo": "hugo.toml",
    "Eleventy": "eleventy.config.js",
    "Astro": "astro.config.mjs",
    "MkDocs": "mkdocs.yml",
    "Docusaurus": "docusaurus.config.ts",
    "Gatsby": "gatsby-config.js",
    "SvelteKit": "svelte.config.js",
    "Next.js": "next.config.js",
    "Nuxt": "nuxt.config.ts",
    "VitePress": ".vitepress/config.mts",
    "VuePress": ".vuepress/config.js",
    "Pelican": "pelicanconf.py",
    "mdBook": "book.toml",
    "Zola": ("config.toml", 'base_url = "https://x.example"\n'),
    "others": "a.md",
}


def test_thumbnails_and_manifest_lie_where_the_table_says(make_site):
    text = (TOP / "docs/pre-build.md").read_text()
    rows = re.findall(r"^\| ([^|`]+?) \| `picdesk build[^|]*\| `([^`|]+)`[^|]*\| `([^`|]+)`", text, re.M)
    places = {name: row[1:] for row in rows for name in row[0].split(", ")}
    assert set(places) == set(MARKS)
    for name, mark in MARKS.items():
        site = make_site(re.sub(r"\W", "", name))
        site.write(*(mark if isinstance(mark, tuple) else (mark, "")))
        site.write("content/a.md", "")
        found = json.loads(site.run("config", "-f", "json").out)
        assert found["generator"] == ("none" if name == "others" else name)
        values = {setting["key"]: setting["value"] for setting in found["settings"]}
        assert (values["publish"], values["manifest"]) == places[name], name


def test_local_paths_are_looked_for_where_the_table_says():
    source = (TOP / "scanner/local_path.c").read_text()
    places = re.findall(r"places_(\w+)\[\] = \{(.*?), NULL\};", source)
    rows = re.findall(
        r"^\| ([^|,`]+)(?:, [^|]*)? \| ([^|]*the root[^|;]*)", (TOP / "docs/scanning.md").read_text(), re.M
    )
    told = {name.lower(): text.replace("the root", "``").strip() for name, text in rows}
    assert len(places) == len(told) == 6
    for name, folders in places:
        assert told[name] == folders.replace('"', "`"), name


def test_defaults_are_those_of_the_program(site):
    said = site.run("help", "check").out
    for page in ("fetching", "warming"):
        rows = re.findall(
            r"^\| `(?:-\w`, `)?(--[a-z-]+)`[^|]*\| ([^|]*) \|", (TOP / f"docs/{page}.md").read_text(), re.M
        )
        assert len(rows) >= 4
        for flag, told in rows:
            help_text = " ".join(re.search(rf"{flag}.*?\(default: .*?\)", said, re.S)[0].split())
            default = re.search(r"\(default: (.*)\)", help_text)[1]
            wanted = re.sub(r"(?<=\d) (?=ms|s|MiB)", "", told).replace("`", "")
            assert wanted.startswith(default), (page, flag, told, default)


def test_the_manual_has_each_finding_under_its_severity(site):
    text = (TOP / "docs/picdesk.1").read_text().split(".Sh FINDINGS\n")[1].split(".Sh ")[0]
    text = text.replace("\\-", "-")
    groups = dict(re.findall(r"^\.It (\w+)\n(.*?)(?=^\.It|^\.El)", text, re.S | re.M))
    source = (TOP / "cli/finding.c").read_text()
    codes = re.findall(r'\[FINDING_\w+\] =\s*\{"([a-z-]+)", SEVERITY_(\w+),', source)
    assert len(codes) > 30
    for code, severity in codes:
        assert re.search(rf"(?<![\w-]){code}(?![\w-])", groups[severity.lower()]), code
