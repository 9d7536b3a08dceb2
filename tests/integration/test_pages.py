"""Pages where an image was asked for: guards that take us for a robot, soft 404s, and what is said
of either."""

import gzip

import pytest

HTML = [("Content-Type", "text/html; charset=UTF-8")]
JSON = [("Content-Type", "application/json")]
IMAGE = [("Content-Type", "image/jpeg")]

# Each as the guard sends it: fields, body. No status says more than another.
CHALLENGES = {
    "Cloudflare-field": (HTML + [("cf-mitigated", "challenge")], "<html></html>"),
    "Cloudflare-title": (HTML, "<html><head><title>Just a moment...</title></head></html>"),
    "Cloudflare-script": (
        HTML,
        '<html lang="de"><title>Nur einen Moment</title><script>window._cf_chl_opt={};a.src='
        '"/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1";</script></html>',
    ),
    "Cloudflare-other-title": (HTML, "<TITLE lang=en>\n Just a moment… </TITLE>"),
    "Cloudflare-older": (
        HTML,
        "<html><title>Please Wait... | Cloudflare</title><p>Checking your browser before accessing"
        "<form id=challenge-form action='/a.jpg?__cf_chl_f_tk=1'></form></html>",
    ),
    "Akamai-JSON": (JSON, '{"sec-cp-challenge": "true","provider":"crypto","token":"AAQ"}'),
    "Akamai": (
        HTML,
        "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\nReference&#32;&#35;18&#46;d4\n"
        "<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18&#46;d4\n</BODY></HTML>",
    ),
    "Imperva": (
        HTML,
        '<html><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=2">Request '
        "unsuccessful. Incapsula incident ID: 1-2</iframe></html>",
    ),
    "Imperva-interruption": (HTML, "<html><title>Pardon Our Interruption</title></html>"),
    "DataDome": (HTML, '<html><script src="https://ct.captcha-delivery.com/c.js"></script></html>'),
    "DataDome-JSON": (JSON, '{"url":"https://geo.captcha-delivery.com/captcha/?initialCid=x"}'),
    "PerimeterX": (HTML, '<html><div id="px-captcha"></div></html>'),
    "PerimeterX-JSON": (JSON, '{"appId":"PX1","jsClientSrc":"/i.js","blockScript":"/c.js"}'),
    "AWS-field": ([("x-amzn-waf-action", "challenge")], ""),
    "AWS-script": (HTML, "<html><script>window.gokuProps = {};</script></html>"),
    "Sucuri": (HTML, "<html><title>Sucuri WebSite Firewall - Access Denied</title></html>"),
}


def look(site, faultd, answers):
    """{name: (status, code, message)} of what these answers make of an image: name -> (status,
    fields, body)."""

    def answer(connection, _request, rest):
        status, fields, body = answers[rest]
        connection.answer(status, body, fields)

    faultd.do_answer = answer
    urls = {faultd.url(f"/answer/{name}"): name for name in answers}
    site.jekyll().news("one", *urls)
    found = {}
    for image in site.check("--max-retries", "1").report["images"]:
        grave = [f for f in image["findings"] if f["severity"] in ("broken", "blocked")]
        found[urls[image["url"]]] = (
            image["status"],
            *[(f["code"], f["message"]) for f in grave][:1],
        )
    return found


@pytest.mark.parametrize("status", [200, 202, 403, 405, 428, 429, 503])
def test_challenges_are_blocked_and_never_broken(site, faultd, status):
    answers = {name: (status, f, body.encode()) for name, (f, body) in CHALLENGES.items()}
    for name, (verdict, (code, message)) in look(site, faultd, answers).items():
        assert (verdict, code) == ("blocked", "blocked"), (name, message)
        guard = name.partition("-")[0]
        assert message.startswith(guard), (name, message)
        assert len(faultd.requests(f"/answer/{name}")) == 1, "a challenge is not retried"


@pytest.mark.parametrize("status, code", [(404, "gone"), (200, "not-an-image")])
def test_ordinary_pages_behind_a_guard_are_no_challenge(site, faultd, status, code):
    """Guards put scripts of theirs into the site's own pages."""
    scripts = {
        "Cloudflare": "/cdn-cgi/challenge-platform/scripts/jsd/main.js",
        "Imperva": "/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3",
        "PerimeterX": "/PX1/init.js' onload='window._pxAppId=1",
        "Akamai": "/akam/13/4d7a2f",
    }
    page = "<html><title>Not here</title><script src='{}'></script></html>"
    answers = {name: (status, HTML, page.format(s).encode()) for name, s in scripts.items()}
    answers["header"] = (status, HTML + [("Server", "cloudflare"), ("CF-RAY", "1")], b"<p>gone")
    for name, (verdict, (found, _)) in look(site, faultd, answers).items():
        assert (verdict, found) == ("broken", code), name


PAGE = "<html><head><title>Not here</title></head></html>"
TITLED = "an HTML page titled “Not here”"
BODIES = {
    "plain": (PAGE, TITLED),
    "bom": ("\ufeff" + PAGE, TITLED),
    "comments": ("<!-- a -->\n<!-- <svg> -->" + PAGE, TITLED),
    "long-comment": ("<!--" + "x" * 5000 + "-->" + PAGE, TITLED),
    "blanks": (" \r\n\t" * 30 + PAGE, TITLED),
    "doctype": ("<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>" + PAGE, TITLED),
    "xhtml": ("<?xml version='1.0'?><!DOCTYPE html PUBLIC '' ''>" + PAGE, TITLED),
    "utf-16-le": (b"\xff\xfe" + PAGE.encode("utf-16-le"), TITLED),
    "utf-16-be": (b"\xfe\xff" + PAGE.encode("utf-16-be"), TITLED),
    "fragment": ("<section><h1>Not here</h1></section>", "an HTML page"),
    "svg-in-html": ("<!DOCTYPE html><svg width='5' height='5'></svg>", "an HTML page"),
    "xml": ("<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "an XML document"),
    "json": ('\n{"error": "no such image"}', "JSON"),
    "json-bom": ('\ufeff{"error": "no such image"}', "JSON"),
    "text": ("Not here", "plain text"),
    "svgz": (gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "a gzip archive"),
}


@pytest.mark.parametrize("fields", [IMAGE, HTML, []], ids=["image", "html", "untyped"])
def test_soft_404s_say_what_came(site, faultd, fields):
    answers = {
        name: (200, fields, body.encode() if isinstance(body, str) else body)
        for name, (body, _) in BODIES.items()
    }
    encoded = [*fields, ("Content-Encoding", "gzip")]
    answers["gzipped"] = (200, encoded, gzip.compress(PAGE.encode()))
    answers["empty"] = (200, fields, b"")
    found = look(site, faultd, answers)
    assert found.pop("empty") == ("broken", ("empty", "the response has no bytes"))
    assert found.pop("gzipped") == ("broken", ("not-an-image", f"the server sent {TITLED}"))
    assert found == {
        name: ("broken", ("not-an-image", f"the server sent {text}"))
        for name, (_, text) in BODIES.items()
    }


SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"></svg>'


def test_svg_in_all_its_encodings(site, faultd):
    bodies = {
        "utf-8": SVG.encode(),
        "bom": b"\xef\xbb\xbf" + SVG.encode(),
        "utf-16-le": SVG.encode("utf-16-le"),
        "utf-16-be": SVG.encode("utf-16-be"),
        "utf-16-le-bom": b"\xff\xfe" + SVG.encode("utf-16-le"),
        "utf-16-be-bom": b"\xfe\xff" + SVG.encode("utf-16-be"),
        "prefix": b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="40" height="30"/>',
        "subset": b"<!DOCTYPE svg [<!ENTITY a 'b>'> <?p ]> ?> <!-- ]> -->]>" + SVG[22:].encode(),
        "long-prolog": b"<!--" + b"x" * 9000 + b"-->" + SVG[22:].encode(),
    }
    for name, body in bodies.items():
        faultd.serve(f"/{name}", body, "image/svg+xml")
    faultd.serve("/svgz", gzip.compress(SVG.encode()), "image/svg+xml", Content_Encoding="gzip")
    site.jekyll().news("one", *(faultd.url(f"/{name}") for name in [*bodies, "svgz"]))
    result = site.check()
    for image in result.report["images"]:
        found = [image[key] for key in ("status", "type", "width", "height")]
        assert found == ["ok", "image/svg+xml", 40, 30], image
