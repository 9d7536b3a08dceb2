"""check --quick: type and size from the header alone; nothing is decoded, and nothing is stored that
a later run could take for the whole image."""

import io

import pytest

import pictures


def padded(data, size):
    """With bytes after the end, as long photos have before theirs."""
    return data + b"\0" * (size - len(data))


def saved(form, width=120, height=90, **options):
    out = io.BytesIO()
    pictures.scene(width, height).save(out, form, **options)
    return out.getvalue()


IMAGES = {
    "a.jpg": (pictures.jpeg(1200, 800), "image/jpeg", 1200, 800),
    "turned.jpg": (pictures.jpeg(300, 200, orientation=6), "image/jpeg", 200, 300),
    "a.png": (pictures.png(640, 480), "image/png", 640, 480),
    "a.gif": (pictures.gif(200, 150), "image/gif", 200, 150),
    "a.webp": (pictures.webp(800, 600), "image/webp", 800, 600),
    "a.bmp": (saved("BMP"), "image/bmp", 120, 90),
    "a.tiff": (saved("TIFF"), "image/tiff", 120, 90),
    "a.ico": (saved("ICO", 64, 64), "image/vnd.microsoft.icon", 64, 64),
    "a.svg": (b'<?xml version="1.0"?><svg viewBox="0 0 30 20"/>', "image/svg+xml", 30, 20),
    "b.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "image/svg+xml", 0, 0),
}


def objects(site):
    folder = site.root / ".cache/picdesk/objects"
    return [file for file in folder.rglob("*") if file.is_file()]


def test_sizes_without_the_rest(site, faultd):
    big = 1 << 20
    for name, (data, kind, *_) in IMAGES.items():
        faultd.serve(f"/{name}", padded(data, big), kind)
    site.jekyll().news("one", *(faultd.url(f"/{name}") for name in IMAGES))
    result = site.check("--quick")
    for name, (_, kind, width, height) in IMAGES.items():
        image = result.image(faultd.url(f"/{name}"))
        assert (image["status"], image["type"]) == ("ok", kind), image
        assert (image.get("width", 0), image.get("height", 0)) == (width, height), image
        assert "hash" not in image and "bytes" not in image
    assert result.totals["fetched"] == len(IMAGES) and result.code == 0
    # TIFF's directory stands behind its pixels.
    assert result.totals["bytes_fetched"] < (16 << 10) * len(IMAGES) + 50_000, result.totals
    assert objects(site) == []
    assert result.report["run"]["headers_only"] == len(IMAGES)
    said = f"Only the headers of {len(IMAGES)} images were read (--quick)"
    assert said in site.run("check", *site.picdesk.QUICK, "--quick").out
    # And whoever reads it later has to know as well.
    for form in ("text", "markdown", "html"):
        assert said in site.run("report", "-f", form).out


def test_a_long_header_is_read_to_its_end(site, web, faultd):
    """The first 16 KiB are asked for; what has more in front of its size is asked for again."""
    photo = pictures.jpeg(300, 200)
    comment = b"\xff\xfe" + (40_002).to_bytes(2, "big") + bytes(40_000)
    web.put("long.jpg", padded(photo[:2] + comment + photo[2:], 500_000))
    web.put("empty.jpg", b"")
    web.put("short.jpg", photo)
    urls = [web.url("fresh", f"{name}.jpg") for name in ("long", "empty", "short")]
    # This server sends all, whatever part is asked for.
    urls.append(faultd.serve("/long.jpg", photo[:2] + comment + photo[2:] + bytes(100_000)))
    site.jekyll().news("one", *urls)
    result = site.check("--quick")
    assert [i["status"] for i in result.report["images"]] == ["ok", "broken", "ok", "ok"]
    assert "empty" in result.codes(urls[1])
    for url in (urls[0], urls[2], urls[3]):
        assert (result.image(url)["width"], result.image(url)["height"]) == (300, 200)
    assert result.totals["bytes_fetched"] < 200_000
    assert faultd.requests()[0].headers["range"] == "bytes=0-16383"


@pytest.mark.parametrize("accept", ["200..=204", "200..=204,206"])
def test_a_server_that_is_confused_by_ranges_is_asked_without(site, faultd, accept):
    """RFC 9110 14.2: a Range may be ignored; what it does with it says nothing about the image."""
    image = pictures.jpeg(300, 200) + bytes(50_000)

    def answer(connection, request, rest):
        if "range" not in request.headers:
            connection.answer(200, image)
        elif rest == "other":
            connection.answer(206, image[100:200], [("Content-Range", f"bytes 100-199/{len(image)}")])
        elif rest == "unnamed":
            connection.answer(206, image[:200], ())
        elif rest == "empty":
            connection.answer(206, b"", [("Content-Range", f"bytes 0-16383/{len(image)}")])
        else:
            connection.answer(int(rest))

    faultd.do_ranges = answer
    kinds = ("other", "unnamed", "empty", "400", "416", "500", "501")
    urls = [faultd.url(f"/ranges/{kind}") for kind in kinds]
    site.jekyll().news("one", *urls, faultd.url("/ranges/404"))
    result = site.check("--quick", "--accept", accept)
    for url in urls:
        assert (result.image(url)["status"], result.image(url)["width"]) == ("ok", 300), result
    assert "gone" in result.codes(faultd.url("/ranges/404"))
    assert len(faultd.requests()) == 2 * len(urls) + 1


def test_what_fails_is_asked_for_no_more_often_than_else(site, faultd):
    """With a range, and then without one."""

    def fail(connection, request, _rest):
        connection.answer(500 if "range" in request.headers or request.path == "/fail/always" else 200, image)

    image = pictures.jpeg(300, 200)
    faultd.do_fail = fail
    urls = [faultd.url("/fail/always"), faultd.url("/fail/over-ranges")]
    site.jekyll().news("one", *urls)
    result = site.check("--quick", "--max-retries", "2")
    assert [image["status"] for image in result.report["images"]] == ["broken", "ok"], result
    for path, ranges in (("/fail/always", [True, False, False]), ("/fail/over-ranges", [True, False])):
        assert ["range" in request.headers for request in faultd.requests(path)] == ranges


def test_a_part_that_fails_when_no_repetition_is_left(site, faultd):
    """Whether that is about the part one more request shows, not all of them once more."""

    def fail(connection, _request, _rest):
        connection.answer(502 if len(faultd.requests()) == 1 else 500)

    faultd.do_fail = fail
    site.jekyll().news("one", faultd.url("/fail"))
    assert site.check("--quick", "--max-retries", "1").totals["broken"] == 1
    ranges = ["range" in request.headers for request in faultd.requests()]
    assert ranges == [True, True, False], ranges


def test_what_the_rest_would_show_is_left_to_a_full_check(site, faultd):
    url = faultd.url("/truncated-image")
    site.jekyll().news("one", url)
    assert site.check("--quick").image(url)["status"] == "ok"
    assert "truncated" in site.check().codes(url)
    # What is known by now stays known.
    assert site.check("--quick", "--max-age", "0s").code in (0, 2)
    assert len(faultd.requests()) == 3


def test_what_the_header_shows_is_said(site, faultd):
    faultd.serve("/cut.png", pictures.png()[:20], "image/png")
    faultd.serve("/bad.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png")
    faultd.serve("/huge.png", pictures.huge_png(), "image/png")
    faultd.serve("/wrong.png", pictures.jpeg(20, 10), "image/png")
    names = ["/cut.png", "/bad.png", "/huge.png", "/wrong.png", "/html-as-image", "/empty"]
    names += ["/status/404", "/short-body"]
    site.jekyll().news("one", *map(faultd.url, names))
    site.write("two.html", f'<img src="{faultd.url("/image/1")}" width="10" height="90">')
    result = site.check("--quick")
    codes = {name: result.codes(faultd.url(name)) for name in names}
    assert "truncated" in codes["/cut.png"]
    assert "undecodable" in codes["/bad.png"]
    assert "the image/png header is not valid" in [
        f["message"] for f in result.image(faultd.url("/bad.png"))["findings"]
    ]
    assert "too-many-pixels" in codes["/huge.png"]
    assert "type-mismatch" in codes["/wrong.png"]
    assert "not-an-image" in codes["/html-as-image"]
    assert "empty" in codes["/empty"] and "gone" in codes["/status/404"]
    assert "size-mismatch" in result.codes(faultd.url("/image/1"))


def test_local_images_too(site):
    site.jekyll().news("one", "/a.png", "/cut.jpg", "/bad.png")
    site.write("a.png", pictures.png(30, 20))
    site.write("cut.jpg", pictures.truncated(pictures.jpeg(300, 200)))
    site.write("bad.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    result = site.check("--quick")
    assert [i["status"] for i in result.report["images"]] == ["ok", "ok", "broken"]
    assert site.check().totals["broken"] == 2


def test_a_quick_check_does_not_spoil_a_build(site, faultd):
    url = faultd.url("/image/1")
    other = url.replace("http:", "HTTP:")
    site.jekyll().news("one", url, other)
    quick = site.check("--quick")
    assert quick.totals["ok"] == 2 and len(faultd.requests()) == 1
    built = site.build()
    assert built.image(url)["hash"] and built.totals["thumbs_made"] == 2
    # Fresh by now: nothing is asked, and nothing was lost.
    again = site.check("--quick")
    assert again.image(url)["source"] == "cache" and len(faultd.requests()) == 2


def test_a_stored_image_is_revalidated(site, faultd):
    url = faultd.url("/etag")
    site.jekyll().news("one", url)
    site.check()
    image = site.check("--quick", "--max-age", "0s").image(url)
    assert (image["status"], image["source"]) == ("ok", "revalidated") and image["hash"]


def test_connections_of_http_2_survive(site, web):
    """The early end is the stream's; of HTTP/1.1 a short rest is read."""
    for i in range(12):
        web.put(f"{i}.jpg", padded(pictures.jpeg(400, 300, seed=i), 300_000))
        web.put(f"small{i}.jpg", pictures.jpeg(400, 300, seed=50 + i))
    trust = ("--cacert", str(web.certificates.authority))
    site.jekyll().news("one", *(web.tls_url("fresh", f"{i}.jpg") for i in range(12)))
    result = site.check("--quick", *trust)
    assert result.totals["ok"] == 12 and result.totals["bytes_fetched"] < 12 * 32_000
    assert len({r["connection"] for r in web.requests()}) == 1
    web.forget()
    site.news("one", *(web.url("fresh", f"small{i}.jpg") for i in range(12)))
    assert site.check("--quick", "--host-concurrency", "1").totals["ok"] == 12
    assert len({r["connection"] for r in web.requests()}) == 1


@pytest.mark.parametrize("verb", ["build", "warm", "scan"])
def test_only_check_is_quick(site, verb):
    result = site.jekyll().run(verb, "--quick")
    assert result.code == 1 and "--quick" in result.err, result
