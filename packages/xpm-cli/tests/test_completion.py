"""What the shell offers: through the same protocol as bash, zsh and fish use."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Command, Sample

#: What the end of the line may be for each shell, and how to read what comes back.
SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def complete(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Give what the shell gives: the words, the last of which is incomplete."""

    def offered(*words: object, shell: str = "bash") -> list[str]:
        texts = ["experimaestro", *map(str, words)]
        typed = texts if shell != "fish" or texts[-1] else texts[:-1]
        quoted = " ".join(f"'{text}'" if text else "''" for text in typed)
        monkeypatch.setenv("_EXPERIMAESTRO_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", quoted)
        monkeypatch.setenv("COMP_CWORD", texts[-1] if shell == "fish" else str(len(texts) - 1))
        result = command()
        monkeypatch.delenv("_EXPERIMAESTRO_COMPLETE")
        assert result.err == ""
        if shell == "zsh":
            return result.out.splitlines()[1::3]
        lines = [line.partition(",")[2] for line in result.out.splitlines()]
        return [line.partition("\t")[0] for line in lines if line]

    return offered


@pytest.fixture
def plain(sample: Sample) -> Sample:
    """Paths with quotes in them are for the shell to deal with."""
    if "'" in str(sample.layout.root):
        pytest.skip("one path is enough here")
    return sample


@pytest.mark.parametrize("shell", SHELLS)
def test_commands(complete: Callable[..., list[str]], shell: str) -> None:
    assert complete("ex", shell=shell) == ["experiments"]
    assert complete("jobs", "k", shell=shell) == ["kill"]
    assert {"list", "why", "diff"} <= set(complete("jobs", "", shell=shell))


@pytest.mark.parametrize("shell", SHELLS)
def test_experiments(plain: Sample, complete: Callable[..., list[str]], shell: str) -> None:
    for words in (
        ["experiments", "--workdir", plain.layout.root, "runs", "my"],
        ["experiments", "delete", "--workdir", plain.layout.root, ""],
        ["--workdir", plain.layout.root, "experiments", "results", "my-"],
        ["jobs", "list", "--workdir", plain.layout.root, "--experiment", "m"],
        ["jobs", "kill", "--workdir", plain.layout.root, "--experiment", ""],
    ):
        assert complete(*words, shell=shell) == ["my-experiment"], words
    assert complete("experiments", "runs", "--workdir", plain.layout.root, "z", shell=shell) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_jobs(plain: Sample, complete: Callable[..., list[str]], shell: str) -> None:
    start = ["jobs", "--workdir", plain.layout.root]
    everything = sorted(job.job_id for job in (plain.done, plain.failed, plain.orphan))
    assert complete(*start, "log", "", shell=shell) == everything
    assert complete(*start, "info", "my.lib.l", shell=shell) == everything[:2]
    assert complete(*start, "why", plain.failed.job_id[:-3], shell=shell) == [plain.failed.job_id]
    assert complete(*start, "kill", plain.done.job_id, "my.lib.o", shell=shell) == [plain.orphan.job_id]
    assert complete(*start, "diff", plain.done.job_id, "my.lib.o", shell=shell) == [plain.orphan.job_id]


def test_every_task_has_its_share(plain: Sample, complete: Callable[..., list[str]]) -> None:
    for task in ("a.first", "b.second"):
        for number in range(300):
            (plain.layout.jobs_dir / task / f"{number:064x}").mkdir(parents=True)
    offered = complete("jobs", "path", "--workdir", plain.layout.root, "")
    assert len(offered) <= 200
    assert {job.partition("/")[0] for job in offered} == {"a.first", "b.second", "my.lib.learn", "my.lib.old"}
    assert complete("jobs", "path", "--workdir", plain.layout.root, "a.first/" + "0" * 62 + "ff") == [
        "a.first/" + "0" * 62 + "ff"
    ]


def test_workspaces(complete: Callable[..., list[str]], settings: Callable[[str], Path]) -> None:
    settings("workspaces: [{id: main, path: /a}, {id: other, path: /b}]")
    assert complete("experiments", "list", "--workspace", "") == ["main", "other"]
    assert complete("experiments", "--workspace", "o") == ["other"]


def test_completing_makes_no_index(plain: Sample, complete: Callable[..., list[str]]) -> None:
    complete("jobs", "log", "--workdir", plain.layout.root, "")
    assert not plain.layout.database.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense", "z"],
        ["jobs", "nonsense", "z"],
        ["jobs", "log", "--workdir", "/nowhere", ""],
        ["jobs", "log", ""],
        ["jobs", "log", "--workspace", "unknown", ""],
        ["experiments", "runs", "--workdir", "", ""],
    ],
)
def test_what_goes_wrong_is_not_told(complete: Callable[..., list[str]], words: list[str]) -> None:
    assert complete(*words) == []


def test_wrong_settings_are_not_told(
    complete: Callable[..., list[str]], settings: Callable[[str], Path]
) -> None:
    settings("workspaces: [")
    assert complete("jobs", "log", "") == []


@pytest.mark.parametrize("start", ["../", "/etc/", "..", "link/", "."])
def test_nothing_outside_of_the_workspace_is_listed(
    plain: Sample, complete: Callable[..., list[str]], tmp_path: Path, start: str
) -> None:
    (plain.layout.jobs_dir / "link").symlink_to(tmp_path)
    (tmp_path / "secret").mkdir()
    (plain.layout.experiments_dir / "link").symlink_to(tmp_path)
    assert complete("jobs", "log", "--workdir", plain.layout.root, start) == []
    assert complete("experiments", "runs", "--workdir", plain.layout.root, "l") == []


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_in_a_real_fish(plain: Sample, tmp_path: Path) -> None:
    (tmp_path / "experimaestro").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xpm_cli "$@"\n')
    (tmp_path / "experimaestro").chmod(0o755)
    (tmp_path / "ws").symlink_to(plain.layout.root)
    script = (
        "_EXPERIMAESTRO_COMPLETE=fish_source experimaestro | source;"
        "complete -C 'experimaestro experiments --workdir ws runs my';"
        "complete -C 'experimaestro jobs --workdir ws log my.lib.o';"
        "complete -C 'experimaestro jobs dif'"
    )
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["fish", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "my-experiment",
        plain.orphan.job_id,
        "diff\tSay which parameters make two of them differ.",
    ], done.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_in_a_real_bash(plain: Sample, tmp_path: Path) -> None:
    script = f"""
        experimaestro() {{ "{sys.executable}" -m xpm_cli "$@"; }}
        export -f experimaestro
        mkdir -p bin && printf '#!/bin/sh\\nexec "{sys.executable}" -m xpm_cli "$@"\\n' > bin/experimaestro
        chmod +x bin/experimaestro; export PATH="$PWD/bin:$PATH"; unset -f experimaestro
        eval "$(_EXPERIMAESTRO_COMPLETE=bash_source experimaestro)"
        COMP_WORDS=(experimaestro experiments --workdir "{plain.layout.root.parent.parent / "ws"}" runs my)
        COMP_CWORD=5
        _experimaestro_completion experimaestro
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    os.symlink(plain.layout.root, plain.layout.root.parent.parent / "ws")  # click splits the words at spaces
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "my-experiment\n", done.stderr


#: What zsh runs: completion is the real one, and the command itself only says what it was called with.
SPY = """#!/bin/sh
[ -n "$_EXPERIMAESTRO_COMPLETE" ] && exec "{python}" -m xpm_cli "$@"
printf 'called:%s:' "$@"
echo end
"""


def typed_in_zsh(folder: Path, line: str) -> str:
    """Type in an interactive zsh, with the tab key; return what appears once the line was entered."""
    environ = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "TERM": "dumb",
        "PS1": "",
        "PROMPT_EOL_MARK": "",
        "ZDOTDIR": str(folder),
    }
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 400, 0, 0))
    process = subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=folder,
        env=environ,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown = b""
    try:
        os.write(
            master,
            b"autoload -Uz compinit; compinit -u -D\n"
            b'eval "$(_EXPERIMAESTRO_COMPLETE=zsh_source experimaestro)"; echo read""y\n',
        )
        for wanted, answer in ((b"ready\r\n", line.encode()), (b":end\r\n", b"")):
            while wanted not in shown:
                assert select.select([master], [], [], 60)[0], shown
                shown += os.read(master, 65536)
            os.write(master, answer)
            shown = shown if not answer else b""
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return shown.decode()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("experimaestro experiments --workdir ws runs my\t\n", "runs my-experiment"),
        ("experimaestro jobs --workdir ws log my.lib.o\t\n", "log my.lib.old/" + "04" * 32),
        ("experimaestro jobs dif\t\n", "diff"),
    ],
)
def test_in_a_real_zsh(plain: Sample, tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "experimaestro").write_text(SPY.format(python=sys.executable))
    (tmp_path / "experimaestro").chmod(0o755)
    (tmp_path / "ws").symlink_to(plain.layout.root)
    shown = typed_in_zsh(tmp_path, line)
    assert "".join(f"called:{word}:" for word in words.split()) + "end\r\n" in shown
