"""check: statuses, findings, exit statuses, and the text that people act on."""

import json
import re
import socket

import pytest

import pictures


def test_all_well(photo_site, web):
    result = photo_site.check()
    assert result.code == 0, result
    assert {image["status"] for image in result.report["images"]} == {"ok"}
    assert all(image["thumbs"] == [] for image in result.report["images"])
    assert not (photo_site.root / "assets").exists() and not (photo_site.root / "_data").exists()
    image = result.image(web.url("fresh", "a.jpg"))
    assert (
        image["http_status"],
        image["type"],
        image["width"],
        image["height"],
        image["source"],
    ) == (200, "image/jpeg", 1200, 600, "network")
    assert image["bytes"] == (web.files / "a.jpg").stat().st_size
    assert image["failing_since"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", image["checked"])


def test_second_check_trusts_what_it_verified(photo_site, web):
    photo_site.check()
    web.forget()
    result = photo_site.check()
    assert web.requests() == [] and result.code == 0
    assert photo_site.check("--max-age", "0s").code == 0
    assert len(web.requests()) == 4 and {r["status"] for r in web.requests()} == {304}


def test_check_looks_at_every_failure_again(site, faultd):
    site.jekyll().news("one", faultd.url("/ok-after/404/1"))
    assert site.check().code == 2
    result = site.check()
    assert result.code == 0 and result.report["images"][0]["status"] == "ok"


def test_build_remembers_a_failure(site, faultd):
    site.jekyll().news("one", faultd.url("/ok-after/404/1"))
    site.build()
    result = site.build()
    assert len(faultd.requests("/ok-after/404/1")) == 1
    assert "gone" in result.codes(faultd.url("/ok-after/404/1"))


@pytest.mark.parametrize(
    "verb, arguments, config",
    [
        ("build", ("-H", "X-Key: one"), ""),
        ("warm", ("--accept", "200..300"), ""),
        ("build", ("--max-redirects", "3"), ""),
        ("warm", ("--user-agent", "other/1"), ""),
        ("build", (), "hosts: {127.0.0.1: {headers: {Authorization: 's3cr3t'}}}\n"),
    ],
)
def test_a_failure_of_another_request_is_not_remembered(site, faultd, verb, arguments, config):
    """The reader who adds what was missing sees at once whether it helps; the same request waits."""
    url = faultd.url("/ok-after/403/2")
    site.jekyll().news("one", url)
    site.json(verb)
    site.json(verb)
    assert len(faultd.requests("/ok-after/403/2")) == 1
    site.write("picdesk.yml", config)
    for _ in range(2):
        site.json(verb, *arguments)
        assert len(faultd.requests("/ok-after/403/2")) == 2
    assert b"s3cr3t" not in b"".join(f.read_bytes() for f in site.root.rglob("*.sqlite"))


def test_exit_statuses(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"), faultd.url("/image/1"))
    assert site.check().code == 2
    assert site.check("--fail-on", "never").code == 0
    assert site.check("--fail-on", "broken").code == 2
    site.news("one", faultd.url("/status/403"))
    assert site.check().code == 0
    assert site.check("--fail-on", "warning").code == 2
    assert site.check("--no-such-flag").code == 1
    site.write("picdesk.yml", "fetch: {timeout: soon}\n")
    assert site.check().code == 3


def test_embedded_and_template_are_no_failures(site):
    site.jekyll().write(
        "a.html", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><img src="{{ page.x }}">\n'
    )
    result = site.check()
    assert result.code == 0
    assert {image["status"] for image in result.report["images"]} == {"embedded", "template"}


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("/status/404", "broken", "gone"),
        ("/status/410", "broken", "gone"),
        ("/status/500", "broken", "http-error"),
        ("/status/400", "broken", "http-error"),
        ("/status/503", "broken", "http-error"),
        ("/status/401", "blocked", "blocked"),
        ("/status/403", "blocked", "blocked"),
        ("/status/407", "blocked", "blocked"),
        ("/status/429", "blocked", "blocked"),
        ("/status/451", "blocked", "blocked"),
        ("/status/999", "blocked", "blocked"),
        ("/challenge", "blocked", "blocked"),
        ("/empty", "broken", "empty"),
        ("/html-as-image", "broken", "not-an-image"),
        ("/truncated-image", "broken", "truncated"),
    ],
)
def test_answers(site, faultd, path, status, code):
    url = faultd.url(path)
    site.jekyll().news("one", url)
    result = site.check()
    image = result.image(url)
    assert (image["status"], code in result.codes(url)) == (status, True), result
    severity = {f["code"]: f["severity"] for f in image["findings"]}[code]
    assert severity == status
    assert result.code == (2 if status == "broken" else 0)


def test_failing_since_is_the_first_failure(site, faultd):
    url = faultd.url("/status/404")
    site.jekyll().news("one", url)
    first = site.check().image(url)["failing_since"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first)
    assert site.check().image(url)["failing_since"] == first


def test_soft_404_says_what_came_instead(site, faultd):
    site.jekyll().news("one", faultd.url("/html-as-image"))
    (finding,) = [
        f for f in site.check().report["images"][0]["findings"] if f["code"] == "not-an-image"
    ]
    assert "Page not found" in finding["message"]


@pytest.mark.parametrize(
    "data, code, status",
    [
        (pictures.truncated(pictures.jpeg()), "truncated", "broken"),
        (pictures.truncated(pictures.png()), "truncated", "broken"),
        (pictures.undecodable_png(), "undecodable", "broken"),
        (pictures.damaged_jpeg(), "damaged", "ok"),
        (pictures.huge_png(), "too-many-pixels", "broken"),
        (b"", "empty", "broken"),
        (b"plain words, no picture at all: " * 8, "not-an-image", "broken"),
    ],
    ids=["jpeg-truncated", "png-truncated", "undecodable", "damaged", "pixels", "empty", "text"],
)
def test_bodies(site, faultd, data, code, status):
    url = faultd.serve(
        "/files/picture", data, "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png", max_age=60
    )
    site.jekyll().news("one", url)
    result = site.check()
    assert code in result.codes(url), result
    assert result.image(url)["status"] == status
    # The verdict on bytes is remembered with the bytes.
    again = site.check()
    assert code in again.codes(url) and again.image(url)["status"] == status


@pytest.mark.parametrize(
    "data, code, status",
    [
        (pictures.truncated(pictures.jpeg()), "truncated", "broken"),
        (b"", "empty", "broken"),
        (b"no picture, words " * 10, "not-an-image", "broken"),
        (pictures.damaged_jpeg(), "damaged", "ok"),
    ],
    ids=["truncated", "empty", "text", "damaged"],
)
def test_local_bodies(site, data, code, status):
    site.jekyll().write("assets/a.jpg", data)
    site.write("a.html", "<img src=/assets/a.jpg>\n")
    result = site.check()
    assert code in result.codes("/assets/a.jpg"), result
    image = result.image("/assets/a.jpg")
    assert (image["status"], image["source"]) == (status, "local")
    # What was looked at has a time, good or not; the kept report too.
    assert image["checked"] == result.report["run"]["started"]
    assert site.run("report", "-f", "json").out == result.out


def test_declared_sizes_are_compared(site, web):
    web.put("a.jpg", pictures.jpeg(1200, 630))
    url = web.url("fresh", "a.jpg")
    site.jekyll()
    site.write(
        "_news/x.md",
        f"---\nimages:\n  - url: {url}\n    width: 1200\n    height: 600\n"
        f"  - url: {url}\n    width: 1200\n    height: 630\n---\n",
    )
    result = site.check()
    (finding,) = [f for f in result.image(url)["findings"] if f["code"] == "size-mismatch"]
    assert finding["message"] == "declared 1200x600, is 1200x630"
    assert (finding["severity"], finding["refs"]) == ("warning", [0])
    assert result.code == 0 and site.check("--fail-on", "warning").code == 2


@pytest.mark.parametrize(
    "sent, is_other",
    [
        ("application/json", True),
        ("application/xml; charset=utf-8", True),
        ("Video/MP4", True),
        ("audio/mpeg", True),
        ("font/woff2", True),
        ("application/octet-stream", False),
        ("binary/octet-stream", False),
        ("application/x-unknown", False),
        ("image/*", False),
        ("image/jpg", False),
        ("jpeg", False),
    ],
)
def test_types_that_name_another_thing(site, faultd, sent, is_other):
    url = faultd.serve("/a.jpg", pictures.jpeg(30, 20), sent)
    site.jekyll().news("one", url)
    found = [f["message"] for f in site.check().image(url)["findings"] if f["code"] == "type-mismatch"]
    assert found == ([f"sent as {sent}, the bytes are image/jpeg"] if is_other else [])


def test_declared_type_is_compared(site, faultd):
    site.jekyll().news("one", faultd.url("/png-as-jpeg"))
    result = site.check()
    image = result.image(faultd.url("/png-as-jpeg"))
    assert (image["status"], image["type"]) == ("ok", "image/png")
    assert "type-mismatch" in result.codes(faultd.url("/png-as-jpeg"))


@pytest.mark.parametrize(
    "sent, words",
    [
        ("image/svg+xml; charset=utf-8", None),
        ("text/plain", "sent as text/plain: browsers show an SVG only as image/svg+xml"),
        ("application/octet-stream", "sent as application/octet-stream: browsers"),
        ("image/svg", "sent as image/svg: browsers"),
        (None, "sent without a type: browsers"),
    ],
)
def test_an_svg_must_be_called_one(site, faultd, sent, words):
    """Of other images browsers look at the bytes, whatever they are called. An SVG has no pixels to count."""
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='30000' height='30000'></svg>"
    fields = [("Content-Type", sent)] if sent else []
    faultd.files["/a.svg"] = (svg, fields)
    faultd.files["/a.jpg"] = (pictures.jpeg(30, 20), fields if sent != "image/svg+xml; charset=utf-8" else [])
    urls = [faultd.url("/a.svg"), faultd.url("/a.jpg")]
    site.jekyll().news("one", *urls)
    for arguments in ((), ("--quick", "--refresh"), ()):  # the last from the cache
        result = site.check(*arguments)
        assert [image["status"] for image in result.report["images"]] == ["ok", "ok"], result
        said = [f["message"] for f in result.image(urls[0])["findings"] if f["code"] == "type-mismatch"]
        assert (said[0].startswith(words) if words else not said), said
        assert ("type-mismatch" in result.codes(urls[1])) == (sent == "text/plain"), result


def test_nothing_else_must_be_called_an_svg(site, faultd):
    url = faultd.serve("/a.jpg", pictures.jpeg(30, 20), "image/svg+xml")
    site.jekyll().news("one", url)
    said = [f["message"] for f in site.check().image(url)["findings"] if f["code"] == "type-mismatch"]
    assert said == ["sent as image/svg+xml, the bytes are image/jpeg: browsers do not show it"]


@pytest.mark.parametrize(
    "sent, options, is_kept",
    [
        ("text/plain; charset=utf-8", "nosniff", True),
        ("TEXT/HTML", "NoSniff , x", True),
        ("application/problem+json", "nosniff", True),
        ("application/xhtml+xml", "nosniff", True),
        ("text/plain", "x, nosniff", False),
        ("application/octet-stream", "nosniff", False),
        ("image/jpeg", "nosniff", False),
    ],
)
def test_what_may_not_be_guessed_is_kept_from_pages(site, faultd, sent, options, is_kept):
    """Browsers look at the bytes, but not of these types under "nosniff" (Fetch standard, "opaque-response
    blocking")."""
    fields = [("Content-Type", sent), ("X-Content-Type-Options", options)]
    faultd.files["/a.jpg"] = (pictures.jpeg(30, 20), fields)
    url = faultd.url("/a.jpg")
    site.jekyll().news("one", url)
    for _ in range(2):  # the second time from the cache
        findings = site.check().image(url)["findings"]
        assert any('"nosniff": browsers do not show it' in f["message"] for f in findings) == is_kept


POLICY = "Cross-Origin-Resource-Policy"


@pytest.mark.parametrize(
    "fields, words",
    [
        ([("Content-Type", "application/pdf")], "sent as application/pdf: browsers do not show it"),
        ([("Content-Type", "Text/CSV; header=absent")], "browsers do not show it on pages of other h"),
        ([("Content-Type", "application/vnd.ms-excel.sheet.4")], "browsers do not show it"),
        ([("Content-Type", "application/force-download")], None),
        ([(POLICY, "same-origin")], "same-origin: browsers do not show it on pages of other hosts"),
        ([(POLICY, "same-site")], "same-site: browsers do not show it on pages of other sites"),
        ([(POLICY, "cross-origin")], None),
        ([(POLICY, "Same-Origin")], None),
        ([(POLICY, "same-origin"), (POLICY, "cross-origin")], None),
    ],
)
def test_what_browsers_keep_from_pages_of_other_hosts(site, faultd, fields, words):
    """Whatever the bytes are: each row was tried with Chromium."""
    typed = any(name == "Content-Type" for name, _ in fields)
    fields = fields if typed else [("Content-Type", "image/jpeg"), *fields]
    faultd.files["/a.jpg"] = (pictures.jpeg(30, 20), fields)
    url = faultd.url("/a.jpg")
    site.jekyll().news("one", url)
    for _ in range(2):  # the second time from the cache
        found = [f for f in site.check().image(url)["findings"] if f["code"] == "type-mismatch"]
        assert [words in f["message"] for f in found] == [True] if words else not found, found


def test_plain_http_is_insecure_and_unsized_is_said(site, web):
    web.put("a.jpg", pictures.jpeg(64, 64))
    url, safe = web.url("fresh", "a.jpg"), web.tls_url("fresh", "a.jpg")
    site.jekyll().news("one", url, safe)
    result = site.check("--cacert", str(web.certificates.authority))
    assert {"insecure", "unsized"} <= set(result.codes(url))
    assert "insecure" not in result.codes(safe) and "unsized" in result.codes(safe)


def test_local_files(site):
    site.jekyll()
    site.write("assets/Logo.png", pictures.png(50, 50))
    (site.root / "assets/out.png").symlink_to("/etc/hostname")
    site.write(
        "a.html",
        "<img src=/assets/none.png><img src=/assets/logo.png><img src=../../etc/x.png>"
        "<img src=/assets/out.png><img src=/assets/Logo.png>\n",
    )
    result = site.check()
    codes = {
        ref["written"]: [f["code"] for f in image["findings"] if f["severity"] == "broken"]
        for image in result.report["images"]
        for ref in image["refs"]
    }
    assert codes == {
        "/assets/none.png": ["missing-file"],
        "/assets/logo.png": ["case-mismatch"],
        "../../etc/x.png": ["outside-root"],
        "/assets/out.png": ["outside-root"],
        "/assets/Logo.png": [],
    }
    messages = json.dumps(result.report)
    assert "assets/Logo.png" in messages
    assert result.code == 2


@pytest.mark.parametrize(
    "url, code",
    [
        ("http://user:secret@127.0.0.1/a.jpg", "bad-url"),
        ("http://[::1/a.jpg", "bad-url"),
        ("http://", "bad-url"),
        ("ftp://x.example/a.jpg", "bad-url"),
        ("http://169.254.169.254/a.jpg", "forbidden-address"),
        ("http://0.0.0.0/a.jpg", "forbidden-address"),
    ],
)
def test_urls_that_are_never_asked(site, url, code):
    site.jekyll().news("one", url)
    result = site.check()
    assert code in [f["code"] for f in result.report["images"][0]["findings"]], result
    assert result.code == 2


def resolves(name):
    try:
        return bool(socket.getaddrinfo(name, 80))
    except socket.gaierror:
        return False


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "[::ffff:7f00:1]"]
)
def test_loopback_is_refused_without_allow_private(site, faultd, host):
    if host == "localhost" and not resolves(host):
        pytest.skip("this machine has no /etc/hosts")
    site.jekyll().news("one", f"http://{host}:{faultd.port}/image/1")
    result = site.run("check", "--format", "json", "--host-interval", "0ms", "--max-retries", "0")
    assert "forbidden-address" in [
        f["code"] for f in result.report["images"][0]["findings"]
    ], result
    assert faultd.requests() == []


def test_text_report_can_be_acted_on(site, faultd):
    site.jekyll().news(
        "one", faultd.url("/status/404"), faultd.url("/image/1"), faultd.url("/html-as-image")
    )
    site.write("two.html", "<p>\n<img src=/assets/none.png>\n")
    result = site.run("check", *site.picdesk.QUICK)
    assert result.code == 2
    for url, place in (
        (faultd.url("/status/404"), "_news/one.md:5"),
        (faultd.url("/html-as-image"), "_news/one.md:7"),
        ("/assets/none.png", "two.html:2"),
    ):
        assert url in result.out and place in result.out, result
    assert "404" in result.out and "Page not found" in result.out
    assert "\x1b" not in result.out + result.err


def test_text_paths_are_relative_to_the_current_folder(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"))
    result = site.run("check", *site.picdesk.QUICK, cwd=site.root / "_news")
    assert re.search(r"(^|\s)one\.md:5", result.out, re.MULTILINE), result


def test_color(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"))
    assert "\x1b[" in site.run("check", *site.picdesk.QUICK, "--color", "always").out
    assert "\x1b" not in site.run("check", *site.picdesk.QUICK, "--color", "never").out


def test_control_characters_do_not_reach_the_terminal(site, faultd):
    site.jekyll().write(
        "_news/x.md", f'---\nimage: "{faultd.url("/status/404")}?\\e[31m\\n::error::x"\n---\n'
    )
    result = site.run("check", *site.picdesk.QUICK)
    assert "\x1b" not in result.out and not re.search(r"^::", result.out, re.MULTILINE), result


def test_formats_pair_by_pair(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"), faultd.url("/image/1"))
    result = site.run(
        "check",
        *site.picdesk.QUICK,
        "-f",
        "json",
        "-o",
        "r.json",
        "-f",
        "jsonl",
        "-o",
        "r.jsonl",
        "-f",
        "text",
    )
    assert result.code == 2 and faultd.url("/status/404") in result.out
    report = json.loads((site.root / "r.json").read_text())
    lines = [json.loads(line) for line in (site.root / "r.jsonl").read_text().splitlines()]
    assert lines == report["images"] and len(lines) == 2


def test_stdout_is_the_product_alone(site, faultd):
    site.jekyll().news("one", faultd.url("/image/1"))
    result = site.check("-v")
    assert result.report["schema"] == "picdesk/report/1"


def test_report_prints_the_last_run_again(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"), faultd.url("/image/1"))
    first = site.check().report
    faultd.forget()
    again = site.run("report", "--format", "json")
    assert again.report == first and faultd.requests() == []
    assert faultd.url("/status/404") in site.run("report").out


def test_config_ignores_and_changes_severities(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"))
    site.write("picdesk.yml", "check:\n  severity: {gone: warning}\n")
    assert site.check().code == 0
    assert "Next:" not in site.run("check", *site.picdesk.QUICK).out
    site.write("picdesk.yml", "check:\n  ignore: ['/status/']\n")
    result = site.check()
    assert result.code == 0 and result.report["images"][0]["findings"] == []
    assert faultd.url("/status/404") not in site.run("check", *site.picdesk.QUICK).out


@pytest.mark.parametrize("text", [None, "", "{}", "[", '{"schema": "picdesk/report/2"}'])
def test_a_baseline_that_cannot_be_read_is_said_at_once(site, faultd, text):
    """Before anything is asked: not after an hour of looking."""
    site.jekyll().news("a", faultd.url("/x.jpg"))
    if text is not None:
        site.write("old.json", text)
    result = site.check("--baseline", "old.json", "--fail-on", "new")
    assert result.code == 1 and "old.json" in result.err and result.out == "", result
    assert not faultd.requests() and not (site.root / ".cache").exists()


def test_a_baseline_may_be_the_file_that_is_written(site, faultd):
    site.jekyll().news("a", faultd.url("/x.jpg"))
    site.check("-f", "json", "-o", "report.json")
    arguments = ("--baseline", "report.json", "--fail-on", "new", "-f", "json", "-o", "report.json")
    assert site.check(*arguments).code == 0
    site.news("b", faultd.url("/y.jpg"))
    assert site.check(*arguments).code == 2


@pytest.mark.parametrize("what", ["broken", "new"])
def test_fail_on_of_the_config_is_about_check(site, faultd, what):
    """A dead image stops no build; and who compares in `check` alone has no baseline elsewhere."""
    site.jekyll().news("one", faultd.url("/status/404"))
    site.write("picdesk.yml", f"check: {{fail_on: {what}}}\n")
    for verb in ("build", "warm"):
        assert site.json(verb).code == 0, verb
    assert site.json("build", "--fail-on", "broken").code == 2
    for verb in ("scan", "stats", "gc", "config", "report"):
        assert site.run(verb).code == 0, verb
    assert f"{what}" in site.run("config").out
    site.write("empty.json", site.scan().out)
    assert site.check("--baseline", "empty.json").code == 2
    assert site.check().code == (2 if what == "broken" else 1)


def test_baseline_and_fail_on_new(site, faultd):
    site.jekyll().news("one", faultd.url("/status/404"))
    (site.root / "old.json").write_text(site.check().out)
    assert site.check("--baseline", "old.json", "--fail-on", "new").code == 0
    site.news("two", faultd.url("/status/410"))
    assert site.check("--baseline", "old.json", "--fail-on", "new").code == 2


def test_hosts_are_counted(site, faultd):
    site.jekyll().news(
        "one", faultd.url("/status/404"), faultd.url("/image/1"), faultd.url("/image/2")
    )
    (host,) = site.check().report["hosts"]
    assert host["host"].startswith("127.0.0.1")
    assert (host["requests"], host["ok"], host["failed"]) == (3, 2, 1)
    assert host["bytes"] > 0


def test_no_image_is_no_end_of_the_road(site):
    site.write("a.md", "No image.\n")
    for verb in ("scan", "check", "build", "report"):
        result = site.run(verb)
        assert result.code == 0 and "Next: no image was found" in result.out, result
        assert max(map(len, result.out.splitlines())) <= 80


@pytest.mark.parametrize("verb", ["scan", "check"])
def test_filters_that_leave_nothing(photo_site, verb):
    for arguments in (["--exclude", "."], ["--include", "nowhere"], ["--files-from", "/dev/null"]):
        result = photo_site.run(verb, *arguments)
        assert result.code == 0 and "Next: no image was left" in result.out, result


def test_what_stopped_a_run_is_mended_first(photo_site):
    """To run it again as it is would end the same way."""
    result = photo_site.run("check", "--proxy", "http://127.0.0.1:1", "--allow-private")
    assert result.code == 1 and "the proxy does not answer" in result.err, result
    assert "Next: mend what stopped it (see its message) and run it again." in result.out


def test_the_report_fits_a_terminal(site, web):
    """All but URLs, places and the one line of totals is at most 80 columns wide."""
    web.put("a.jpg", pictures.jpeg(1200, 600))
    site.jekyll().news("one", web.url("fresh", "a.jpg"), web.url("fresh", "gone.jpg"), "/no.png")
    site.write("_news/bad.md", "---\na: [\n---\n![x]({{ page.x }})\n")
    for verb in ("build", "check", "warm"):
        result = site.run(verb, *site.picdesk.QUICK)
        for line in result.out.splitlines():
            assert len(line) <= 80 or "/" in line or " images: " in line, line
