#!/usr/bin/python3
"""dev/example.py PICDESK FOLDER: builds the example site in FOLDER and tells what came of it.

The source tree is left as it is: FOLDER gets a copy, in which the two servers that the articles
name are addresses on loopback, served by a real nginx for as long as this runs."""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests/integration"))
from nginx import Nginx, free_port, quoted  # noqa: E402

SITE, SERVERS = TOP / "examples/newsroom", TOP / "examples/servers"
HOSTS = {"pictures.example.test": "127.0.0.1", "wire.example.test": "127.0.0.2"}
TEXT = (".md", ".yml", ".html")


def is_free(port):
    try:
        for address in HOSTS.values():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
    except OSError:
        return False
    return True


def choose_port(folder):
    """The port of the last run when it is free: then the cache knows the URLs."""
    memory = folder / ".cache/example-port"
    try:
        port = int(memory.read_text())
    except (OSError, ValueError):
        port = 0
    while not (port and is_free(port)):
        port = free_port()
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(f"{port}\n")
    return port


def copy_site(folder, port):
    """What is not in the source any more goes from the copy, too; what a run made stays."""
    for name in ("_news", "_data/organizations", "assets/images"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for source in sorted(SITE.rglob("*")):
        target = folder / source.relative_to(SITE)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        data = source.read_bytes()
        if source.suffix in TEXT:
            for name, address in HOSTS.items():
                data = data.replace(
                    f"http://{name}/".encode(), f"http://{address}:{port}/".encode()
                )
        target.write_bytes(data)


def serve(folder, port):
    servers = "\n".join(
        f"""	server {{
		listen {address}:{port};
		root {quoted(SERVERS / name)};
		add_header Cache-Control "max-age=3600";
	}}"""
        for name, address in HOSTS.items()
    )
    return Nginx(folder / ".cache/nginx", servers, port)


def run(picdesk, folder, *arguments):
    print("\n$ picdesk " + " ".join(arguments), flush=True)
    return subprocess.run([picdesk, *arguments], cwd=folder, check=False).returncode


def tell(folder):
    manifest = folder / "_data/picdesk.json"
    images = json.loads(manifest.read_text(encoding="utf-8"))["images"]
    thumbs = {thumb["path"] for image in images.values() for thumb in image["thumbs"].values()}
    size = sum((folder / path).stat().st_size for path in thumbs)
    print(
        f"""
Made from {len(list((SITE / "_news").iterdir()))} articles, in {folder}:
  {len(thumbs)} thumbnails, {size // 1000} kB, in assets/thumbs/
  the manifest that pages look them up in: _data/picdesk.json ({len(images)} images)
What `check` found above stands in _news/2026-05-04-glacier-retreat.md.
Next: dev/run check FOLDER on a site of yours; dev/run help"""
    )


def main():
    picdesk, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _frame: sys.exit(128 + number))
    port = choose_port(folder)
    copy_site(folder, port)
    server = serve(folder, port)
    try:
        print(f"The example site, {folder}; its pictures are served by nginx on port {port}.")
        code = run(picdesk, folder, "build", "--allow-private", ".")
        if code:
            return code
        # 2 is what it should say: the example has findings.
        code = run(picdesk, folder, "check", "--allow-private", ".")
        if code not in (0, 2):
            return code
        tell(folder)
        return 0
    except KeyboardInterrupt:
        return 130
    finally:
        server.close()


sys.exit(main())
