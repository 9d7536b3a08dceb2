"""What `--restore` goes by lies in the site, and may have come with it."""

from urllib.parse import quote

import pytest

import pictures
from test_localize import images, localize


def journal_of(site, verb):
    (journal,) = (site.root / ".cache/picdesk-undo").glob(f"*-{verb}")
    return journal


def test_a_journal_removes_nothing_outside_the_site_nor_what_localize_did_not_bring(
    photo_site, tmp_path
):
    assert localize(photo_site).code == 0
    name, data = next(iter(images(photo_site).items()))
    victim, folder, other = tmp_path / name, tmp_path / "folder", photo_site.root / ".git/HEAD"
    other.parent.mkdir()
    for file in victim, other:
        file.write_bytes(data)
    folder.mkdir()
    (photo_site.root / "link").symlink_to(tmp_path)
    digest = name.split(".")[0]
    lines = [f"folder {quote(str(path))}" for path in ("../folder", folder, "link/folder")]
    added = (f"../{name}", victim, f"link/{name}", ".git/HEAD")
    lines += [f"added {digest} {quote(str(path))}" for path in added]
    with open(journal_of(photo_site, "localize"), "a") as journal:
        journal.write("".join(line + "\n" for line in lines))
    result = photo_site.run("localize", "--restore")
    assert result.code == 0 and images(photo_site) == {}, result
    assert victim.read_bytes() == other.read_bytes() == data and folder.is_dir()


@pytest.mark.parametrize(
    "name, why",
    [
        (".git/config", "it is no journal of picdesk"),
        ("venv/bin/activate", "no article by its name"),
    ],
)
def test_a_journal_changes_articles_alone(site, name, why):
    """Not .git/config, whose text is easily guessed, and which names programs that git runs."""
    site.jekyll().write("assets/Own.jpg", pictures.jpeg(64, 48))
    article = site.write("a.md", "![x](/assets/own.jpg)\n")
    assert site.run("fix").code == 0
    after = article.read_bytes()
    config = site.write(name, after)
    journal = journal_of(site, "fix")
    journal.write_text(journal.read_text().replace(" a.md", f" {name}"))
    result = site.run("fix", "--restore")
    assert result.code == 1 and why in result.err, result
    assert config.read_bytes() == article.read_bytes() == after
