"""What goes out on the wire is what a browser sends (WHATWG URL), however the author wrote it; two
spellings of one request are one request."""

import json

# As written behind the origin -> the request's target. Browsers' own answers.
TARGETS = {
    "": "/",
    "?q=1": "/?q=1",
    "#f": "/",
    "/a.jpg#frag": "/a.jpg",
    "/a b.jpg": "/a%20b.jpg",
    '/q"uote.jpg': "/q%22uote.jpg",
    "/<lt>.jpg": "/%3Clt%3E.jpg",
    "/back`tick.jpg": "/back%60tick.jpg",
    "/{brace}.jpg": "/%7Bbrace%7D.jpg",
    "/pipe|.jpg": "/pipe|.jpg",
    "/caret^.jpg": "/caret%5E.jpg",
    "/[sq].jpg": "/[sq].jpg",
    "/apo'.jpg": "/apo'.jpg",
    "/tilde~.jpg": "/tilde~.jpg",
    "/semi;colon,comma=eq&and.jpg": "/semi;colon,comma=eq&and.jpg",
    "/@at:colon!$()*+.jpg": "/@at:colon!$()*+.jpg",
    "/%7euser/%2F%2f.jpg": "/%7euser/%2F%2f.jpg",
    "/%E4%b8%AD.jpg": "/%E4%b8%AD.jpg",
    "/%zz%.jpg": "/%zz%.jpg",
    "/100%.jpg": "/100%.jpg",
    "/\u4e2d\u6587.jpg": "/%E4%B8%AD%E6%96%87.jpg",
    "/caf\u00e9.jpg": "/caf%C3%A9.jpg",
    "/cafe\u0301.jpg": "/cafe%CC%81.jpg",
    "/\U0001f600.jpg": "/%F0%9F%98%80.jpg",
    "/x/./y.jpg": "/x/y.jpg",
    "/x/../y1.jpg": "/y1.jpg",
    "/../../y2.jpg": "/y2.jpg",
    "/x/%2e/y3.jpg": "/x/y3.jpg",
    "/x/%2E%2e/y4.jpg": "/y4.jpg",
    "/x/.%2e/y5.jpg": "/y5.jpg",
    "/x/%2e./y6.jpg": "/y6.jpg",
    "/x/..": "/",
    "/z/.": "/z/",
    "/x/...": "/x/...",
    "//double//slash.jpg": "//double//slash.jpg",
    "/x//../y7.jpg": "/x/y7.jpg",
    "\\back\\slash.jpg": "/back/slash.jpg",
    "/x\\..\\y8.jpg": "/y8.jpg",
    "/t\tab.jpg": "/tab.jpg",
    "/new\nline.jpg": "/newline.jpg",
    "/re\rturn.jpg": "/return.jpg",
    "/trailing.jpg  ": "/trailing.jpg",
    "/q?a b": "/q?a%20b",
    "/q?a\"b<c>'d": "/q?a%22b%3Cc%3E%27d",
    "/q?\u00e9=\u4e2d": "/q?%C3%A9=%E4%B8%AD",
    "/q?a=%2e%2E/../b": "/q?a=%2e%2E/../b",
    "/q?a\\b`c{d}|^": "/q?a\\b`c{d}|^",
    "/q?a?b#c?d": "/q?a?b",
    "/q?": "/q?",
    "/q?#": "/q?",
    "/q?w=640&amp;h=480": "/q?w=640&h=480",
    "/q?w=1&#038;strip=all": "/q?w=1&strip=all",
}

# Other spellings of http://127.0.0.1:PORT/image/1.
SAME = [
    "HTTP://127.0.0.1:{port}/image/1",
    "hTTp://127.0.0.1:{port}/image/1#x",
    "http:\\\\127.0.0.1:{port}\\image\\1",
    "http:/127.0.0.1:{port}/image/1",
    "http:127.0.0.1:{port}/image/1",
    "http:////127.0.0.1:{port}/image/1",
    "http://0x7f.1:{port}/image/1",
    "http://2130706433:{port}/image/1",
    "http://127.1:0{port}/image/1",
    "http://127.0.0.1.:{port}/image/1",
    "http://127.0.0.1:{port}/./image/./1",
    "http://127.0.0.1:{port}/x/../image/1",
    "http://127.0.0.1:{port}/%2e/image/1",
    "http://127.0.0.1:{port}/image/1/../1",
    " http://127.0.0.1:{port}/image/1 ",
    "ht\ttp://127.0.0.1:{port}/im\nage/1",
    "http:\n//127.0.0.1:{port}/image/1",
    "http://１２７.0.0.1:{port}/image/1",
]


def article(site, urls):
    """JSON strings are YAML strings, and keep every character."""
    site.jekyll()
    lines = "".join(f"  - url: {json.dumps(url, ensure_ascii=False)}\n" for url in urls)
    site.write("_news/one.md", f"---\nimages:\n{lines}---\n".encode())


def test_what_goes_out(site, faultd):
    urls = {faultd.url(written): target for written, target in TARGETS.items()}
    article(site, urls)
    result = site.check()
    asked = [r.target for r in faultd.requests()]
    missing = sorted(set(TARGETS.values()) - set(asked)), sorted(set(asked) - set(TARGETS.values()))
    assert missing == ([], []), missing
    assert len(asked) == len(set(asked)) == len(set(TARGETS.values())), sorted(asked)
    assert result.totals["unchecked"] == 0, result
    assert {r.headers["host"] for r in faultd.requests()} == {f"127.0.0.1:{faultd.port}"}


def test_what_goes_out_after_a_redirect(site, faultd):
    """Location is read by the same rules; bytes that are no UTF-8 are escaped as they are."""

    def lead(connection, request, rest):
        if not rest.isdigit() or request.target.endswith("query"):
            connection.answer(404)
            return
        connection.send(b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: ")
        connection.send(LOCATIONS[int(rest)][0] + b"\r\n\r\n")

    LOCATIONS = [
        (b"/caf\xc3\xa9.jpg", "/caf%C3%A9.jpg"),
        (b"/latin\xe9.jpg", "/latin%E9.jpg"),
        (b"a b.jpg", "/lead/a%20b.jpg"),
        (b"../%2e%2e/up.jpg", "/up.jpg"),
        (b"\\back\\slash.jpg", "/back/slash.jpg"),
        (b"?only=query", "/lead/5?only=query"),
        (b"/q?x=%2F%2f#frag", "/q?x=%2F%2f"),
    ]
    faultd.do_lead = lead
    article(site, [faultd.url(f"/lead/{i}") for i in range(len(LOCATIONS))])
    site.check("--max-redirects", "1")
    asked = {r.target for r in faultd.requests()} - {f"/lead/{i}" for i in range(len(LOCATIONS))}
    assert asked == {target for _, target in LOCATIONS}


def test_spellings_of_onerequest_are_fetched_once(site, faultd):
    written = [faultd.url("/image/1")] + [text.format(port=faultd.port) for text in SAME]
    article(site, written)
    result = site.build()
    assert len(faultd.requests()) == 1, faultd.requests()
    assert {image["status"] for image in result.report["images"]} == {"ok"}, result
    hashes = {image["hash"] for image in result.report["images"]}
    assert len(hashes) == 1 and len(result.report["images"]) >= len(SAME) - 1
    faultd.forget()
    again = site.build()
    assert again.totals["ok"] == len(again.report["images"]) and faultd.requests() == []


HOSTS = {
    "B\u00fccher.here.test": "xn--bcher-kva.here.test",
    "fa\u00df.here.test": "xn--fa-hia.here.test",  # non-transitional: not "fass"
    "\u65e5\u672c.here.test": "xn--wgv71a.here.test",
    "A.Here.TEST": "a.here.test",
    "here\u3002test": "here.test",
    "\u00bd.here.test": "xn--12-c6t.here.test",  # 1\u20442: mapping made the fraction slash
    "\u2603.here.test": "xn--n3h.here.test",
    "he\u00adre.test": "here.test",
    "h%65re1.test": "here1.test",
}


def test_host_names(site, island):
    urls = {island.url("/image/1", host): sent for host, sent in HOSTS.items()}
    article(site, urls)
    result = site.check(wrapper=island.wrapper)
    assert set(island.asked()) == set(HOSTS.values()), island.asked()
    hosts = {headers["host"] for _, headers, _ in island.requests()}
    assert hosts == {f"here.test:{island.port}", f"here1.test:{island.port}"}
    assert result.totals["ok"] == 3  # here.test is spelled in two ways


NO_URLS = [
    "http://a b.test/",
    "http://[::1/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:8a/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://0x100000000/",
    "http://ex%41mple%2Ftest/",
    "http://a<b>.test/",
    "http://xn--a.test/",
    "ftp://127.0.0.1/a.jpg",
    "http://",
]


def test_what_is_no_url(site, faultd):
    article(site, [*NO_URLS, faultd.url("/image/1")])
    result = site.check()
    codes = {url: result.codes(url) for url in NO_URLS}
    assert all("bad-url" in found for found in codes.values()), codes
    assert len(faultd.requests()) == 1
