"""Whatever became of a site and of its cache: what a build leaves is what a clean build of the same
articles leaves."""

import random
import shutil
import signal

import pictures
import pytest
import sites

REMOTE = [f"/files/{i}.jpg" for i in range(9)]
LOCAL = [f"assets/{i}.png" for i in range(3)]
LIST = "assets/thumbs/.picdesk-published"
SPECS = [
    "thumbs:\n  small: {width: 32}\n",
    "thumbs:\n  small: {width: 32}\n  square: {width: 24, height: 24, fit: cover}\n",
    "thumbs:\n  other: {width: 40, format: jpeg, dpr: [1, 2]}\n",
    "thumbs:\n  small: {width: 48}\n  other: {width: 40, format: png}\n",
]


class History:
    """A site, and what may happen to it."""

    def __init__(self, site, faultd, seed):
        self.site, self.faultd = site.jekyll(), faultd
        self.rng = random.Random(seed)
        self.said = []
        for path in REMOTE:
            self.change_remote(path)
        for path in LOCAL:
            self.change_local(path)
        self.change_specs()
        for name in "abc":
            self.write_article(name)

    def seed_of_picture(self):
        return self.rng.randrange(1000)

    # --- the site ---

    def change_remote(self, path=None):
        seed, path = self.seed_of_picture(), path or self.rng.choice(REMOTE)
        self.faultd.serve(path, pictures.jpeg(60 + seed % 7, 50, seed=seed))

    def change_local(self, path=None):
        seed, path = self.seed_of_picture(), path or self.rng.choice(LOCAL)
        self.site.write(path, pictures.png(60 + seed % 7, 50, seed=seed))

    def change_specs(self):
        self.site.write("picdesk.yml", self.rng.choice(SPECS))

    def write_article(self, name=None):
        urls = [self.faultd.url(path) for path in REMOTE] + [f"/{path}" for path in LOCAL]
        self.site.news(
            name or self.rng.choice("abcdef"), *self.rng.sample(urls, self.rng.randint(0, 5))
        )

    def articles(self):
        return sorted((self.site.root / "_news").glob("*.md"))

    def remove_article(self):
        if len(self.articles()) > 1:
            self.rng.choice(self.articles()).unlink()

    def rename_article(self):
        article = self.rng.choice(self.articles())
        article.rename(article.with_stem(self.rng.choice("abcdef")))

    # --- what it has ---

    def files(self, folder):
        return sorted(f for f in (self.site.root / folder).rglob("*") if f.is_file())

    def damage(self, folder):
        files = self.files(folder)
        if not files:
            return
        file = self.rng.choice(files)
        data = bytearray(file.read_bytes())
        what = self.rng.choice(["gone", "empty", "cut", "flipped"])
        if what == "gone" or not data:
            file.unlink()
            return
        data[self.rng.randrange(len(data))] ^= 0x40
        cut = {"empty": 0, "cut": len(data) // 2, "flipped": len(data)}[what]
        file.chmod(0o600)
        file.write_bytes(data[:cut])

    def damage_objects(self):
        self.damage(".cache/picdesk/objects")

    def damage_index(self):
        self.damage(".cache/picdesk")

    def damage_thumbnails(self):
        for file in self.files("assets/thumbs"):
            if file.suffix in (".webp", ".jpg", ".png") and self.rng.random() < 0.3:
                file.unlink()

    def lose_cache(self):
        shutil.rmtree(self.site.root / ".cache", ignore_errors=True)

    # --- runs ---

    def run(self, *arguments):
        result = self.site.run(*arguments)
        assert result.code in (0, 2), (self.said, result)

    def collect_garbage(self):
        self.run("gc", *self.rng.choice([[], ["--max-size", "20k"], ["--unused-for", "0s"]]))

    def mend(self):
        self.run("fsck", "--repair", *self.rng.choice([[], ["--full"]]))

    def build_some(self):
        self.run("build", *self.site.picdesk.QUICK, self.rng.choice(self.articles()))

    def warm(self):
        self.run("warm", *self.site.picdesk.QUICK)

    def start_build(self):
        return self.site.picdesk.start("build", *self.site.picdesk.QUICK, cwd=self.site.root)

    def kill_a_build(self):
        """At a moment that the machine chooses, once something was asked for."""
        text = "".join(article.read_text() for article in self.articles())
        asked = [path for path in REMOTE if path in text]
        self.faultd.forget()
        process = self.start_build()
        if asked:
            self.faultd.wait_for(self.rng.choice(asked))
        process.send_signal(self.rng.choice([signal.SIGKILL, signal.SIGINT]))
        self.site.picdesk.finish(process)

    def build_twice_at_once(self):
        for process in [self.start_build(), self.start_build()]:
            assert self.site.picdesk.finish(process).code == 0, self.said

    # --- one step ---

    OPERATIONS = (
        [change_remote, change_local, write_article, write_article] * 2
        + [change_specs, remove_article, rename_article, build_some, warm, kill_a_build]
        + [damage_objects, damage_index, damage_thumbnails, lose_cache]
        + [collect_garbage, mend, build_twice_at_once]
    )

    def step(self):
        for operation in self.rng.choices(self.OPERATIONS, k=self.rng.randint(1, 4)):
            self.said.append(operation.__name__)
            operation(self)
        self.said.append("build")
        return self.site.build()


def clean_build(site, make_site):
    copy = make_site("clean")
    shutil.rmtree(copy.root)
    shutil.copytree(site.root, copy.root)
    shutil.rmtree(copy.root / "assets/thumbs", ignore_errors=True)
    shutil.rmtree(copy.root / "_data", ignore_errors=True)
    shutil.rmtree(copy.root / ".cache", ignore_errors=True)
    return copy, copy.build()


def output(site):
    """A list of nothing stays where there was something once."""
    found = sites.output(site)
    listed = found.get(LIST, b"").splitlines()
    if all(line.startswith(b"#") for line in listed):
        found.pop(LIST, None)
    return found


def verdicts(result):
    return {
        image["url"]: [image.get(name) for name in ("status", "codes", "width", "height")]
        for image in result.report["images"]
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_build_knows_no_history(site, make_site, faultd, full, seed):
    for number in range(seed * 20, seed * 20 + 20) if full else [seed]:
        shutil.rmtree(site.root)
        history = History(type(site)(site.root, site.picdesk), faultd, number)
        for _ in range(25 if full else 5):
            result = history.step()
            copy, clean = clean_build(site, make_site)
            assert (result.code, clean.code) == (0, 0), (number, history.said, result, clean)
            assert verdicts(result) == verdicts(clean), (number, history.said)
            assert output(site) == output(copy), (number, history.said)
