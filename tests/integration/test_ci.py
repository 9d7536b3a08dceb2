"""What docs/ci.md and the files at the root promise to CI services, run without the services."""

import os
import re
import shlex
import shutil
import stat
import subprocess

import pytest

import pictures
from conftest import BINARY, TOP


def path_with(folder, **programs):
    """A PATH on which picdesk is the one under test, and these are shell scripts."""
    folder.mkdir()
    os.symlink(BINARY.resolve(), folder / "picdesk")
    for name, text in programs.items():
        file = folder / name
        file.write_text(f"#!/bin/bash\n{text}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:/usr/bin:/bin"


def bash(site, *command, **variables):
    environment = {**site.picdesk.environment, **variables}
    return subprocess.run(
        command, cwd=site.root, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def local_site(site):
    site.jekyll().write("assets/a.png", pictures.png(60, 40))
    site.write("_posts/good.md", "![a](/assets/a.png)\n")
    site.write("_posts/bad.md", "![a](/assets/gone.png)\n")
    return site


def commands_of(output):
    """What GitHub's runner takes for a command: "::" first in a line, "##[" anywhere in one."""
    return [line for line in output.splitlines() if line.lstrip().startswith("::") or "##[" in line]


def test_no_output_of_a_job_has_a_command_of_a_stranger(site):
    """Whatever is printed: the runner reads all of a job's output."""
    site.jekyll()
    site.write("::stop-commands::a.md", "---\nimages: [\n---\n![x](/gone.png)\n")
    site.write("##[add-matcher]b.md", "---\nimages: [\n---\n![x](/gone.png)\n")
    site.write("_data/\u00a0::error::c.yml", "a: [")
    site.write(
        "_posts/d.md",
        """
        ---
        images: ['/e##[set-output name=f]g', '::error::{{ h }}', 'https://127.0.0.1/##[error]j/']
        ---
        """,
    )
    forms = ("text", "json", "jsonl", "junit", "sarif", "markdown", "html")
    for verb in ("scan", "check", "build", "report"):
        for form in forms:
            out = site.run(verb, "-f", form, "-vv")
            assert "add-matcher" in out.out, (verb, form, out)
            assert commands_of(out.out + "\n" + out.err) == [], (verb, form)
    site.write(
        "picdesk.yml", "'##[error]k': 1\nfetch: {timeout: '##[error]l'}\npublish: '/##[error]m'\n"
    )
    out = site.run("check")
    assert out.code == 3 and "error]m" in out.err and commands_of(out.err) == []


def test_action_runs_picdesk_and_tells_later_steps(local_site, tmp_path):
    output, summary, reports = tmp_path / "output", tmp_path / "summary", tmp_path / "reports"
    variables = {
        "PATH": path_with(tmp_path / "bin"),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "PICDESK_ACTION_REPORTS": str(reports),
        "PICDESK_ACTION_ARGS": "--offline\n--max-time 1m --fail-on\nbroken\n",
    }
    result = bash(local_site, TOP / ".ci/action-check", **variables)
    assert result.returncode == 2, result
    assert "::error file=_posts/bad.md,line=1,col=6," in result.stdout
    assert output.read_text() == f"status=2\nimages=2\nbroken=1\nreports={reports}\n"
    assert summary.read_text().startswith("## Images: 1 broken")
    assert {f.name for f in reports.iterdir()} == {
        f"picdesk.{e}" for e in ("json", "xml", "sarif", "html")
    }
    output.unlink()
    variables["PICDESK_ACTION_ARGS"] += "--fail-on never\n"
    assert bash(local_site, TOP / ".ci/action-check", **variables).returncode == 0
    output.unlink()
    del variables["PICDESK_ACTION_ARGS"]
    # A file of that name, in a pull request that somebody else made, is no flag.
    (local_site.root / "--version").write_text("x")
    for paths in ("  _posts/good.md\r\n\n", "--version\n_posts/good.md"):
        result = bash(
            local_site, TOP / ".ci/action-check", **variables, PICDESK_ACTION_PATHS=paths
        )
        assert result.returncode == 0, result
        assert "status=0\nimages=1\nbroken=0\n" in output.read_text()
        output.write_text("")
    output.unlink()
    local_site.write("picdesk.yml", "no-such-key: 1\n")
    assert bash(local_site, TOP / ".ci/action-check", **variables).returncode == 3
    assert output.read_text() == f"status=3\nimages=\nbroken=\nreports={reports}\n"
    assert not list(reports.iterdir())


@pytest.mark.parametrize("user", [0, 1000])
@pytest.mark.parametrize("plugin", [0, 1])
def test_action_installs_what_it_needs_to_build(tmp_path, user, plugin):
    """As root in a container, without sudo, and as a user; on a release with the encoder's plugin and
    on one without, whose apt ends at a name that it does not know."""
    folder = tmp_path / "bin"
    folder.mkdir()
    calls = tmp_path / "calls"
    log = shlex.quote(str(calls))
    programs = {
        "id": f"echo {user}",
        "dpkg-query": "exit 1",
        "apt-cache": f"exit {1 - plugin}",
        "apt-get": f'echo "apt-get $*" >>{log}',
        "meson": f'echo "meson $*" >>{log}',
        "sudo": f'[ {user} != 0 ] || exit 127; echo sudo >>{log}; exec "$@"',
        "systemctl": "",
    }
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_PATH": str(tmp_path / "path"),
    }
    subprocess.run([TOP / ".ci/action-install"], env=environment, check=True)
    text = calls.read_text()
    install = next(line for line in text.splitlines() if " install " in line).split()
    assert {"libvips-dev", "ninja-build"} <= set(install) and "valgrind" not in install
    assert [name for name in install if "aomenc" in name] == ["libheif-plugin-aomenc"] * plugin
    setup = next(line for line in text.splitlines() if line.startswith("meson setup "))
    assert "-Dtests=false" in setup.split()  # they need packages of other sections
    assert text.count("\nmeson ") == 2 and ("sudo" in text) == (user != 0)
    assert (tmp_path / "path").read_text() == f"{tmp_path}/picdesk/bin\n"


def test_action_names_only_inputs_and_outputs_that_exist():
    text = (TOP / "action.yml").read_text()
    inputs = set(re.findall(r"^  ([a-z-]+):$", text.split("outputs:")[0], re.M))
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == inputs
    outputs = set(re.findall(r"steps\.run\.outputs\.([a-z]+)", text))
    assert outputs == {"status", "images", "broken", "reports"}
    scripts = set(re.findall(r"ACTION_PATH/(\.ci/[a-z-]+)", text))
    assert scripts and all(os.access(TOP / script, os.X_OK) for script in scripts)
    # Inputs reach the script by the environment alone.
    assert not re.search(r"run: .*\$\{\{", text)


# What a run over the whole site reads, under some generator, and what none reads.
ARTICLES = [
    f"_posts/a{end}"
    for end in re.findall(
        r"\.[a-z]+",
        re.search(r"^\| articles \|.*", (TOP / "docs/scanning.md").read_text(), re.M)[0],
    )
]
DATA = [
    "_data/team.yml",
    "docs/_data/deep/team.csv",
    "data/team.toml",
    "src/data/a.json",
    "src/content/a.yaml",
    "_config.yml",
    "posts/first.11tydata.json",
    "posts/posts.json",
    "blog/authors.yml",
    "assets/site.css",
]
NOT_READ = ["package.json", ".github/workflows/ci.yml", "pyproject.toml", "posts/other.json", "a.png"]


def test_pre_commit_hooks(local_site, tmp_path):
    assert "_posts/a.md" in ARTICLES and "_posts/a.asciidoc" in ARTICLES
    hooks = re.findall(
        r"- id: (\S+)\n(?:  .*\n)*?  entry: (.*)\n(?:  .*\n)*?  files: '(.*)'",
        (TOP / ".pre-commit-hooks.yaml").read_text(),
    )
    assert [name for name, _, _ in hooks] == ["picdesk", "picdesk-online"]
    path = path_with(tmp_path / "bin")
    for _, entry, files in hooks:
        passed = [path for path in ARTICLES + DATA + NOT_READ if re.search(files, path)]
        assert passed == ARTICLES + DATA
        good = bash(local_site, *entry.split(), "_posts/good.md", PATH=path)
        assert (good.returncode, good.stdout, good.stderr) == (0, "", ""), good
        bad = bash(local_site, *entry.split(), "_posts/good.md", "_posts/bad.md", PATH=path)
        assert bad.returncode == 2 and "gone.png" in bad.stdout


needs_pre_commit = pytest.mark.skipif(
    shutil.which("pre-commit", path="/usr/bin") is None,
    reason="needs Debian's pre-commit, which dev/packages.txt leaves out",
)


def git(site, folder, *words):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    result = bash(site, "git", "-C", folder, *identity, *words)
    assert result.returncode == 0, result
    return result.stdout.strip()


def install_hooks(site, tmp_path, *settings):
    """This tree's hooks as a repository's first commit, and a configuration with these settings."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(TOP / ".pre-commit-hooks.yaml", hooks)
    for folder in (hooks, site.root):
        git(site, folder, "init", "-q")
    git(site, hooks, "add", "-A")
    git(site, hooks, "commit", "-q", "-m", "hooks")
    commit = git(site, hooks, "rev-parse", "HEAD")
    lines = [f"repos:\n- repo: '{hooks}'\n  rev: {commit}\n  hooks:\n"]
    for name in ("picdesk", "picdesk-online"):
        lines += [f"  - id: {name}\n", *(f"    {setting}\n" for setting in settings)]
    site.write(".pre-commit-config.yaml", "".join(lines))


@needs_pre_commit
def test_pre_commit_runs_the_hooks(local_site, tmp_path):
    """The real program, with a commit of this tree's hooks as their repository."""
    path = {"PATH": path_with(tmp_path / "bin")}
    install_hooks(local_site, tmp_path)
    git(local_site, local_site.root, "add", "_posts/good.md")
    good = bash(local_site, "pre-commit", "run", **path)
    assert good.returncode == 0 and good.stdout.count("Passed") == 2, good
    git(local_site, local_site.root, "add", "_posts/bad.md")
    bad = bash(local_site, "pre-commit", "run", **path)
    assert bad.returncode == 1 and bad.stdout.count("Failed") == 2, bad
    assert "/assets/gone.png" in bad.stdout and "_posts/bad.md:1:6" in bad.stdout


@needs_pre_commit
def test_pre_commit_for_a_site_in_a_folder(site, tmp_path):
    """The setting of docs/ci.md: what lies outside is left out, what a hook leaves out stays so."""
    setting = re.search(r"`([a-z]+: \S+)` for each hook", (TOP / "docs/ci.md").read_text())[1]
    install_hooks(site, tmp_path, setting)
    site.write("docs/_config.yml", "title: x\n")
    site.write("docs/package.json", '{"icon": "/gone.png"}\n')
    site.write("docs/a.md", "Text.\n")
    site.write("README.md", "![a](/gone.png)\n")
    path = {"PATH": path_with(tmp_path / "bin")}
    git(site, site.root, "add", "docs", "README.md")
    good = bash(site, "pre-commit", "run", **path)
    assert good.returncode == 0 and good.stdout.count("Passed") == 2, good
    site.write("docs/b.md", "![a](/gone.png)\n")
    git(site, site.root, "add", "docs")
    bad = bash(site, "pre-commit", "run", **path)
    assert bad.returncode == 1 and bad.stdout.count("docs/b.md:1:6") == 2, bad


def recipe():
    blocks = re.findall(r"```bash\n(.*?)```", (TOP / "docs/ci.md").read_text(), re.S)
    assert len(blocks) == 1
    return blocks[0]


def test_cron_recipe_opens_an_issue_only_for_what_broke_newly(local_site, tmp_path):
    issues = tmp_path / "issues"
    file = shlex.quote(str(issues))
    path = path_with(tmp_path / "bin", gh=f'echo "$*" >>{file}; cat "${{@: -1}}" >>{file}')
    script = tmp_path / "daily"
    script.write_text(recipe())
    run = lambda: bash(local_site, "bash", script, PATH=path)  # noqa: E731
    for _ in range(2):
        assert run().returncode == 0 and not issues.exists()
    local_site.write("_posts/new.md", "![a](/assets/newly-gone.png)\n")
    assert run().returncode == 0
    text = issues.read_text()
    assert text.startswith("issue create --title Broken images, ") and "newly-gone.png" in text
    assert "/assets/gone.png" not in text
    issues.unlink()
    assert run().returncode == 0 and not issues.exists()
    # What could not be compared is no reason to forget yesterday.
    (local_site.root / ".cache/picdesk-last.json").write_text("{}")
    assert run().returncode == 1 and not issues.exists()
