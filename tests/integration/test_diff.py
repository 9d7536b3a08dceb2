"""diff: two JSON reports, what broke, what was mended, and the exit status of it."""

import json
import subprocess
import sys

import pytest

import pictures


@pytest.fixture
def history(site, web):
    """Two reports beside the site: `breaks` breaks, `mended` is put back, `gone` stays gone, and
    `removed` leaves its article."""
    site.jekyll()
    names = ("good", "breaks", "mended", "gone", "removed")
    for name in ("good", "breaks"):
        web.put(f"{name}.jpg", pictures.jpeg(300, 200, seed=ord(name[0])))
    site.news("one", *(web.url("stale", f"{name}.jpg") for name in names))
    run = lambda name: site.run(
        "check", *site.picdesk.QUICK, "--max-age", "0s", "-f", "json", "-o", name
    )  # noqa: E731
    run("../old.json")
    web.put("mended.jpg", pictures.jpeg(300, 200, seed=9))
    (web.files / "breaks.jpg").unlink()
    site.news("one", *(web.url("stale", f"{name}.jpg") for name in names[:-1]))
    run("../new.json")
    return site


def names(images):
    return [image["url"].rsplit("/", 1)[1].split(".")[0] for image in images]


def test_what_a_report_says_of_its_run_is_no_markup(site):
    """Into an issue's body goes what the job of a stranger's branch may have written."""
    run = {"version": "</sub>@octocat ![x](https://evil.example/)", "verb": "scan\n# hi"}
    for name, said in (("old", {}), ("new", {"run": {**run, "complete": True}})):
        report = {"schema": "picdesk/report/1", "images": [], **said}
        site.write(f"{name}.json", json.dumps(report))
    result = site.run("diff", "old.json", "new.json", "-f", "markdown")
    assert result.code == 0 and "\n<sub>picdesk  , 0.0 s</sub>\n" in result.out, result
    assert "octocat" not in result.out and "# hi" not in result.out
    assert "(null)" not in site.run("diff", "new.json", "old.json", "-f", "markdown").out


def test_diff_as_json(history):
    result = history.run("diff", "../old.json", "../new.json", "-f", "json")
    diff = json.loads(result.out)
    assert result.code == 2 and diff["schema"] == "picdesk/diff/1"
    assert names(diff["new"]) == ["breaks"] and names(diff["still_broken"]) == ["gone"]
    assert names(diff["fixed"]) == ["mended", "removed"] and diff["not_looked_at"] == []
    new = diff["new"][0]
    assert (new["code"], new["refs"]) == (
        "gone",
        [{"file": "_news/one.md", "line": 6, "column": 11}],
    )


def test_places_are_as_seen_from_the_current_folder(history):
    old, new = (history.root.parent / name for name in ("old.json", "new.json"))
    (history.root / "_data").mkdir(exist_ok=True)
    for folder, place in (("_news", "one.md:6:11"), ("_data", "../_news/one.md:6:11")):
        result = history.run("diff", old, new, cwd=history.root / folder)
        assert result.code == 2 and f"\n      {place}\n" in result.out, result
        result = history.run("diff", old, new, "-f", "json", cwd=history.root / folder)
        assert json.loads(result.out)["new"][0]["refs"][0]["file"] == "_news/one.md"


def test_diff_as_text(history):
    result = history.run("diff", "../old.json", "../new.json")
    assert result.code == 2
    order = [
        "Newly broken: 1 image",
        "breaks.jpg",
        "HTTP 404",
        "_news/one.md:6:11",
        "Still broken: 1 image",
        "gone.jpg",
        "Fixed, or no longer used: 2 images",
        "mended.jpg",
        "removed.jpg",
    ]
    places = [result.out.index(text) for text in order]
    assert places == sorted(places)
    assert result.out.endswith("1 newly broken, 1 still broken, 2 fixed\n")
    quiet = history.run("diff", "../old.json", "../new.json", "-q")
    assert "breaks.jpg" in quiet.out and "gone.jpg" not in quiet.out


def test_diff_as_markdown_has_only_what_broke_newly(history):
    out = history.run("diff", "../old.json", "../new.json", "-f", "markdown").out
    assert out.startswith("## Images: 1 newly broken\n\n1 newly broken, 1 still broken, 2 fixed.")
    assert out.count("[`") == 1 and "breaks.jpg" in out and "plain http" not in out


def test_diff_as_markdown_counts_what_settings_call_broken(history):
    """Whatever its status: an image of plain http may be loaded, and still count as broken."""
    new = json.loads((history.root / "../new.json").read_text())
    for image in new["images"]:
        for finding in image["findings"]:
            finding["severity"] = "broken" if finding["code"] == "insecure" else "info"
    (history.root / "../new.json").write_text(json.dumps(new))
    result = history.run("diff", "../old.json", "../new.json", "-f", "markdown")
    assert result.code == 2
    count = int(result.out.split("\n")[2].split(" ")[0])
    assert count and result.out.startswith(f"## Images: {count} newly broken\n")
    assert result.out.count("[`") == count


@pytest.mark.parametrize(
    "old,new,flags,code",
    [
        ("old", "new", [], 2),
        ("old", "new", ["--fail-on", "never"], 0),
        ("new", "new", [], 0),
        ("new", "new", ["--fail-on", "broken"], 2),
        ("new", "old", [], 2),
        ("missing", "new", [], 1),
    ],
)
def test_diff_exit_status(history, old, new, flags, code):
    history.write("picdesk.yml", "check: {fail_on: never}\n")
    result = history.run("diff", f"../{old}.json", f"../{new}.json", *flags)
    assert result.code == code, result


def test_diff_says_why_it_fails_where_nothing_is_broken(history, web):
    """"0 newly broken, 0 still broken", and status 2: the reason is a warning."""
    history.news("one", web.url("stale", "good.jpg"))
    history.run("check", *history.picdesk.QUICK, "-f", "json", "-o", "../whole.json")
    diff = ("diff", "../old.json", "../whole.json", "--fail-on")
    result = history.run(*diff, "warning")
    assert result.code == 2 and "the new report has warnings" in result.err, result
    assert history.run(*diff, "warning", "--quiet").err == ""
    result = history.run(*diff, "broken")
    assert (result.code, result.err) == (0, ""), result


def test_what_was_not_looked_at_is_not_fixed(history):
    new = json.loads((history.root / "../new.json").read_text())
    for image in new["images"]:
        image.update(status="unchecked", findings=[])
    (history.root / "../new.json").write_text(json.dumps(new))
    diff = json.loads(history.run("diff", "../old.json", "../new.json", "-f", "json").out)
    assert names(diff["fixed"]) == ["removed"] and names(diff["not_looked_at"]) == [
        "mended",
        "gone",
    ]


@pytest.mark.parametrize(
    "arguments, spoil",
    [
        (["one.md"], None),
        (["--exclude", "b.png"], None),
        (["--shard", "1/2"], None),
        (["--shard", "2/2"], None),
        ([], "---\na: [\n---\n"),
        ([], None),
    ],
)
def test_what_a_run_on_a_part_leaves_out_is_not_fixed(site, arguments, spoil):
    """Nor what an article named that cannot be read any more."""
    site.jekyll().write("one.md", "![x](/a.png)\n")
    site.write("two.md", "![x](/b.png)\n")
    old, new = (site.root.parent / name for name in ("old.json", "new.json"))
    assert site.run("check", "-f", "json", "-o", old).code == 2
    if spoil:
        site.write("two.md", spoil)
    site.run("check", "-f", "json", "-o", new, *arguments)
    assert json.loads(new.read_text())["run"].get("partial", False) == bool(arguments)
    diff = json.loads(site.run("diff", old, new, "-f", "json").out)
    assert diff["fixed"] == [] and diff["new"] == []
    found = names(diff["still_broken"]) + names(diff["not_looked_at"])
    assert sorted(found) == ["a", "b"]
    if arguments[:1] == ["one.md"] or spoil:
        assert names(diff["not_looked_at"]) == ["b"]
    # The kept report of that run is the same.
    assert site.run("report", "-f", "json").out == new.read_text()


def test_reports_are_read_through_links(history):
    link = history.root.parent / "link.json"
    link.symlink_to("old.json")
    assert history.run("diff", "../link.json", "../new.json").code == 2
    assert history.run(
        "check", "--offline", "--baseline", "../link.json", "--fail-on", "new"
    ).code in (0, 2)


def places(node, path=()):
    """The ways to all values of a document."""
    yield path
    if isinstance(node, (dict, list)):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*path, key))


@pytest.mark.parametrize("value", [None, {"a": 1}, [[{}]], -1])
def test_reports_that_others_have_edited(history, value):
    """Whatever stands in the place of a value: what it says is left out, or it is no report."""
    report = json.loads((history.root.parent / "new.json").read_text())
    report["images"] = report["images"][-1:]
    for path in list(places(report)):
        if not path:
            continue
        changed = json.loads(json.dumps(report))
        inner = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        history.write("edited.json", json.dumps(changed))
        result = history.run("diff", "../old.json", "edited.json")
        assert result.code in (0, 1, 2), (path, value, result)


def test_diff_needs_two_reports(site):
    site.write("x.json", "{}")
    assert "diff needs two arguments: picdesk diff OLD NEW" in site.run("diff", "x.json").err
    assert "takes two arguments" in site.run("diff", "x.json", "x.json", "x.json").err
    result = site.run("diff", "x.json", "x.json")
    assert result.code == 1 and "not a report of picdesk" in result.err
    assert (
        "it has text, markdown and json" in site.run("diff", "x.json", "x.json", "-f", "sarif").err
    )


# A child begins with what its parent has, and these tests may have more than what is measured.
CALL_AND_SAY_MOST_KIB = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def test_a_report_of_many_images_is_not_parsed_as_a_whole(history):
    """50,000 images took 200 MB: all of the text was a tree beside the report."""
    report = json.loads((history.root.parent / "old.json").read_text())
    image = next(image for image in report["images"] if image["status"] == "broken")
    report["images"] = [
        {**image, "url": f"https://images.example.org/{number}/" + "x" * 60}
        for number in range(20_000)
    ]
    big = history.root.parent / "big.json"
    big.write_text(json.dumps(report))
    program = [history.picdesk.binary, "diff", "old.json", "big.json", "-f", "json", "-o", "d.json"]
    started = [sys.executable, "-c", CALL_AND_SAY_MOST_KIB, *program]
    result = subprocess.run(
        started, cwd=big.parent, env=history.picdesk.environment, capture_output=True, text=True
    )
    assert result.returncode == 2, result.stderr
    assert len(json.loads((big.parent / "d.json").read_text())["new"]) == 20_000
    if "ASAN_OPTIONS" not in history.picdesk.environment:
        assert int(result.stdout) < 100_000
