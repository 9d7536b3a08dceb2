"""What picdesk is measured against: sharp and eleventy-img from npm, of the versions that
peers/package-lock.json pins."""

import json
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


class Peers:
    """The node programs, installed into a folder of the build tree."""

    def __init__(self, folder, attic):
        self.folder = pathlib.Path(folder)
        self.attic = attic
        self.folder.mkdir(parents=True, exist_ok=True)
        installed = self.folder / "package-lock.json"
        wanted = HERE / "peers/package-lock.json"
        is_current = installed.exists() and installed.read_bytes() == wanted.read_bytes()
        for file in (HERE / "peers").iterdir():
            shutil.copy(file, self.folder)
        if not is_current or not (self.folder / "node_modules").is_dir():
            subprocess.run(
                ["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=self.folder, check=True
            )

    def versions(self):
        modules = self.folder / "node_modules"
        return {
            "node": subprocess.run(
                ["node", "--version"], capture_output=True, text=True, check=True
            ).stdout.strip(),
            **{
                name: json.loads((modules / name / "package.json").read_text())["version"]
                for name in ("sharp", "@11ty/eleventy-img")
            },
        }

    def node(self, script, job):
        path = self.folder / "job.json"
        path.write_text(json.dumps(job))
        os.sync()  # what earlier runs left to be written is not this one's
        done = subprocess.run(
            ["node", script, path.name],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def sharp(self, work, files):
        return self.node("peer.mjs", {"tool": "sharp", **work, "sources": [str(f) for f in files]})

    def eleventy(self, work, sources, is_cold):
        output, cache = self.folder / "output", self.folder / "cache"
        if is_cold:
            self.attic.make(output)
            self.attic.make(cache)
        job = {"tool": "eleventy", **work, "sources": [str(source) for source in sources]}
        return self.node("peer.mjs", {**job, "output": str(output), "cache": str(cache)})
