"""The command line itself: help, names that are nearly right, verbs that need no network."""

import contextlib
import fcntl
import itertools
import json
import os
import pathlib
import re
import sqlite3
import subprocess

import pytest

import pictures

VERBS = ["build", "warm", "check", "scan", "report", "show", "stats", "gc", "fsck", "config"]
VERBS += ["export", "import", "localize", "fix", "init", "help"]


def test_version(site):
    result = site.run("--version")
    assert result.code == 0 and re.match(r"picdesk \d+\.\d+\.\d+", result.out)
    # As the help says of the flag.
    said = site.run("--version", "-v").out
    assert all(re.search(rf"^{name} ", said, re.M) for name in ("fetcher", "renderer", "sandbox"))


def test_help(site):
    result = site.run("--help")
    assert result.code == 0 and result.err == ""
    assert all(verb in result.out for verb in VERBS)
    assert site.run("help").out == result.out
    assert all(len(line) <= 100 for line in result.out.splitlines())


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb(site, verb):
    result = site.run("help", verb)
    assert result.code == 0 and f"picdesk {verb}" in result.out
    if verb != "help":
        assert site.run(verb, "--help").out == result.out
    assert "with -o also" not in result.out or "--output FILE" in result.out


PRINTING = [["help"], ["--version"], ["config"], ["stats"], ["report"], ["scan"], ["build"]]
PRINTING += [["init"]]


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_standard_output_that_is_full(photo_site, arguments):
    photo_site.build()
    with open("/dev/full", "wb") as full:
        result = photo_site.picdesk(*arguments, cwd=photo_site.root, stdout=full)
    assert result.code == 1
    assert "standard output: write: No space left on device" in result.err


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_standard_output_that_is_closed(photo_site, arguments):
    """No other file takes its number, and so its text."""
    photo_site.build()
    before = photo_site.tree("_data", "assets")
    closed = ["sh", "-c", 'exec "$0" "$@" >&-']
    result = photo_site.picdesk(*arguments, cwd=photo_site.root, wrapper=closed)
    assert result.code == 1
    assert "standard output: write: Bad file descriptor" in result.err
    assert photo_site.tree("_data", "assets") == before


def test_init_for_a_reader_who_has_gone(site):
    """As any other verb's: the work is done, and the reader has seen enough."""
    reading, writing = os.pipe()
    os.close(reading)
    result = site.picdesk("init", cwd=site.root, stdout=writing)
    os.close(writing)
    assert (result.code, result.err) == (0, ""), result
    assert (site.root / "picdesk.yml").is_file()


def test_all_standard_descriptors_closed(photo_site):
    closed = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-']
    result = photo_site.picdesk(
        "build", *photo_site.picdesk.QUICK, "-o", "out.txt", cwd=photo_site.root, wrapper=closed
    )
    assert result.code == 0 and "4 ok" in (photo_site.root / "out.txt").read_text()
    assert len(photo_site.manifest()["images"]) == 4
    assert photo_site.build().totals["from_cache"] == 4


def test_no_verb_is_a_usage_failure(site):
    result = site.picdesk(cwd=site.root)
    assert result.code == 1 and "picdesk" in result.err + result.out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["biuld"], ["biuld", "build"]),
        (["chekc"], ["chekc", "check"]),
        (["help", "chekc", "--help"], ["chekc", "did you mean check?"]),
        (["version"], ["version", "did you mean --version?"]),
        (["check", "--json"], ["--json", "did you mean --format json?"]),
        # Of other tools: nearer in letters than in meaning, or near nothing.
        (["check", "--max-redirs", "3"], ["use --max-redirects"]),
        (["check", "--retries=3"], ["use --max-retries"]),
        (["check", "--referer", "x"], ["`headers` of a host"]),
        (["check", "--spider"], ["'picdesk check'"]),
        (["scan", "--no-ignroe"], ["--no-ignore"]),
        (["check", "--max-retires", "2"], ["--max-retires", "--max-retries"]),
        (["build", "--jbos=2"], ["--jobs"]),
        (["check", "--format", "jsn"], ["jsn", "json"]),
        (["check", "--fail-on", "brokn"], ["brokn", "broken"]),
        (["check", "--timeout", "5 parsecs"], ["5 parsecs"]),
        (["check", "--max-bytes", "lots"], ["lots"]),
        (["check", "--timeout"], ["--timeout"]),
        (["check", "--host-concurrency", "0"], ["0"]),
        (["check", "--max-retries", "99999999999999999999"], ["99999999999999999999"]),
        (["check", ""], ["check", "empty"]),
        (["export", ""], ["export", "empty"]),
    ],
)
def test_usage_failures_name_what_is_wrong(site, arguments, words):
    result = site.picdesk(*arguments, cwd=site.root)
    assert result.code == 1 and result.out == "", result
    for word in words:
        assert word in result.err, result


def test_flags_in_every_form(site):
    site.jekyll().news("x", "https://x.example/1.jpg")
    expected = site.run("scan", "--format", "jsonl").out
    for form in (
        ["--format=jsonl"],
        ["-f", "jsonl"],
        ["-fjsonl"],
        [".", "-f", "jsonl"],
        ["-f", "jsonl", "--", "."],
    ):
        assert site.run("scan", *form).out == expected, form


def test_init_writes_a_config_that_is_good(site):
    site.jekyll().news("x", "https://x.example/1.jpg")
    result = site.run("init")
    assert result.code == 0
    text = (site.root / "picdesk.yml").read_text()
    assert text.count("#") > 3 and "thumbs" in text
    assert site.scan().code == 0
    again = site.run("init")
    assert again.code == 1 and (site.root / "picdesk.yml").read_text() == text


@pytest.mark.parametrize(
    "marker, text, name, line",
    [
        ("docusaurus.config.js", "", "Docusaurus", "publish: static/assets/thumbs\n"),
        ("config.toml", "base_url = '/'\n", "Zola", "# In a template: {% set picdesk = load_data("),
        ("_config.yml", "source_dir: source\n", "Hexo", "# In a template: <%= site.data.picdesk."),
        ("pelicanconf.py", "", "Pelican", "# Pelican copies what STATIC_PATHS names: 'assets'"),
        (".eleventy.js", "({dir: {input: 'src'}})", "Eleventy", "manifest: src/_data/picdesk.json"),
        ("eleventy.config.js", "", "Eleventy", "config.addPassthroughCopy('assets')\n"),
    ],
)
def test_init_fits_the_site(site, marker, text, name, line):
    site.write(marker, text)
    site.write("content/a.md", "![x](/none.png)\n")
    assert site.run("init").out.startswith(f"This is a site of {name}.\n")
    config = (site.root / "picdesk.yml").read_text()
    assert f"for a site of {name}." in config and line in config
    assert f"(generator: {name})" in site.run("config").out


def test_init_tells_that_jekyll_publishes_the_file_itself(site, make_site):
    site.jekyll().run("init")
    assert "'exclude: [picdesk.yml]'" in (site.root / "picdesk.yml").read_text()
    other = make_site("other")
    other.write("_config.yml", "source: src\n")
    other.run("init")
    assert "exclude: [picdesk.yml]" not in (other.root / "picdesk.yml").read_text()


def test_each_line_of_inits_config_can_be_taken_out_of_its_comment(site):
    """Alone: a key whose section stays a comment is no YAML."""
    site.write("a.md", "![x](https://x.example/1.jpg)\n")
    site.run("init")
    config = (site.root / "picdesk.yml").read_text()
    settings = re.findall(r"^ *# +[a-z_]+:.*", config, re.M)
    assert len(settings) > 8 and any("x.example" in line for line in settings)
    for line in settings:
        site.write("picdesk.yml", config.replace(line, line.replace("# ", "", 1)))
        assert site.run("config").code == 0, line


def test_config_tells_values_and_sources(site):
    site.jekyll().write("picdesk.yml", "fetch: {timeout: 7s}\n")
    result = site.run("config", "--max-retries", "5", env={"PICDESK_HOST_CONCURRENCY": "9"})
    assert result.code == 0

    def line(key):
        (found,) = re.findall(rf"^.*\b{key} .*", result.out, re.MULTILINE)
        return found

    assert "7s" in line("fetch.timeout") and "picdesk.yml" in line("fetch.timeout")
    assert "5" in line("fetch.max_retries") and "--max-retries" in line("fetch.max_retries")
    assert "9" in line("fetch.host_concurrency") and "PICDESK_HOST_CONCURRENCY" in line(
        "fetch.host_concurrency"
    )
    assert "64" in line("fetch.max_concurrency") and "default" in line("fetch.max_concurrency")


def test_show_by_url_and_by_hash(photo_site, web):
    report = photo_site.build()
    url = web.url("fresh", "a.jpg")
    digest = report.image(url)["hash"]
    for name in (url, digest):
        result = photo_site.run("show", name)
        assert result.code == 0, result
        for word in (url, digest, "1200", "600", "image/jpeg", "image/webp"):
            assert word in result.out, (word, result)
    missing = photo_site.run("show", web.url("fresh", "none.jpg"))
    assert missing.code == 1 and "none.jpg" in missing.err + missing.out


@pytest.mark.parametrize("form", ["text", "json"])
def test_show_all_urls_of_one_image(photo_site, web, form):
    """Of 16 MiB and more the end was missing, without a word."""
    url, count = web.url("fresh", "a.jpg"), 6000
    digest = photo_site.build().image(url)["hash"]
    with contextlib.closing(sqlite3.connect(photo_site.root / ".cache/picdesk/index.sqlite")) as index:
        (columns,) = index.execute(
            "SELECT group_concat(name) FROM pragma_table_info('entries') WHERE name NOT IN ('key', 'url')"
        ).fetchone()
        index.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
            f" INSERT INTO entries (key, url, {columns})"
            f" SELECT i, printf('%s?%0*d', url, 3000, i), {columns} FROM entries, n WHERE url = ?1",
            (url, count),
        )
        index.commit()
    result = photo_site.run("show", "-f", form, digest)
    assert result.code == 0 and len(result.out) > count * 3000
    if form == "json":
        assert len(json.loads(result.out)["urls"]) == count + 1
    else:
        assert len(re.findall("^  URL ", result.out, re.M)) == count + 1
        assert re.search("^  thumbnail ", result.out, re.M)


def test_show_by_what_an_article_says_without_a_scheme(site, web):
    written = web.url("fresh", "a.jpg").removeprefix("http:")
    site.jekyll().news("one", written)
    site.check()
    result = site.run("show", written)
    assert result.code == 0 and result.out.startswith(f"https:{written}\n"), result
    unknown = site.run("show", "//nowhere.example/a.jpg")
    assert unknown.code == 1 and "the cache knows nothing of it" in unknown.err, unknown


def test_show_as_json(photo_site, web):
    image = photo_site.build().image(web.url("fresh", "a.jpg"))
    url, gone = image["url"], web.url("fresh", "gone.jpg")
    shown = json.loads(photo_site.run("show", "-f", "json", url).out)
    assert (shown["schema"], shown["url"], shown["state"]) == ("picdesk/show/1", url, "fresh")
    for key in ("hash", "type", "width", "height", "bytes"):
        assert shown[key] == image[key]
    assert shown["verdict"] == "ok" and 0 < shown["fresh_for_s"] <= 86400
    sizes = [(t["width"], t["height"], t["bytes"]) for t in shown["thumbs"]]
    assert sorted(sizes) == sorted((t["width"], t["height"], t["bytes"]) for t in image["thumbs"])
    by_hash = json.loads(photo_site.run("show", "-f", "json", image["hash"]).out)
    assert by_hash["urls"] == [url] and by_hash["thumbs"] == shown["thumbs"]
    photo_site.news("gone", gone)
    photo_site.build()
    failing = json.loads(photo_site.run("show", "-f", "json", gone).out)
    assert (failing["state"], failing["failure"]) == ("failing", "gone")
    assert failing["failure_message"] == "HTTP 404 Not Found" and failing["failing_since"]


def test_show_a_file_of_the_site(site):
    """By the path that reports give it."""
    site.jekyll().write("assets/a.png", pictures.png(700, 40))
    site.write("x.md", "![a](/assets/a.png)\n")
    image = site.build().image("/assets/a.png")
    result = site.run("show", "/assets/a.png")
    assert result.code == 0 and "a file of the site" in result.out, result
    for word in (image["hash"], "image/png, 700x40", "640x"):
        assert word in result.out, (word, result)
    site.root.parent.joinpath("outside.png").write_bytes(b"x")
    for name, why in (
        ("/none.png", "No such file"),
        ("x.md", "nor a file of the site"),
        ("/../outside.png", "outside the site"),
    ):
        missing = site.run("show", name)
        assert missing.code == 1 and why in missing.err and missing.out == ""


def test_stats(photo_site):
    photo_site.build()
    result = photo_site.run("stats")
    assert result.code == 0 and "4" in result.out


def test_verbs_without_a_cache_are_clear(site):
    site.jekyll()
    assert site.run("stats").code == 0
    result = site.run("report")
    assert result.code == 1 and result.err.strip()
    assert not (site.root / ".cache").exists()


def test_site_is_named_from_elsewhere(photo_site, tmp_path):
    result = photo_site.json("build", str(photo_site.root), cwd=tmp_path)
    assert result.code == 0 and photo_site.thumbs()
    assert not (tmp_path / ".cache").exists() and not (tmp_path / "assets").exists()
    assert {ref["file"] for image in result.report["images"] for ref in image["refs"]} == {
        "_news/one.md",
        "_news/two.md",
    }


def test_an_article_outside_of_the_root_tells_how_to_name_it(site):
    """A picdesk.yml marks a root, and so does a framework's configuration."""
    site.write("docs/a.md", "![x](/a.png)\n")
    site.write("blog/b.md", "![x](/a.png)\n")
    site.write("static/a.png", "x")
    site.write("other/_config.yml", "")
    said = site.run("scan", "docs/a.md", "other")
    assert said.code == 1 and "--root-dir DIR" in said.err and "picdesk init" in said.err
    assert site.run("scan", "--root-dir", ".", "docs/a.md", "blog/b.md").code == 0
    assert site.run("init").code == 0
    assert "/static/a.png" in site.run("scan", "docs/a.md", "blog/b.md").out
    (site.root / "picdesk.yml").rename(site.root / "docusaurus.config.js")
    assert "/static/a.png" in site.run("scan", "docs/a.md", "blog/b.md").out


def test_the_root_of_several_articles_holds_them_all(site):
    """A hook names those of a commit; without a marker the first one's folder was the root, and the
    second one outside of it. Two repositories have none."""
    site.write("docs/a.md", "![x](/img/a.png)\n")
    site.write("blog/x/b.md", "![x](../../img/a.png)\n")
    site.write("img/a.png", pictures.png(20, 20))
    result = site.json("check", "docs/a.md", "blog/x/b.md")
    refs = [ref["file"] for ref in result.image("/img/a.png")["refs"]]
    assert result.code == 0 and refs == ["blog/x/b.md", "docs/a.md"], result
    assert "/docs/img/a.png" not in site.run("scan", "docs/a.md").out
    site.write("docs/.git/HEAD", "")
    assert "outside the site's root" in site.run("scan", "docs/a.md", "blog/x/b.md").err


@pytest.mark.parametrize("marker", ["conf.py", "docusaurus.config.js", ".vitepress/config.js"])
def test_a_frameworks_root_gives_way_to_files_above_it(site, marker):
    """A hook names the files of a commit, in any order: a site has a folder of its own beside
    README.md."""
    site.write(f"x/web/{marker}", "extensions = ['myst_parser']\n")
    site.write("x/web/a.md", "![x](/img/a.png)\n")
    site.write("x/README.md", "![x](web/static/img/a.png)\n")
    site.write("x/lib/b.md", "![x](../web/static/img/a.png)\n")
    site.write("x/web/static/img/a.png", pictures.png(20, 20))
    for paths in itertools.permutations(["x/README.md", "x/web/a.md", "x/lib/b.md"]):
        result = site.json("check", "--offline", *paths)
        refs = [ref["file"] for ref in result.image("/web/static/img/a.png")["refs"]]
        assert result.code == 0 and refs == ["README.md", "lib/b.md", "web/a.md"], result
    assert site.json("check", "--offline", "x/web/a.md").image("/static/img/a.png")
    # The folder that holds them all has a root above it, as any folder may.
    site.write("picdesk.yml", "content: [.]\n")
    result = site.json("check", "--offline", "x/web/a.md", "x/lib/b.md")
    assert result.code == 0 and result.image("/x/web/static/img/a.png"), result


@pytest.mark.parametrize("marker", ["picdesk.yml", "_config.yml"])
def test_a_sites_own_settings_hold_for_its_folder(site, marker):
    site.write(f"docs/{marker}", "")
    site.write("docs/a.md", "![x](/a.png)\n")
    site.write("lib/b.md", "![x](/a.png)\n")
    for paths in (["docs/a.md", "lib/b.md"], ["lib/b.md", "docs/a.md"]):
        said = site.run("check", "--offline", *paths)
        assert said.code == 1 and f"{paths[1]}: lies outside the site's root" in said.err, said


def test_root_dir_beats_the_search(site):
    site.jekyll().write("sub/page.html", "<img src=/a.png>\n")
    site.write("sub/a.png", pictures.png(20, 20))
    assert "missing-file" in site.check("sub").codes("/a.png")
    assert site.check("--root-dir", "sub", "sub").image("/a.png")["status"] == "ok"


def test_patterns_as_other_tools_have_them(site):
    site.write("a.md", "![x](/12.png)\n![x](/dd.png)\n![x](/AB.PNG)\n")
    for flag, pattern, left in (
        ("--include", r"/\d+\.png$", ["/12.png"]),
        ("--exclude", r"(?i)/(?:ab|[\d]+)\.png$", ["/dd.png"]),
    ):
        report = site.scan(flag, pattern).report
        assert [image["url"] for image in report["images"]] == left, pattern
    site.write(".picdeskignore", "^/\\d+[.]png\n")
    assert [image["url"] for image in site.scan().report["images"]] == ["/dd.png", "/AB.PNG"]
    site.write(".picdeskignore", "# ours\n^/a(\n")
    bad = site.scan()
    assert bad.code == 1 and "'^/a(' is no regular expression" in bad.err, bad
    assert ".picdeskignore:2: " in bad.err
    (site.root / ".picdeskignore").unlink()
    site.write("picdesk.yml", "check: {ignore: ['^/\\d+']}\n")
    result = site.check()
    assert result.image("/12.png")["status"] == "unchecked" and result.totals["broken"] == 2


def test_quiet_says_nothing_when_all_is_well(photo_site):
    result = photo_site.run("build", *photo_site.picdesk.QUICK, "-q")
    assert (result.code, result.err) == (0, "")


def test_quiet_says_why_it_fails(site):
    site.write("a.png", pictures.png(20, 20))
    site.write("a.md", "![x](/a.png)\n")
    site.write("picdesk.yml", "check: {severity: {unsized: warning}}\n")
    assert site.run("check", "-q").out == ""
    result = site.run("check", "-q", "--fail-on", "warning")
    assert result.code == 2 and "[unsized]\n  /a.png\n" in result.out, result
    site.write("picdesk.yml", "")
    site.write("b.md", "---\na: [\n---\n")
    result = site.run("check", "-q", "--fail-on", "warning")
    assert result.code == 2 and "b.md:3:1: " in result.out and "unsized" not in result.out, result


def test_no_progress_in_a_pipe(photo_site):
    result = photo_site.run("build", *photo_site.picdesk.QUICK)
    assert "\r" not in result.err and "\x1b" not in result.err


def test_report_has_every_key_of_the_contract(photo_site):
    report = photo_site.build().report
    assert list(report) == ["schema", "run", "totals", "images", "problems", "hosts"]
    assert list(report["run"]) == ["version", "verb", "root", "started", "seconds", "complete"]
    assert {
        "references",
        "images",
        "ok",
        "stale",
        "broken",
        "blocked",
        "unchecked",
        "fetched",
        "revalidated",
        "from_cache",
        "bytes_fetched",
        "thumbs_made",
        "thumbs_reused",
    } <= set(report["totals"])
    assert set(report["images"][0]) >= {
        "url",
        "status",
        "final_url",
        "http_status",
        "source",
        "type",
        "width",
        "height",
        "bytes",
        "hash",
        "refs",
        "findings",
        "thumbs",
        "failing_since",
        "checked",
    }
    assert set(report["images"][0]["thumbs"][0]) == {
        "name",
        "path",
        "type",
        "width",
        "height",
        "bytes",
    }
    assert set(report["hosts"][0]) == {
        "host",
        "requests",
        "ok",
        "not_modified",
        "failed",
        "throttled",
        "bytes",
        "p50_ms",
        "p95_ms",
    }
    assert json.dumps(report)


def test_man_page_is_clean(site):
    page = pathlib.Path(__file__).resolve().parents[2] / "docs/picdesk.1"
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(page)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_folder_for_the_report_is_made(photo_site):
    photo_site.build()
    for verb in ("scan", "report"):
        result = photo_site.run(verb, "-f", "json", "-o", f"reports/{verb}/r.json")
        assert result.code == 0, result
        assert "images" in json.loads((photo_site.root / f"reports/{verb}/r.json").read_text())


def test_who_may_read_a_report(photo_site):
    """As the umask says; a file that was closed to others stays closed."""
    reports = ("scan", "-f", "json", "-o", "r.json"), ("export", "cache.tar")
    photo_site.build()
    for umask, mode in ((0o077, 0o600), (0o022, 0o600), (0o022, 0o644)):
        for *arguments, name in reports:
            file = photo_site.root / name
            if mode == 0o644:
                file.unlink()
            assert photo_site.run(*arguments, name, umask=umask).code == 0
            assert file.stat().st_mode & 0o777 == mode, (name, oct(umask))


@pytest.mark.parametrize("verb", ["config", "stats", "gc", "fsck"])
def test_a_variable_for_reports_takes_no_other_verbs_words(photo_site, verb):
    """PICDESK_OUTPUT of a CI job: gc put its own words in the place of the report."""
    env = {"PICDESK_OUTPUT": "report.txt"}
    assert photo_site.run("check", env=env).out == ""
    report = (photo_site.root / "report.txt").read_bytes()
    assert b"images: " in report and photo_site.run(verb, env=env).out
    assert (photo_site.root / "report.txt").read_bytes() == report


def test_a_variable_is_blamed_by_its_name(site):
    said = site.run("check", env={"PICDESK_CACERT": "/none.pem"})
    assert said.code == 1 and "PICDESK_CACERT: '/none.pem' cannot be read" in said.err
    said = site.run("check", "--cacert", "/none.pem")
    assert said.code == 1 and "--cacert: '/none.pem' cannot be read" in said.err


@pytest.mark.parametrize("place", [(), ("-o", "/dev/stdout")], ids=["stdout", "descriptor"])
def test_a_pipe_that_does_not_wait(site, place):
    """Node makes its pipes and terminals so, and shares them with what it starts."""
    site.write("page.md", "".join(f"![x](https://a.example/{i}.png)\n" for i in range(3000)))
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    arguments = ("scan", "-f", "json", *place)
    process = site.picdesk.start(*arguments, cwd=site.root, stdout=writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        report = pipe.read()
    result = site.picdesk.finish(process)
    assert result.code == 0 and result.err == "", result
    assert len(json.loads(report)["images"]) == 3000


def test_a_report_into_a_link(photo_site, tmp_path):
    """What it leads to gets the report; /dev/stdout would not be there any more."""
    link, file = photo_site.root / "link", tmp_path / "report.json"
    link.symlink_to("/proc/self/fd/1")
    arguments = ("scan", "-f", "json", "-o", "link")
    with open(file, "ab") as log:
        log.write(b"a line before\n")
        log.flush()
        result = photo_site.picdesk(*arguments, cwd=photo_site.root, stdout=log)
    assert result.code == 0 and link.is_symlink(), result
    before, text = file.read_text().split("\n", 1)
    assert before == "a line before" and len(json.loads(text)["images"]) == 4
    for target in ("report.json", "new.json"):
        link.unlink()
        link.symlink_to(target)
        for _ in range(2):
            assert photo_site.run(*arguments).code == 0 and link.is_symlink()
            assert len(json.loads((photo_site.root / target).read_text())["images"]) == 4


def test_standard_input_is_no_path(photo_site):
    for verb in ("check", "scan"):
        result = photo_site.run(verb, "-")
        assert result.code == 1 and "'--files-from -' takes a list" in result.err, result
    (photo_site.root / "-").mkdir()
    photo_site.write("-/one.md", "![](a.png)")
    assert "1 reference to 1 image" in photo_site.run("scan", "-").out


def test_a_descriptor_that_nobody_gave(photo_site):
    result = photo_site.run("check", *photo_site.picdesk.QUICK, "-o", "/dev/fd/9")
    assert result.code == 1 and "/dev/fd/9: open: Bad file descriptor" in result.err


@pytest.mark.parametrize(
    "place,why",
    [
        ("_config.yml/r.json", "Not a directory"),
        ("_news", "it is a folder"),
        ("nowhere/", "it is a folder"),
    ],
)
def test_a_place_for_the_report_that_cannot_be_is_said_before_anything_is_asked(
    photo_site, web, place, why
):
    result = photo_site.run("check", *photo_site.picdesk.QUICK, "-f", "json", "-o", place)
    assert result.code == 1 and f"--output: {place}" in result.err and why in result.err, result
    assert web.requests() == [] and result.out == "" and not (photo_site.root / "nowhere").exists()
    built = photo_site.run("build", *photo_site.picdesk.QUICK, "-f", "json", "-o", place)
    assert built.code == 1 and not (photo_site.root / "_data").exists() and web.requests() == []
    # The cache's folder is made by the run itself.
    beside = photo_site.run("check", *photo_site.picdesk.QUICK, "-f", "json", "-o", ".cache/r.json")
    assert beside.code == 0 and (photo_site.root / ".cache/r.json").exists()
    for again in (["report"], ["diff", ".cache/r.json", ".cache/r.json"]):
        result = photo_site.run(*again, "-f", "json", "-o", place)
        assert result.code == 1 and f"--output: {place}" in result.err and why in result.err


def test_the_configuration_is_not_overwritten_by_a_report(photo_site, web):
    """-o in the place of -c: the report was all that was left of picdesk.yml."""
    config = photo_site.write("picdesk.yml", "unpublished: false\n")
    (photo_site.root / "other.yml").write_text("unpublished: true\n")
    for verb in ("check", "build", "scan"):
        result = photo_site.run(verb, "-o", "./picdesk.yml")
        assert result.code == 1 and "--output: ./picdesk.yml: it is the configuration" in result.err
    result = photo_site.run("check", "-c", "other.yml", "-f", "json", "-o", "other.yml")
    assert result.code == 1 and "it is the configuration" in result.err, result
    assert config.read_text() == "unpublished: false\n" and web.requests() == []
    assert (photo_site.root / "other.yml").read_text() == "unpublished: true\n"
    config.unlink()
    for arguments in ((), ("-c", "other.yml")):
        result = photo_site.run("scan", *arguments, "-o", "picdesk.yml")
        assert result.code == 1 and "picdesk.yml is the configuration's name" in result.err
    assert not config.exists()
    result = photo_site.run("scan", "-c", "/dev/null", "-o", "/dev/null")
    assert (result.code, result.err) == (0, ""), result


def test_the_cache_is_not_overwritten_by_a_report(photo_site):
    """The index was gone, and a lock another file than the one that other runs held."""
    photo_site.build()
    cache = photo_site.root / ".cache/picdesk"
    for name in ("index.sqlite", "format", "writers.lock"):
        before = (cache / name).read_bytes()
        for arguments in (("report", "-f", "json", "-o"), ("scan", "-o"), ("export",)):
            place = f".cache/picdesk/{name}"
            result = photo_site.run(*arguments, place)
            assert result.code == 1 and "it is a part of the cache" in result.err, result
        assert (cache / name).read_bytes() == before
    for _ in range(2):
        assert photo_site.run("report", "-f", "json", "-o", ".cache/picdesk/r.json").code == 0


def test_the_manifest_is_not_overwritten_by_a_report(photo_site, web):
    """It begins as a JSON report does. No template found a thumbnail any more, nor could build."""
    photo_site.build()
    manifest = photo_site.root / "_data/picdesk.json"
    (photo_site.root / "link.json").symlink_to("_data/picdesk.json")
    before, asked = manifest.read_bytes(), len(web.requests())
    for arguments in (("check", "-f", "json", "-o"), ("scan", "-o"), ("report", "-o"), ("export",)):
        for place in ("_data/picdesk.json", "./_data/picdesk.json", "link.json"):
            result = photo_site.run(*arguments, place)
            assert result.code == 1 and f"{place}: " in result.err, result
            assert "it is the manifest" in result.err, result
    assert manifest.read_bytes() == before and len(web.requests()) == asked


def test_an_article_is_not_overwritten_by_a_report(photo_site, web):
    """`-o $REPORT article.md` with an empty variable is `-o article.md`."""
    texts = {
        "_news/two.md": "---\ntitle: x\n---\n![x](/no.png)\n",
        "README.md": "Nothing but text.\n",
        "_data/team.json": '[{"image": "/no.png"}]\n',
        "page.html": "<p>x</p>\n",
        "list.md": "1. ![An image](/no.png)\n2 images of it\n3 references\n",
        "log.md": "```\na.c:3:4  error\n```\n",
    }
    for name, text in texts.items():
        photo_site.write(name, text)
    for name in texts:
        for verb in ("check", "build", "scan"):
            for place in (name, f"./{name}"):
                result = photo_site.run(verb, "-f", "json", "-o", place)
                assert result.code == 1 and f"--output: {place}: it is an article" in result.err
    assert web.requests() == []
    photo_site.run("scan", "-f", "json", "-o", "r.json")
    assert photo_site.run("diff", "r.json", "r.json", "-o", "README.md").code == 1
    for name, text in texts.items():
        assert (photo_site.root / name).read_text() == text


def test_a_report_is_added_to_an_article_by_the_shell(photo_site):
    page = photo_site.write("daily.md", "# Today\n\n")
    with page.open("ab") as out:
        arguments = ("scan", "-f", "markdown", "-o", "/dev/stdout")
        result = photo_site.picdesk(*arguments, cwd=photo_site.root, stdout=out)
    assert result.code == 0, result
    assert page.read_text().startswith("# Today\n\n## Images: ")


def test_an_earlier_report_among_the_articles_is_replaced(photo_site):
    forms = ("text", "json", "jsonl", "junit", "sarif", "github", "markdown", "html")
    first = photo_site.run("check", *photo_site.picdesk.QUICK)
    assert first.code == 0, first
    texts = ("", "\n", "{}\n", "[]", "Nothing is broken.\n")
    no_article = ("empty.md", "blank.md", "_data/none.json", "_data/list.json", ".github/issue.md")
    for name, text in zip(no_article, texts, strict=True):
        photo_site.write(name, text)
    for name in ("report.md", "report.html", "_data/report.json", *no_article):
        for before in forms:
            assert photo_site.run("report", "-f", before, "-o", name).code == 0
            result = photo_site.run("report", "-f", "text", "-o", name)
            assert (result.code, result.err) == (0, ""), (name, before, result)
    none = ("scan", "--include", "no such")
    for arguments in (("scan", "-q"), ("scan",), none, ("check", "--offline", "-q")):
        for _ in range(2):
            result = photo_site.run(*arguments, "-o", "report.md")
            assert (result.code, result.err) == (0, ""), (arguments, result)


def test_init_says_only_what_there_is(site):
    said = site.run("init").out
    assert "0 files read; no image was found. Is this the site's folder?\n" in said
    assert said.endswith("picdesk scan\n")
    (site.root / "picdesk.yml").unlink()
    site.write("a.md", "![x](/none.png) ![y](data:image/gif;base64,R0lGODlhAQABAAAAACw=)\n")
    said = site.run("init").out
    assert "  1 reference to a local file, of which 1 is not there\n  1 embedded: " in said
    assert "remote" not in said and "template" not in said and said.endswith("picdesk check\n")


def test_config_fits_a_terminal(site):
    """The long lists that picdesk brings are folded; one's own stay one entry a line."""
    site.jekyll().write("picdesk.yml", "image_keys: [a, b]\n")
    shown = site.run("config").out
    assert re.search(r"^  image_keys .* a\n {44}b\n", shown, re.M), shown
    assert re.search(r"^  shortcodes +default +\w+, \w+,", shown, re.M), shown
    # The folder of the test may be long.
    assert all(len(line) <= 80 for line in shown.splitlines() if str(site.root) not in line)
