"""The report as programs read it: JSON against its schema, JUnit, SARIF, GitHub, Markdown."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest

import packages
import pictures
from conftest import TOP


def schema(name):
    found = json.loads((TOP / f"docs/{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.fixture
def mixed_site(site, web):
    """One image of each kind: good, gone, wrong size, missing, embedded, a template, no URL."""
    site.jekyll()
    web.put("good.jpg", pictures.jpeg(600, 400))
    site.news("one", web.url("fresh", "good.jpg"), web.url("fresh", "gone.jpg"))
    site.write(
        "_news/two.md",
        f"""
        ---
        title: Two
        images:
          - url: {web.url("fresh", "good.jpg")}
            width: 640
            height: 400
            title: "</script><script>bad()</script>"
          - url: "{{{{ page.cover }}}}"
        ---
        ![a](data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=)
        ![b][ref] ![c](/missing/`tick`.png)

        [ref]: {web.url("fresh", "gone.jpg")}
        """,
    )
    site.write("_data/bad.yml", "a: [\n")
    site.write("_news/three.md", "---\na: [\n---\n")
    return site


def formats(site, *names, verb="check"):
    """One run, all these forms at once; {name: text}."""
    pairs = [word for name in names for word in ("-f", name, "-o", f"../out.{name}")]
    result = site.run(verb, *site.picdesk.QUICK, *pairs)
    return result, {name: (site.root.parent / f"out.{name}").read_text() for name in names}


@pytest.mark.parametrize("verb", ["scan", "check", "warm", "build"])
def test_json_fits_its_schema(mixed_site, verb):
    result = mixed_site.json(verb)
    schema("report").validate(result.report)
    assert {i["status"] for i in result.report["images"]} >= {"embedded", "template"}
    assert result.report["problems"]
    lines = (
        mixed_site.run("report", "-f", "jsonl")
        if verb != "scan"
        else mixed_site.run("scan", "-f", "jsonl")
    )
    assert [json.loads(line) for line in lines.out.splitlines()] == result.report["images"]
    if verb == "build":
        schema("manifest").validate(mixed_site.manifest())


def test_schema_refuses_what_is_wrong(mixed_site):
    report = mixed_site.check().report
    for spoil in (
        lambda r: r.pop("totals"),
        lambda r: r["images"][0].update(status="fine"),
        lambda r: r["images"][0].update(unknown=1),
        lambda r: r["images"][0]["refs"][0].update(line=0),
    ):
        copy = json.loads(json.dumps(report))
        spoil(copy)
        with pytest.raises(jsonschema.ValidationError):
            schema("report").validate(copy)


# Jenkins' junit-10.xsd, the parts in use: element -> (attributes needed, allowed, children).
JUNIT = {
    "testsuites": (
        set(),
        {"name", "time", "tests", "failures", "errors"},
        {"testsuite"},
    ),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname"},
        {"name", "classname", "time", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"message"}, set()),
    "system-out": (set(), set(), set()),
}


def check_junit(element):
    needed, allowed, children = JUNIT[element.tag]
    assert needed <= set(element.attrib) <= allowed, element.attrib
    for child in element:
        assert child.tag in children, child.tag
        check_junit(child)


def test_junit(mixed_site, web):
    result, text = formats(mixed_site, "junit", "json")
    report = json.loads(text["json"])
    root = ElementTree.fromstring(text["junit"])
    check_junit(root)
    suite = root[0]
    assert result.code == 2 and len(suite) == int(suite.get("tests"))
    assert int(suite.get("tests")) == len(report["images"]) + len(report["problems"])
    assert (
        int(suite.get("failures"))
        == report["totals"]["broken"]
        == len(suite.findall("*/failure/.."))
    )
    assert int(suite.get("skipped")) == len(suite.findall("*/skipped")) == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
    gone = next(case for case in suite if case.get("name") == web.url("fresh", "gone.jpg"))
    assert gone.get("classname") == "_news/one.md"
    assert gone.find("failure").get("type") == "gone"
    assert "_news/two.md:11:" in gone.find("failure").text and "since" not in text["junit"]


def test_junit_has_one_failure_a_test(mixed_site, web):
    """Most readers take one: of an image with several findings that are broken it says all."""
    severities = "{size-mismatch: broken, insecure: broken}"
    mixed_site.write("picdesk.yml", f"check: {{severity: {severities}}}\n")
    _, text = formats(mixed_site, "junit")
    root = ElementTree.fromstring(text["junit"])
    check_junit(root)
    assert {len(case.findall("failure")) for case in root[0]} == {0, 1}
    good = next(case for case in root[0] if case.get("name") == web.url("fresh", "good.jpg"))
    failure = good.find("failure")
    assert failure.get("type") == "insecure"
    assert failure.get("message") == "loaded over plain http; declared 640x400, is 600x400"
    assert [re.sub(r":\d+:\d+$", "", line) for line in failure.text.splitlines()] == [
        web.url("fresh", "good.jpg"),
        "loaded over plain http",
        "_news/one.md",
        "_news/two.md",
        "declared 640x400, is 600x400",
        "_news/two.md",
    ]
    assert int(root[0].get("failures")) == len(root[0].findall("*/failure"))


def test_junit_fits_the_common_schema(mixed_site):
    """PICDESK_JUNIT_XSD names Jenkins' junit-10.xsd, which is in no package."""
    schema_file = os.environ.get("PICDESK_JUNIT_XSD")
    if not schema_file or not shutil.which("xmllint"):
        pytest.skip("needs xmllint and PICDESK_JUNIT_XSD")
    formats(mixed_site, "junit")
    run = subprocess.run(
        ["xmllint", "--noout", "--schema", schema_file, mixed_site.root.parent / "out.junit"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


# SARIF 2.1.0, the parts in use, with the requirements of GitHub's code scanning.
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "properties": {
                        "uri": {"pattern": "^[A-Za-z0-9._~%-][A-Za-z0-9._~%/-]*$"},
                        "uriBaseId": {"const": "%SRCROOT%"},
                    },
                },
                "region": {
                    "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1},
                    },
                },
            },
        },
    },
}
TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
LEVEL = {"enum": ["error", "warning", "note"]}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {
                        "maxItems": 1,
                        "items": {
                            "additionalProperties": False,
                            "required": ["executionSuccessful", "toolExecutionNotifications"],
                            "properties": {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "items": {
                                        "additionalProperties": False,
                                        "required": ["descriptor", "level", "message"],
                                        "properties": {
                                            "descriptor": {"required": ["id"]},
                                            "level": LEVEL,
                                            "message": TEXT,
                                        },
                                    }
                                },
                            },
                        },
                    },
                    "tool": {
                        "properties": {
                            "driver": {
                                "required": ["name", "version", "rules"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id", "shortDescription"],
                                            "properties": {
                                                "shortDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {
                                                    "properties": {"level": LEVEL}
                                                },
                                            },
                                        },
                                    }
                                },
                            }
                        }
                    },
                    "results": {
                        "maxItems": 5000,
                        "items": {
                            "additionalProperties": False,
                            "required": [
                                "ruleId",
                                "level",
                                "message",
                                "locations",
                                "partialFingerprints",
                            ],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "level": LEVEL,
                                "message": TEXT,
                                "locations": {"minItems": 1, "maxItems": 1, "items": LOCATION},
                                "relatedLocations": {
                                    "items": {**LOCATION, "required": ["id", "physicalLocation"]}
                                },
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"pattern": "^[0-9a-f]{32}$"},
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def sarif(text):
    found = json.loads(text)
    jsonschema.validate(found, SARIF)
    run = found["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules)) and {r["ruleId"] for r in run["results"]} <= set(rules)
    return run["results"]


def fingerprints(results):
    return [result["partialFingerprints"]["picdesk/v1"] for result in results]


def test_sarif(mixed_site, web):
    # The site is a folder of a repository: paths are the repository's.
    (mixed_site.root.parent / ".git").mkdir()
    _, text = formats(mixed_site, "sarif")
    results = sarif(text["sarif"])
    levels = [result["level"] for result in results]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    gone = next(r for r in results if r["ruleId"] == "gone")
    place = gone["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "site/_news/one.md"
    assert place["region"] == {"startLine": 6, "startColumn": 11}
    assert (
        gone["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "site/_news/two.md"
    )
    assert len(set(fingerprints(results))) == len(results)
    # Lines added above change no fingerprint.
    article = mixed_site.root / "_news/one.md"
    article.write_text(article.read_text().replace("category: news", "category: news\nx: 1\ny: 2"))
    _, again = formats(mixed_site, "sarif")
    moved = next(r for r in sarif(again["sarif"]) if r["ruleId"] == "gone")
    assert moved["locations"][0]["physicalLocation"]["region"]["startLine"] == 8
    assert sorted(fingerprints(sarif(again["sarif"]))) == sorted(fingerprints(results))


def test_sarif_has_a_place_for_each_result(mixed_site, faultd):
    """GitHub takes none of them when one has no place ("expected at least one location")."""
    dead = faultd.url("/x")
    faultd.close()
    mixed_site.news("down", *(f"{dead}/{i}.jpg" for i in range(8)))
    _, text = formats(mixed_site, "sarif", "json")
    assert {r["ruleId"] for r in sarif(text["sarif"])} > {"connect", "bad-front-matter"}
    (told,) = json.loads(text["sarif"])["runs"][0]["invocations"]
    (note,) = told["toolExecutionNotifications"]
    (down,) = (p for p in json.loads(text["json"])["problems"] if p["code"] == "host-down")
    assert note["descriptor"]["id"] == "host-down" and note["message"]["text"] == down["message"]


def test_sarif_fits_the_official_schema(mixed_site, faultd):
    dead = faultd.url("/x")
    faultd.close()
    mixed_site.news("down", *(f"{dead}/{i}.jpg" for i in range(8)))
    file = packages.node_package("@microsoft/jest-sarif", "lib/schemas/sarif-2.1.0-rtm.5.json")
    official = json.loads(file.read_text())
    _, text = formats(mixed_site, "sarif")
    jsonschema.validators.validator_for(official)(official).validate(json.loads(text["sarif"]))


def test_sarif_holds_the_gravest_5000(site):
    site.jekyll()
    site.write("_news/many.md", "".join(f"![x](/gone/{i}.png)\n" for i in range(5100)))
    _, text = formats(site, "sarif")
    results = sarif(text["sarif"])
    assert len(results) == 5000 and {r["level"] for r in results} == {"error"}


def test_github_annotations(mixed_site, web):
    out = mixed_site.run("check", *mixed_site.picdesk.QUICK, "-f", "github").out
    lines = out.splitlines()
    gone = next(line for line in lines if "gone.jpg" in line)
    assert gone.startswith(
        "::error file=_news/one.md,line=6,col=11,title=Not found on the server::http://"
    )
    assert "%0Aalso in _news/two.md:11:" in gone
    assert any(line.startswith("::warning file=_news/two.md,line=4,col=10,") for line in lines)
    assert any(line.startswith("::warning file=_data/bad.yml,") for line in lines)
    assert re.fullmatch(r"\d+ images: .*broken.*", lines[-1])


def test_github_says_nothing_that_a_stranger_wrote_as_a_command(site):
    site.jekyll()
    hostile = ["a%0A::error::x,y:z", "##[set-output name=a]b", "::stop-commands::t", "e\x1b[31m"]
    site.write(
        "_news/a,b:c.md",
        "---\nimages:\n"
        + "".join(
            f"  - url: {json.dumps('/' + name + str(i))}\n" for name in hostile for i in range(6)
        )
        + "---\n",
    )
    out = site.run("check", "-f", "github").out
    commands = [line for line in out.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == 12 and commands[-2].startswith("::group::")
    assert commands[-1] == "::endgroup::"
    for line in commands[:10]:
        properties, _, message = line[2:].partition("::")
        assert "file=_news/a%2Cb%3Ac.md,line=" in properties
        assert "%0A" not in message.replace("%250A", "")
    assert "##[" not in out and "\x1b" not in out


def test_github_job_summary(mixed_site, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("# Earlier step\n")
    mixed_site.run(
        "check",
        *mixed_site.picdesk.QUICK,
        "-f",
        "github",
        env={"GITHUB_STEP_SUMMARY": str(summary)},
    )
    text = summary.read_text()
    assert text.startswith("# Earlier step\n## Images: ") and "gone.jpg" in text


def test_markdown(mixed_site, web):
    _, text = formats(mixed_site, "markdown")
    markdown = text["markdown"]
    assert markdown.startswith("## Images: ")
    url = web.url("fresh", "gone.jpg")
    assert f"- [`{url}`](<{url}>)" in markdown
    assert "`_news/one.md:6:11`, `_news/two.md:11:" in markdown
    assert mixed_site.run("scan", "-f", "markdown").out.startswith("## Images: 5 found\n")
    # Backticks inside are fenced by more of them.
    assert "`` /missing/`tick`.png ``" in markdown


def test_markdown_links_lead_to_the_url_that_is_broken(site, web):
    """Escaped twice, as templates do: the link was read as "?w=1&h=2", which is fine."""
    url = web.url("fresh", "gone.jpg?w=1&amp;h=2")
    site.jekyll().write("a.md", "![x](%s)\n" % url.replace("&", "&amp;"))
    _, text = formats(site, "markdown")
    assert f"- [`{url}`](<{url.replace('&', '&amp;')}>)" in text["markdown"]


def test_markdown_fits_an_issue_and_a_summary(site, tmp_path):
    site.jekyll()
    site.write("_news/many.md", "".join(f"![x](/gone/{'é' * 40}{i}.png)\n" for i in range(20000)))
    summary = tmp_path / "summary.md"
    _, text = formats(site, "markdown")
    site.run("report", "-f", "github", env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert 50_000 < len(text["markdown"].encode()) < 65_536
    assert 900_000 < summary.stat().st_size < 1 << 20
    for markdown in (text["markdown"], summary.read_text()):
        more = re.search(r"\nand ([\d,]+) more;", markdown)
        assert int(more[1].replace(",", "")) + markdown.count("\n- ") == 20000


def test_report_gives_the_last_run_in_every_form(mixed_site):
    names = ["junit", "sarif", "github", "markdown", "jsonl", "json"]
    _, first = formats(mixed_site, *names)
    for name in names:
        assert mixed_site.run("report", "-f", name).out == first[name], name


def test_a_megabyte_of_url_is_shortened_for_people_and_whole_for_programs(site):
    long = "/" + "x" * (1 << 20) + "/end.png"
    names = ("text", "github", "markdown", "sarif", "json")
    site.jekyll()
    site.write("_news/long.md", f"![a]({long})\n![b](/other.png)\n")
    _, text = formats(site, *names)
    assert {image["url"] for image in json.loads(text["json"])["images"]} == {long, "/other.png"}
    for name in names[:4]:
        assert len(text[name]) < 30_000 and "xx/end.png" in text[name], name
        assert "other.png" in text[name], name
    assert len(site.run("scan").out) < 3000


def test_bytes_that_are_no_text_reach_every_form_escaped(site):
    site.jekyll()
    site.write("_news/x.md", b"![a](/caf\xe9-\x01<&\"'>.png)\n")
    _, text = formats(site, "junit", "sarif", "github", "markdown", "json", "html")
    check_junit(ElementTree.fromstring(text["junit"]))
    sarif(text["sarif"])
    json.loads(text["json"])
    for form in ("junit", "github", "markdown", "html"):
        assert "\x01" not in text[form]


def test_bytes_that_are_no_utf8_come_back_out_of_a_report_and_a_manifest(site):
    """What was read again is what was written: in `report`, for --baseline, in a partial build."""
    site.write(".eleventy.js", "")
    (site.root / "_news").mkdir()
    (site.root / os.fsdecode(b"_news/a\xff.md")).write_bytes(
        b"![x](/a/gone\xe9.png) ![y](/a/p\xff.png)\n"
    )
    site.write("_news/b.md", "![y](/a/q.png)\n")
    site.write("a/q.png", pictures.png(90, 80))
    (site.root / os.fsdecode(b"a/p\xff.png")).write_bytes(pictures.png(100, 80))
    first = site.run("check", "-f", "json", "-o", "../r.json", "-f", "text")
    assert first.code == 2 and "_news/a\\xff.md:1:" in first.out, first
    files = ["-f", "json", "-o", "../again.json", "-f", "sarif", "-o", "../s"]
    again = site.run("report", "-f", "text", *files)
    assert "_news/a\\xff.md:1:" in again.out and "/a/gone\\xe9.png" in again.out, again
    beside = site.root.parent
    assert (beside / "again.json").read_bytes() == (beside / "r.json").read_bytes()
    assert "_news/a%FF.md" in (beside / "s").read_text()
    assert site.run("check", "--baseline", "../r.json", "--fail-on", "new").code == 0
    assert site.run("build").code == 0
    whole = site.manifest()
    assert "/a/p\udcff.png" in whole["images"]
    assert site.run("build", "_news/b.md").code == 0 and site.manifest() == whole


def test_report_of_each_site_that_shares_a_cache(make_site, tmp_path):
    """By turns, too; of a cache in the site itself whatever its path is; of the sites that ran last."""
    cache = ("--cache-dir", str(tmp_path / "shared"))
    sites = [make_site(f"s{i}") for i in range(18)]
    for i, one in enumerate(sites):
        one.jekyll().news("one", f"/{i}.jpg")
    assert sites[0].check(*cache).code == sites[1].check(*cache).code == 2
    for _ in range(2):
        for one in sites[:2]:
            kept = one.run("report", "-f", "json", *cache)
            ran = one.check(*cache).report
            assert kept.report["images"] == ran["images"], kept
    nobody = sites[2].run("report", *cache)
    assert nobody.code == 1 and "no run is remembered for this site" in nobody.err, nobody
    for one in (*sites[2:], sites[1]):
        one.check(*cache)
    codes = [one.run("report", *cache, "-q").code for one in sites]
    assert codes == [1, 0, 1] + [0] * 15, codes


@contextlib.contextmanager
def reports_changing_places(index):
    """Another process gives two sites' reports each other's places, as often as it can."""
    done = threading.Event()

    def swap():
        with contextlib.closing(sqlite3.connect(index, timeout=60)) as database:
            database.execute("PRAGMA synchronous = OFF")
            while not done.is_set():
                with database:
                    for a, b in ((1, "x"), (2, 1), ("x", 2)):
                        database.execute(
                            "UPDATE documents SET name = replace(name, ?1, ?2)"
                            " WHERE name = ?1 OR name GLOB ?1 || '.*'",
                            (f"report.{a}", f"report.{b}"),
                        )

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        yield
    finally:
        done.set()
        swapper.join()


def test_a_report_is_of_one_moment(make_site, tmp_path):
    """Whose it is, its head and its images were read one after the other, while other runs ended."""
    cache = ("--cache-dir", str(tmp_path / "shared"))
    one, two = (make_site(name).jekyll() for name in ("one", "two"))
    one.news("a", "/one.jpg")
    two.news("a", "/two.jpg")
    assert one.check(*cache).code == two.check(*cache).code == 2
    with reports_changing_places(tmp_path / "shared/index.sqlite"):
        for _ in range(40):
            result = one.run("report", "-f", "json", *cache)
            assert result.code == 0 and result.report["images"][0]["url"] == "/one.jpg", result


def test_a_site_that_is_moved_keeps_its_report(site, tmp_path):
    site.jekyll().news("one", "/a.jpg")
    site.check()
    moved = site.root.rename(tmp_path / "moved")
    result = site.run("report", cwd=moved)
    assert result.code == 0 and "missing-file" in result.out, result


def test_a_report_in_the_site_is_no_article(site):
    """What a report in _data named was asked for by each later run, and reported again."""
    site.jekyll().write("a.md", "![](/no.png)\n")
    for form, name in (("json", "_data/r.json"), ("html", "r.html"), ("markdown", "r.md")):
        assert site.run("check", "--offline", "-f", form, "-o", name).code == 2
    assert site.scan().totals["references"] == 1
