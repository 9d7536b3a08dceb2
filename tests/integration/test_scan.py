"""scan: which references are found, where, and what they are. No network, no cache."""

import json
import os
import re

import pytest

NEWS = """
	---
	category: news
	title: "A title"
	webUrl: "https://news.example/story.jpg"
	provider:
	  name: Wire
	  images:
	    - url: "https://wire.example/logo-50x50.jpg"
	      width: 50
	      height: 50
	images:
	  - url: "https://news.example/up/lead.jpg?w=1200&#038;strip=all"
	    width: 1200
	    height: 600
	    title: "The lead"
	related:
	  - title: "Another"
	    webUrl: "https://other.example/page"
	    provider:
	      images: ["https://other.example/logo.png"]
	    images:
	      - url: "//cdn.example/related.jpg"
	        width: 796
	        height: 418
	---
	Text with ![alt text](/assets/own.png "A title") in it.
	"""


def refs(result):
    return [(image, ref) for image in result.report["images"] for ref in image["refs"]]


def where(result):
    return {image["url"]: (ref["file"], ref["line"], ref["column"]) for image, ref in refs(result)}


def test_news_article(site):
    site.jekyll().write("_news/x.md", NEWS)
    result = site.scan()
    assert result.code == 0, result
    assert result.report["schema"] == "picdesk/report/1"
    assert result.report["run"]["verb"] == "scan"
    assert where(result) == {
        "https://wire.example/logo-50x50.jpg": ("_news/x.md", 8, 13),
        "https://news.example/up/lead.jpg?w=1200&strip=all": ("_news/x.md", 12, 11),
        "https://other.example/logo.png": ("_news/x.md", 20, 17),
        "https://cdn.example/related.jpg": ("_news/x.md", 22, 15),
        "/assets/own.png": ("_news/x.md", 26, 23),
    }


def test_data_paths_sizes_and_titles(site):
    site.jekyll().write("_news/x.md", NEWS)
    result = site.scan()
    lead = result.image("https://news.example/up/lead.jpg?w=1200&strip=all")
    assert lead["status"] == "unchecked"
    assert lead["refs"] == [
        {
            "file": "_news/x.md",
            "line": 12,
            "column": 11,
            "kind": "front-matter",
            "path": "images[0].url",
            "written": "https://news.example/up/lead.jpg?w=1200&#038;strip=all",
            "width": 1200,
            "height": 600,
            "title": "The lead",
        }
    ]
    assert {ref["path"] for _, ref in refs(result) if ref["kind"] == "front-matter"} == {
        "provider.images[0].url",
        "images[0].url",
        "related[0].provider.images[0]",
        "related[0].images[0].url",
    }
    (own,) = result.image("/assets/own.png")["refs"]
    assert (own["kind"], own["written"]) == ("markdown", "/assets/own.png")


def test_web_url_is_an_article(site):
    site.jekyll().write("_news/x.md", NEWS)
    assert "story.jpg" not in site.scan().out


def test_references_of_one_url_are_one_image(site):
    site.jekyll()
    for name in ("b", "a"):
        site.news(name, "https://x.example/1.jpg?a=1&#038;b=2", "https://x.example/1.jpg?a=1&b=2")
    result = site.scan()
    image = result.image("https://x.example/1.jpg?a=1&b=2")
    assert [(r["file"], r["line"]) for r in image["refs"]] == [
        ("_news/a.md", 5),
        ("_news/a.md", 6),
        ("_news/b.md", 5),
        ("_news/b.md", 6),
    ]
    assert (result.totals["references"], result.totals["images"]) == (4, 1)


def test_line_and_column_count_code_points(site):
    text = "---\ntitle: x\n---\nÄöü 😀 ![ß](https://x.example/1.png)\n"
    site.jekyll().write("_posts/x.md", text)
    assert where(site.scan()) == {"https://x.example/1.png": ("_posts/x.md", 4, 12)}


def test_reference_style_image_has_two_places(site):
    site.jekyll().write(
        "_posts/x.md", "---\ntitle: x\n---\nSee ![it][pic].\n\n[pic]: https://x.example/1.png\n"
    )
    ((_, ref),) = refs(site.scan())
    assert (ref["line"], ref["column"]) == (4, 5)
    assert ref["defined_at"] == {"line": 6, "column": 8}


def test_data_files(site):
    site.jekyll()
    site.write(
        "_data/organizations/a.yml",
        "name: A\nimages:\n  - url: https://x.example/yaml.png\n    width: 50\n",
    )
    site.write(
        "_data/b.json",
        '{"name": "B",\n "images": [{"url": "https:\\/\\/x.example/json.png", "height": 9}]}\n',
    )
    site.write("_data/organizations/c.md", "---\nname: C\nlogo: https://x.example/md.png\n---\n")
    result = site.scan()
    assert where(result) == {
        "https://x.example/yaml.png": ("_data/organizations/a.yml", 3, 10),
        "https://x.example/json.png": ("_data/b.json", 2, 22),
        "https://x.example/md.png": ("_data/organizations/c.md", 3, 7),
    }
    assert result.image("https://x.example/yaml.png")["refs"][0]["kind"] == "data"
    assert result.image("https://x.example/json.png")["refs"][0]["path"] == "images[0].url"


def test_html_in_markdown_and_alone(site):
    site.jekyll()
    site.write(
        "_posts/x.md",
        """
		---
		title: x
		---
		<figure>
		<img alt="a" src="https://x.example/1.jpg?a&amp;b" width="640" height="480">
		</figure>

		Inline <img src='https://x.example/2.jpg'> here.
		""",
    )
    site.write(
        "page.html",
        """
		<!DOCTYPE html>
		<picture><source srcset="https://x.example/3.webp 1x, https://x.example/4.webp 2x">
		<img src=https://x.example/5.jpg></picture>
		<!-- <img src="https://x.example/comment.jpg"> -->
		<script>document.write('<img src="https://x.example/script.jpg">')</script>
		""",
    )
    result = site.scan()
    assert where(result) == {
        "https://x.example/1.jpg?a&b": ("_posts/x.md", 5, 19),
        "https://x.example/2.jpg": ("_posts/x.md", 8, 18),
        "https://x.example/3.webp": ("page.html", 2, 26),
        "https://x.example/4.webp": ("page.html", 2, 55),
        "https://x.example/5.jpg": ("page.html", 3, 10),
    }
    (ref,) = result.image("https://x.example/1.jpg?a&b")["refs"]
    assert (ref["width"], ref["height"], ref["kind"]) == (640, 480, "html")


def test_code_and_comments_show_no_image(site):
    site.jekyll().write(
        "_posts/x.md",
        """
		---
		title: x
		---
		```html
		<img src="https://x.example/fence.jpg">
		![a](https://x.example/fence2.jpg)
		```

		    ![a](https://x.example/indented.jpg)

		A `![span](https://x.example/span.jpg)` and <!-- ![a](https://x.example/comment.jpg) -->

		{% highlight html %}
		<img src="https://x.example/highlight.jpg">
		{% endhighlight %}

		{% raw %}![a](https://x.example/raw.jpg){% endraw %}

		{% comment %}![a](https://x.example/liquid.jpg){% endcomment %}

		![shown](https://x.example/shown.jpg)
		""",
    )
    assert list(where(site.scan())) == ["https://x.example/shown.jpg"]


def test_embedded_and_template(site):
    site.jekyll(baseurl="/base").write(
        "_posts/x.md",
        """
		---
		title: x
		---
		![dot](data:image/gif;base64,R0lGODlhAQABAAAAACw=)
		<img src="{{ page.cover }}">
		![own]({{ site.baseurl }}/assets/a.png)
		<img src="{{ '/assets/b.png' | relative_url }}">
		""",
    )
    result = site.scan()
    status = {ref["written"]: image["status"] for image, ref in refs(result)}
    assert status["data:image/gif;base64,R0lGODlhAQABAAAAACw="] == "embedded"
    assert status["{{ page.cover }}"] == "template"
    assert {image["url"] for image, _ in refs(result)} >= {"/assets/a.png", "/assets/b.png"}


def test_local_paths_resolve_under_root_and_baseurl(site):
    site.jekyll(baseurl="/base")
    site.write(
        "_posts/x.md",
        """
		---
		title: x
		image: /base/assets/one.png
		---
		![a](/assets/two.png?v=2#top)
		""",
    )
    site.write("sub/page.html", "<img src=three.png><img src='../four%20x.png'>\n")
    assert set(where(site.scan())) == {
        "/assets/one.png",
        "/assets/two.png",
        "/sub/three.png",
        "/four x.png",
    } or set(where(site.scan())) == {
        "/assets/one.png",
        "/assets/two.png",
        "/sub/three.png",
        "/four%20x.png",
    }


def test_two_own_covers_are_two_images(site):
    for name in ("a", "b"):
        site.write(f"{name}/index.html", "<img src=cover.jpg>\n")
    assert set(where(site.scan())) == {"/a/cover.jpg", "/b/cover.jpg"}


def test_folders_that_are_not_scanned(site):
    site.jekyll()
    picture = "<img src=https://x.example/no.jpg>\n"
    for folder in (
        ".git",
        "node_modules/p",
        "vendor",
        "_site",
        ".jekyll-cache",
        ".cache",
        "dist",
        "ignored",
        "skipped",
    ):
        site.write(f"{folder}/page.html", picture)
    site.write(".gitignore", "/ignored/\n")
    site.write("picdesk.yml", "exclude_paths: [skipped]\nthumbs:\n  image: {width: 10}\n")
    site.write("page.html", "<img src=https://x.example/yes.jpg>\n")
    assert list(where(site.scan())) == ["https://x.example/yes.jpg"]
    assert "https://x.example/no.jpg" in where(site.scan("ignored"))
    assert "https://x.example/no.jpg" in where(site.scan("--no-ignore"))


def test_a_named_file_alone(site):
    site.jekyll()
    site.news("one", "https://x.example/1.jpg")
    site.news("two", "https://x.example/2.jpg")
    assert list(where(site.scan("_news/two.md"))) == ["https://x.example/2.jpg"]
    # Paths are relative to the root in JSON, wherever the command is given.
    result = site.scan("two.md", cwd=site.root / "_news")
    assert where(result) == {"https://x.example/2.jpg": ("_news/two.md", 5, 11)}


def test_without_a_path_it_is_the_current_folder(site):
    site.jekyll()
    site.news("one", "https://x.example/1.jpg")
    site.write("_posts/two.md", "![](https://x.example/2.jpg)\n")
    inner = site.root / "_posts"
    for arguments in ([], ["."]):
        found = where(site.scan(*arguments, cwd=inner))
        assert found == {"https://x.example/2.jpg": ("_posts/two.md", 1, 5)}
    result = site.run("check", "--offline", cwd=inner)
    assert "the current folder alone; `picdesk check ..` scans the whole site" in result.out
    for verb in ("fix", "localize"):
        result = site.run(verb, "--offline", cwd=inner)
        assert f"the current folder alone; `picdesk {verb} ..` scans the whole" in result.out
    for arguments, cwd in (([], site.root), (["--root-dir", ".."], inner), ([".."], inner)):
        assert len(where(site.scan(*arguments, cwd=cwd))) == 2
    assert "the current folder alone" not in site.run("check", "--offline", "..", cwd=inner).out


@pytest.mark.parametrize(
    "form, text",
    [
        ("file", b"_news/one.md\n_news/three.md\n"),
        ("stdin", b"_news/one.md\n_news/three.md\n"),
        ("stdin", b"\xef\xbb\xbf_news/one.md\r\n\r\n_news/three.md"),
        ("stdin", b"_news/one.md\0_news/three.md\0"),  # of which the first alone was scanned
        ("stdin", b"_news/one.md\0\0_news/three.md"),
    ],
)
def test_files_from(site, form, text):
    site.jekyll()
    for name in ("one", "two", "three"):
        site.news(name, f"https://x.example/{name}.jpg")
    site.write("list.txt", text)
    if form == "file":
        result = site.scan("--files-from", "list.txt")
    else:
        result = site.scan("--files-from", "-", stdin=text)
    assert set(where(result)) == {"https://x.example/one.jpg", "https://x.example/three.jpg"}


def test_files_from_an_empty_list_is_nothing(site):
    """`git diff --name-only | picdesk check --files-from -` where no file changed."""
    site.jekyll().news("one", "https://x.example/one.jpg")
    result = site.scan("--files-from", "-", stdin=b"")
    assert result.code == 0 and result.report["images"] == []
    assert site.scan("--files-from", "-", "--fail-if-empty", stdin=b"").code == 1


def test_files_from_what_cannot_be_read(site):
    site.jekyll().news("one", "https://x.example/one.jpg")
    result = site.run("scan", "--files-from", "_news")
    assert result.code == 1 and "_news: read the list of paths: Is a directory" in result.err


def test_include_and_exclude(site):
    site.jekyll().news(
        "x", "https://a.example/1.jpg", "https://b.example/2.jpg", "https://b.example/3.png"
    )
    assert set(where(site.scan("--include", "b\\.example"))) == {
        "https://b.example/2.jpg",
        "https://b.example/3.png",
    }
    assert set(where(site.scan("--exclude", "\\.png$"))) == {
        "https://a.example/1.jpg",
        "https://b.example/2.jpg",
    }


def test_disabled_by_the_article(site):
    site.jekyll()
    site.write("_posts/off.md", "---\npicdesk: false\nimage: https://x.example/off.jpg\n---\n")
    site.write(
        "_posts/on.md",
        """
		---
		title: x
		---
		<!-- picdesk-disable -->
		![a](https://x.example/1.jpg)
		<!-- picdesk-enable -->
		![a](https://x.example/2.jpg)
		<!-- picdesk-disable-next-line -->
		![a](https://x.example/3.jpg)
		![a](https://x.example/4.jpg)
		""",
    )
    assert set(where(site.scan())) == {"https://x.example/2.jpg", "https://x.example/4.jpg"}


def test_the_same_scan_twice_is_the_same_output(site):
    site.jekyll()
    for i in range(40):
        site.news(f"n{i:02}", *(f"https://x.example/{i}-{k}.jpg" for k in range(5)))
    first, second = site.scan().report, site.scan().report
    for report in (first, second):
        report["run"].pop("started")
        report["run"].pop("seconds")
    assert first == second
    assert len(first["images"]) == 200


def test_nothing_is_written(site):
    site.jekyll().news("x", "https://x.example/1.jpg")
    before = site.tree(".")
    assert site.scan().code == 0
    assert site.tree(".") == before


def test_text_says_file_line_and_url(site):
    site.jekyll().news("x", "https://x.example/1.jpg")
    result = site.run("scan")
    assert result.code == 0
    assert re.search(r"_news/x\.md:5(:11)?", result.out) and "https://x.example/1.jpg" in result.out


def test_jsonl_is_one_image_a_line(site):
    site.jekyll().news("x", "https://x.example/1.jpg", "https://x.example/2.jpg")
    result = site.run("scan", "--format", "jsonl")
    assert [json.loads(line)["url"] for line in result.out.splitlines()] == [
        "https://x.example/1.jpg",
        "https://x.example/2.jpg",
    ]


def test_an_empty_site(site):
    site.jekyll()
    result = site.scan()
    assert (result.code, result.report["images"]) == (0, [])
    assert site.scan("--fail-if-empty").code == 1


def test_a_linked_config_stands_where_the_link_stands(site):
    site.write("posts/a.md", "![a](https://example.org/a.png)\n")
    site.write("other/b.md", "![b](https://example.org/b.png)\n")
    shared = site.root.parent / "shared"
    shared.mkdir()
    (shared / "picdesk.yml").write_text("content: [posts]\n", encoding="utf-8")
    (site.root / "picdesk.yml").symlink_to("../shared/picdesk.yml")
    assert [image["url"] for image in site.scan().report["images"]] == ["https://example.org/a.png"]


def test_long_urls_are_folded_for_people_alone(site):
    remote, embedded = "https://example.org/" + "a" * 5000, "data:image/png;base64," + "A" * 5000
    site.write("a.md", f"![a]({remote})\n\n![b]({embedded})\n")
    text = site.run("scan").out
    assert f"a.md:1:6  {remote[:1000]}...{remote[-997:]}\n" in text
    assert f"a.md:3:6  {embedded[:60]}...  (embedded)\n" in text
    assert [image["url"] for image in site.scan().report["images"]] == [remote, embedded]
    site.write("a.md", f"![a](/{'b' * 5000})\n")
    assert f"/{'b' * 999}...{'b' * 997}\n" in site.run("check", "--offline").out


def test_what_is_no_regular_file(site):
    site.jekyll()
    os.mkfifo(site.root / "a.md")
    for arguments in (["a.md"], ["/dev/null", "--root-dir", "/"]):
        result = site.run("scan", *arguments)
        assert "the file cannot be read: it is no regular file" in result.out, result


def test_titles_are_text(site):
    site.write(
        "a.md",
        """
		---
		title: "<img src='no.png'> explained"
		body: "<img src='https://example.org/shown.png'>"
		author:
		  name: <img src="no.png">
		---
		""",
    )
    assert list(where(site.scan())) == ["https://example.org/shown.png"]


def test_markdown_where_html_or_a_line_ends(site):
    site.write("a.md", "![a](https://example.org/blank.png \n)\n\n- ![b](\n  shown.png  \n  )\n")
    site.write("b.md", "> <? text\n![b][r]\n\n[r]: defined.png\n")
    site.write("c.md", "> text <![CDATA[\n> <img src=no.png ]]>\n")
    site.write("d.md", "> text <?\n> <img src=no.png> ?>\n")
    site.write("e.md", "[e]: behind.png 'T'\n) more\n\n![e]\n\n> ![x\n===\ny](alt.png)\n")
    assert where(site.scan()) == {
        "https://example.org/blank.png": ("a.md", 1, 6),
        "/shown.png": ("a.md", 5, 3),
        "/defined.png": ("b.md", 2, 1),
        "/behind.png": ("e.md", 4, 1),
        "/alt.png": ("e.md", 8, 4),
    }
    titles = {image["url"]: image["refs"][0].get("title") for image in site.scan().report["images"]}
    assert titles["/behind.png"] == "T" and titles["/alt.png"] == "x === y", titles
