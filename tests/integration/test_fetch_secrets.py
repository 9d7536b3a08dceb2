"""Secrets that stay at home; what answers inject and ask to remember."""

import re

import pytest

import pictures
from faultd import Faultd


def test_secrets_stay_with_their_host(site, faultd):
    """By redirect, in traces, in every report, in the cache, in `config`, and after a refusal."""
    other = faultd.url("/image/1")
    home = faultd.url("/redirect-to?url=" + other).replace("127.0.0.1", "localhost", 1)
    home_404 = faultd.url("/status/404").replace("127.0.0.1", "localhost")
    again = faultd.url("/image/2").replace("127.0.0.1", "localhost")
    back = faultd.url("/redirect-to?url=" + again)
    site.jekyll().news("one", home, home_404, back)
    site.write(
        "picdesk.yml",
        "hosts:\n  localhost:\n"
        "    headers: {Authorization: 'Bearer ${TOKEN}', Cookie: 'k=${TOKEN}'}\n",
    )
    secret = {"TOKEN": "s3cr3t-t0ken"}
    result = site.check("-vv", env=secret)
    for request in faultd.requests():
        is_home = request.headers["host"].startswith("localhost")
        assert (request.headers.get("authorization") == "Bearer s3cr3t-t0ken") is is_home, request
        assert ("cookie" in request.headers) is is_home
    assert {r.path for r in faultd.requests()} == {
        "/redirect-to", "/image/1", "/image/2", "/status/404",
    }  # fmt: skip
    texts = [result.out + result.err]
    for verb in (("report", "-v"), ("report", "-f", "json"), ("config",), ("show", home_404)):
        done = site.run(*verb, env=secret)
        texts.append(done.out + done.err)
    assert "s3cr3t" not in "".join(texts)
    for file in site.root.rglob("*"):
        assert not file.is_file() or b"s3cr3t" not in file.read_bytes(), file


def test_a_secret_does_not_follow_a_downgrade(site, web):
    """The host is its own, but the way there is in clear text, and a server chose it."""
    web.put("a.jpg", pictures.jpeg(64, 64))
    site.jekyll().news("one", web.tls_url("to-http", "a.jpg"))
    site.write("picdesk.yml", "hosts:\n  127.0.0.1:\n    headers: {User-Agent: '${TOKEN}'}\n")
    trust = ("--cacert", str(web.certificates.authority))
    result = site.check("--allow-downgrade", *trust, env={"TOKEN": "s3cr3t"})
    assert result.totals["ok"] == 1, result
    agents = {r["path"]: r["user_agent"] for r in web.requests()}
    assert agents["/to-http/a.jpg"] == "s3cr3t" and "picdesk/" in agents["/fresh/a.jpg"]


@pytest.mark.parametrize("is_named", [False, True])
def test_a_secret_does_not_follow_to_another_port(site, faultd, is_named):
    """Where the settings name no port, a redirect leads from the server that is meant to one that may
    be another's; both are told where both are in articles."""
    with Faultd() as other:
        target = other.url("/image/1")
        site.jekyll().news("one", faultd.url("/redirect-to?url=" + target), other.url("/image/2"))
        key = f"127.0.0.1:{other.port}" if is_named else "127.0.0.1"
        site.write("picdesk.yml", f"hosts:\n  {key}:\n    headers: {{X-Key: '${{TOKEN}}'}}\n")
        result = site.check(env={"TOKEN": "s3cr3t"})
        assert result.totals["ok"] == 2, result
        told = {r.path: r.headers.get("x-key") for r in faultd.requests() + other.requests()}
    assert told == {
        "/redirect-to": None if is_named else "s3cr3t",
        "/image/1": "s3cr3t" if is_named else None,
        "/image/2": "s3cr3t",
    }


def test_a_secret_does_not_follow_to_another_port_in_a_later_run_either(site, faultd):
    """Where a fresh redirect led is asked at once then, without any redirect to go by."""
    with Faultd() as other:
        target = other.serve("/a.jpg", pictures.jpeg(40, 30), max_age=0)
        site.jekyll().news("one", faultd.url("/redirect-to/301?cache=max-age=86400&url=" + target))
        site.write("picdesk.yml", "hosts:\n  127.0.0.1:\n    headers: {X-Key: '${TOKEN}'}\n")
        for _ in range(2):
            result = site.build(env={"TOKEN": "s3cr3t"})
            assert result.totals["ok"] == 1, result
        assert [r.headers.get("x-key") for r in other.requests()] == [None, None]
        assert {r.headers.get("x-key") for r in faultd.requests()} == {"s3cr3t"}


def test_a_host_may_be_named_with_its_port(site, faultd):
    """As the report names it: what stands there goes to that port alone."""
    with Faultd() as other:
        site.jekyll().news("one", faultd.url("/image/1"), other.url("/image/2"))
        headers = "{concurrency: 2, headers: {X-Key: here}}"
        site.write("picdesk.yml", f"hosts:\n  127.0.0.1:{faultd.port}: {headers}\n")
        result = site.check()
        assert result.totals["ok"] == 2, result
        assert [r.headers.get("x-key") for r in faultd.requests()] == ["here"]
        assert [r.headers.get("x-key") for r in other.requests()] == [None]


def test_no_secret_is_stored_with_an_answer_that_varies_by_it(site, faultd):
    """RFC 9111 4.1: what the request said is compared, but neither the cache nor an export says it."""
    faultd.serve("/a.jpg", faultd.image, max_age=600, Vary="Authorization, X-Key")
    site.jekyll().news("one", faultd.url("/a.jpg"))
    site.write(
        "picdesk.yml",
        "hosts:\n  127.0.0.1:\n    headers: {Authorization: 'a ${TOKEN}', X-Key: '${TOKEN}'}\n",
    )
    for token, asked in (("s3cr3t-one", 1), ("s3cr3t-one", 1), ("s3cr3t-two", 2)):
        result = site.build("-vv", env={"TOKEN": token})
        assert (result.totals["ok"], len(faultd.requests())) == (1, asked), result
    site.run("export", "out.tar", env={"TOKEN": "s3cr3t-two"})
    assert (site.root / "out.tar").is_file()
    for file in site.root.rglob("*"):
        assert not file.is_file() or b"s3cr3t" not in file.read_bytes(), file


def test_a_secret_that_is_not_set_is_an_error_of_the_config(site, faultd):
    site.jekyll().news("one", faultd.url("/image/1"))
    site.write("picdesk.yml", "hosts:\n  127.0.0.1:\n    headers: {X-Key: '${NO_SUCH}'}\n")
    result = site.check()
    assert result.code == 3 and "NO_SUCH" in result.err and "picdesk.yml:3" in result.err, result
    assert faultd.requests() == []


def test_variables_are_put_into_values_of_the_config_alone(site, faultd):
    """As docs/fetching.md has it: what a flag says the shell has read already."""
    site.jekyll().news("one", faultd.url("/image/1"))
    site.write("picdesk.yml", "hosts: {127.0.0.1: {headers: {X-Key: '${TOKEN} $${TOKEN}'}}}\n")
    site.check("--header", "X-Flag: ${TOKEN}", env={"TOKEN": "t0ken"})
    (request,) = faultd.requests()
    assert request.headers["x-key"] == "t0ken ${TOKEN}"
    assert request.headers["x-flag"] == "${TOKEN}"


@pytest.mark.parametrize(
    "arguments",
    [["scan"], ["stats"], ["gc"], ["fsck"], ["export", "x.tar"], ["report"], ["fix", "--restore"]],
    ids=" ".join,
)
def test_who_sends_nothing_needs_no_secret(site, arguments):
    """On a machine without it: only what fetches, and `config`, which shows what holds, need it.
    The same is so of certificates that are somewhere else."""
    site.write("a.html", '<img src="/b.png" width="90" height="80">\n')
    site.write("b.png", pictures.png(80, 80))
    site.write("picdesk.yml", "fetch: {headers: {X-Key: 'a ${NO_SUCH}', X-Both: '${NO_SUCH}'}}\n")
    for verb in ("build", "fix"):
        assert site.run(verb, env={"NO_SUCH": "s3cr3t"}).code == 0
    result = site.run(*arguments)
    assert result.code == 0 and "NO_SUCH" not in result.err, result
    for verb in ("build", "config"):
        result = site.run(verb, env={"PICDESK_RESTORE": "true"})
        assert result.code == 3 and "NO_SUCH" in result.err, result
    site.write("picdesk.yml", "fetch: {cacert: nowhere.pem}\n")
    assert site.run("stats").code == 0 and site.run("stats", env={"PICDESK_CACERT": "x"}).code == 0
    for verb in ("build", "config"):
        result = site.run(verb)
        assert result.code == 3 and "nowhere.pem" in result.err, result


@pytest.mark.parametrize("rest", ["", ": x"])
def test_a_secret_in_a_mistake_is_not_said(site, faultd, rest):
    """A whole field in quotes, which YAML takes for a key without a value."""
    site.jekyll().news("one", faultd.url("/image/1"))
    header = f"'Authorization: Bearer s3cr3t'{rest}"
    site.write("picdesk.yml", f"hosts:\n  127.0.0.1:\n    headers: {{{header}}}\n")
    for verb in ("check", "config"):
        result = site.run(verb)
        assert result.code == 3 and "picdesk.yml:3" in result.err, result
        assert "'Authorization'" in result.err and "s3cr3t" not in result.err, result
    assert faultd.requests() == []


# --- what answers inject, and what they ask to remember ---


EVIL = "\x1b[31m\x07\r::error::x\x9b0m\u202e\u061c"


def test_answers_inject_nothing(site, faultd):
    """Escape sequences and CI commands in a type, a title, a redirect's target, an entity tag."""
    faultd.serve("/title", f"<html><title>\n::error::{EVIL}</title>".encode(), "text/html")
    raw = EVIL.replace("\r", "").encode("utf-8").decode("latin-1")

    def evil(connection, _request, rest):
        if not rest.isdigit():  # where the redirects lead
            connection.answer(404)
            return
        fields = b"".join(
            name + b": " + raw.encode("latin-1") + b"::warning::\r\n"
            for name in (b"Content-Type", b"ETag", b"Server", b"Location", b"Last-Modified")
        )
        head = b"HTTP/1.1 " + rest.encode() + b" \x1b[31m::error::\r\nContent-Length: %d\r\n"
        connection.send(head % len(faultd.image) + fields + b"\r\n" + faultd.image)

    faultd.do_evil = evil
    urls = ["/title", "/evil/200", "/evil/302", "/evil/404", "/evil/301"]
    site.jekyll().news("one", *map(faultd.url, urls))
    run = ("check", *site.picdesk.QUICK, "--color", "never")
    for arguments in (("-vv",), ("-v", "--refresh"), ("-f", "json", "--refresh"), ("-f", "jsonl")):
        result = site.run(*run, *arguments)
        text = result.out + result.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u061c]", text), repr(text)
        assert not re.search(r"^\s*::", text, re.MULTILINE), text


def test_no_cookie_no_alt_svc_no_hsts(site, faultd):
    """What one answer asks to remember is not there at the next request."""

    def remember(connection, _request, _rest):
        fields = [
            ("Content-Type", "image/jpeg"),
            ("Set-Cookie", "a=b; Path=/"),
            ("Alt-Svc", f'h2="127.0.0.1:{faultd.port}"'),
            ("Strict-Transport-Security", "max-age=31536000"),
        ]
        connection.answer(200, faultd.image, fields)

    faultd.do_remember = remember
    site.jekyll().news("one", *(faultd.url(f"/remember?{i}") for i in range(4)))
    assert site.check("--host-concurrency", "1").totals["ok"] == 4
    assert all("cookie" not in r.headers for r in faultd.requests())
