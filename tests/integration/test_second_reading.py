"""picdesk scan against an independent reading of real sites: the same images in the same lines.

The sites are not part of the project: `shared/corpus` beside it, or $PICDESK_CORPUS. Skipped where
they, cmark-gfm, html5lib or PyYAML are missing. What the two readings see differently, and why,
stands in docs/scanning.md."""

import collections
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import TOP

pytest.importorskip("html5lib")
pytest.importorskip("yaml")
import second_reading  # noqa: E402

if not shutil.which("cmark-gfm"):
    pytest.skip("cmark-gfm is missing", allow_module_level=True)


# The blog's images came into includes by a search and replace that took too much with it: what is
# given as a file's name does not end like an image's, so picdesk takes it for none.
NO_IMAGE_NAMES = {
    "5138dm4phnl-sl500-aa240-3",
    "0672331012-3.jpg)](http://amzn.to/2acEFBn",
    "image-5.png)(click on the down arrow next to your name",
    "image42-2.png)|Advanced breakpoint (hit count, condition, filter",
    "image48-2.png)|Advanced tracepoint (hit count, condition, filter",
    "image52-2.png)|Breakpoint or tracepoint error (the BP or TP will never be set",
    "image54-2.png)|Breakpoint or tracepoint warning (generally means the source location is not "
    "currently in any loaded module",
}


def corpus():
    named = os.environ.get("PICDESK_CORPUS")
    folders = [pathlib.Path(named)] if named else [up / "shared/corpus" for up in TOP.parents]
    return next((folder for folder in folders if folder.is_dir()), None)


def refs_of(report):
    """file -> its references, in the order of their places."""
    refs = collections.defaultdict(list)
    for image in report["images"]:
        for ref in image["refs"]:
            refs[ref["file"]].append(ref)
    for file in refs.values():
        file.sort(key=lambda ref: (ref["line"], ref["column"]))
    return refs


def text_at(root, ref, place):
    lines = (root / ref["file"]).read_text(encoding="utf-8-sig").split("\n")
    return "\n".join([lines[place["line"] - 1][place["column"] - 1 :], *lines[place["line"] :]])


def counted(urls):
    return collections.Counter(urls)


@pytest.fixture(scope="module", params=["blog", "algorithm"])
def readings(request, tmp_path_factory):
    """The site's root, picdesk's references and the second reading's."""
    folder = corpus()
    if not folder or not (folder / request.param).is_dir():
        pytest.skip(f"the site {request.param} is missing")
    root = folder / request.param
    binary = os.environ.get("PICDESK", TOP / "build/cli/picdesk")
    done = subprocess.run(
        [str(binary), "scan", "--format", "json", "."],
        cwd=root,
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path_factory.mktemp("home"))},
    )
    return root, refs_of(json.loads(done.stdout)), second_reading.read_site(root)


def test_same_images(readings):
    _, refs, second = readings
    different = {}
    for file in sorted(set(refs) | set(second)):
        ours = counted(second_reading.normal(ref["written"]) for ref in refs.get(file, []))
        theirs = counted(url for url, _, _ in second.get(file, []) if url not in NO_IMAGE_NAMES)
        if ours != theirs:
            different[file] = {"only picdesk": ours - theirs, "only the other": theirs - ours}
    assert not different


def test_same_lines(readings):
    _, refs, second = readings
    wrong = []
    for file, images in second.items():
        places = collections.defaultdict(list)
        for ref in refs.get(file, []):
            places[second_reading.normal(ref["written"])].append(ref["line"])
        for url, first, last in images:
            if places[url]:
                line = places[url].pop(0)
                if first and not first <= line <= last:
                    wrong.append(f"{file}:{line}: {url} is in lines {first} to {last}")
    assert not wrong


def test_url_stands_where_it_is_said_to(readings):
    root, refs, _ = readings
    wrong = []
    for ref in (ref for file in refs.values() for ref in file):
        definition = ref.get("defined_at")
        if definition and not text_at(root, ref, ref).startswith("!["):
            wrong.append(ref)
        if not text_at(root, ref, definition or ref).startswith(ref["written"]):
            wrong.append(ref)
    assert not wrong
