"""The renderer's own code in a bare loop (bare_loop.c): as many processes as cores, each with the next photograph
whenever it is free. Like picdesk's renderers they read it from the page cache, judge its framing, decode, resize,
encode, and decode the thumbnail again, with the same environment and the same bytes as result; nothing is fetched,
hashed, confined, sent to another process, stored or published.

`seconds` runs from where all processes have loaded their libraries to the end of the last, `start_seconds` is the
rest of the program's time."""

import json
import os
import subprocess
import time


# thumbs/renderer_process.c
ENVIRONMENT = {"LC_ALL": "C", "VIPS_CONCURRENCY": "1", "MALLOC_ARENA_MAX": "2"}


class BareLoop:
    def __init__(self, program, folder):
        self.program = program
        self.names = folder / "names"

    def run(self, work, files, target=None):
        """With `target` the thumbnails are written there."""
        command = [
            str(self.program),
            str(len(os.sched_getaffinity(0))),
            work["format"],
            str(work["quality"]),
            str(work["height"] or 0),
            ",".join(map(str, work["widths"])),
        ]
        self.names.write_text("".join(f"{file}\n" for file in files))
        os.sync()  # what earlier runs left to be written is not this one's
        started = time.monotonic()
        with open(self.names, "rb") as stdin:
            done = subprocess.run(
                command + ([str(target)] if target else []),
                stdin=stdin,
                stdout=subprocess.PIPE,
                env={**os.environ, **ENVIRONMENT},
                check=True,
            )
        run = json.loads(done.stdout)
        return {**run, "start_seconds": time.monotonic() - started - run["seconds"]}
