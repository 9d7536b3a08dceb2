"""docs/cache-format.md against the program: a reader made from the document finds in caches of all
kinds of runs what the document says, and counts what `stats`, `fsck` and `export` count."""

import json

import pytest

import pictures
from cache_reader import Cache, Export, encoded
from test_upkeep import cache, gc

TIMES = ("request_time_s", "response_time_s", "checked_s", "success_s")


def serve_all_kinds(faultd, other_faultd, seed):
    """URLs of images that are stored, of some that are not, and of what fails."""
    image = pictures.jpeg(90, 60, seed=seed)
    fields = {"ETag": f'"{seed}"', "Cache_Control": "max-age=600"}
    urls = [
        faultd.serve("/files/a.jpg", image, **fields),
        faultd.serve("/files/same.jpg", image, Cache_Control="no-cache", Set_Cookie="a=b"),
        faultd.serve("/files/vary.jpg", pictures.jpeg(80, 60, seed=seed + 1), Vary="Accept, X"),
        faultd.serve("/files/any.jpg", pictures.jpeg(70, 60, seed=seed + 2), Vary="*"),
        faultd.serve("/files/once.jpg", pictures.jpeg(60, 60, seed=7), Cache_Control="no-store"),
        faultd.serve("/files/cut.jpg", pictures.truncated(pictures.jpeg(500, 400, seed=8))),
        faultd.serve("/files/page.jpg", b"<html>", content_type="text/html"),
        faultd.serve("/files/moving.gif", pictures.gif(50, 40, seed=9, frames=3)),
    ]
    urls += [faultd.url(f"/redirect/1/{status}") for status in (301, 302)]
    urls += [faultd.url(f"/status/{status}") for status in (404, 410, 403, 500)]
    later = other_faultd.url("/retry-after/429/9999")
    return [*urls, later, "http://nowhere.invalid/x.jpg"]


def look(site, folder):
    """What the reader finds, compared with what the verbs say."""
    found = Cache(cache(site))
    assert not found.problems
    entries, thumbs = found.rows["entries"], found.rows["thumbs"]
    stats = json.loads(site.run("stats", "-f", "json").out)
    assert stats == {
        **stats,
        "entries": len(entries),
        "entries_with_object": sum(entry["object"] is not None for entry in entries),
        "failures": sum(entry["failure"] != 0 for entry in entries),
        "objects": len(found.objects),
        "object_bytes": sum(found.objects.values()),
        "thumbs": len(thumbs),
        "thumb_bytes": sum({thumb["object"]: thumb["bytes"] for thumb in thumbs}.values()),
    }
    fsck = json.loads(site.run("fsck", "--full", "-f", "json").out)
    assert (fsck["problems"], fsck["objects"]) == ([], len(found.objects))
    assert fsck["unreferenced"] == len(found.objects.keys() - found.named)
    assert site.run("export", folder / "cache.tar").code == 0
    export = Export(folder / "cache.tar")
    assert not export.problems and export.objects == found.objects
    for entry in entries:  # failures stay behind, and so does the time of such a look
        entry["checked_s"] *= not entry["first_failure_s"]
    timed = {encoded(e["url"]): [encoded(e[t]) for t in TIMES] for e in entries if e["object"]}
    assert {v[0]: v[8:] for letter, v in export.rows if letter == "X"} == timed
    return found


@pytest.mark.parametrize("verb", ["build", "warm", "check"])
def test_a_reader_made_from_the_document(site, make_site, faultd, other_faultd, tmp_path, verb):
    urls = serve_all_kinds(faultd, other_faultd, 1)
    site.jekyll().news("n", *urls)
    site.write("local.png", pictures.png(40, 30))
    site.write(
        "page.html",
        '<base href="/"><img src="local.png" width=3 height=4 title="t"><img src="{{ x }}.png">',
    )
    site.write("defined.md", "![a][b]\n\n[b]: local.png\n")
    site.write("bad.md", "---\na: [\n---\n")
    site.write("below.md", "---\nmedia_subpath: /m\nhtml: <p><img src=/local.png>\n---\n")
    site.json(verb)
    found = look(site, tmp_path)
    entries = found.rows["entries"]
    assert {e["url"] for e in entries} <= {*urls}
    assert {e["failure"] for e in entries} == {0, 1, 2, 3, 4, 5, 7}
    assert {e["is_permanent_redirect"] for e in entries if e["final_url"]} == {0, 1}
    assert any(e["request_key"] for e in entries)
    images = [image for scan in found.scans for image in scan["images"]]
    assert {"http://nowhere.invalid/x.jpg", "local.png"} < {i["written"] for i in images}
    assert {"line": 1, "column": 29, "size": (3, 4), "written": "local.png", "title": "t"} in [
        {**image, "column": 29} for image in images
    ]
    assert sorted(s["base"] for s in found.scans if s["base"]) == ["/", "/m/"]
    assert [s["base"] for s in found.scans if s["is_media_folder"] and s["has_html"]] == ["/m/"]
    assert sum(s["is_media_folder"] + s["has_html"] for s in found.scans) == 2
    assert sum(len(s["problems"]) for s in found.scans) == 1

    serve_all_kinds(faultd, other_faultd, 20)
    site.json(verb, "--refresh")
    look(site, tmp_path)
    gc(site, "--gone")
    assert not any(e["failure"] == 1 for e in look(site, tmp_path).rows["entries"])
    (cache(site) / "index.sqlite").unlink()
    site.run("fsck", "--repair")
    rebuilt = look(site, tmp_path)
    assert {e["response_time_s"] for e in rebuilt.rows["entries"]} == {0}
    site.json(verb)
    look(site, tmp_path)
    other = make_site("other").jekyll()
    assert other.run("import", tmp_path / "cache.tar").code == 0
    assert look(other, tmp_path).objects == look(site, tmp_path).objects
    gc(site, "--max-size", "0", "--unused-for", "0s")
    assert look(site, tmp_path).objects == {}
