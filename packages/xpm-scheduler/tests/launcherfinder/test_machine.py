from __future__ import annotations

import logging
import os
import platform
import select
from collections.abc import Callable
from pathlib import Path

import pytest

from xpm_scheduler.launcherfinder import machine
from xpm_scheduler.launcherfinder.hardware import CudaSpecification, MPSSpecification
from xpm_scheduler.launcherfinder.machine import cuda_devices, this_machine, usable_memory
from xpm_scheduler.launcherfinder.quantities import Memory
from xpm_scheduler.launchers.direct import usable_cores

Write = Callable[[str], Path]

TWO_CARDS = """cat <<END
0, GPU-1111-aa, 24564
1, GPU-2222-bb, 81920
END"""
SMALL, LARGE = CudaSpecification("24564M"), CudaSpecification("80G")


def test_this_machine() -> None:
    host = this_machine()
    assert host.cpu.cores == usable_cores()
    assert 2**27 < host.cpu.memory <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert host.max_duration == host.min_gpu == 0


def test_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    host = this_machine()
    assert host.accelerators[-1] == MPSSpecification(host.cpu.memory)


def test_an_old_mac(monkeypatch: pytest.MonkeyPatch, nvidia_smi: Write) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    nvidia_smi("exit 9")
    assert this_machine().accelerators == ()


# --- Memory


def control_group(root: Path, membership: str, **limits: str) -> Path:
    for path, content in {"proc/self/cgroup": membership, **limits}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


@pytest.mark.parametrize(
    ("membership", "limits"),
    [
        ("0::/\n", {"sys/fs/cgroup/memory.max": "1073741824\n"}),
        (
            "0::/a/b\n",
            {"sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1073741824\n"},
        ),
        (
            "0::/a\n",
            {"sys/fs/cgroup/a/memory.max": "1073741824\n", "sys/fs/cgroup/memory.max": "9999999999999\n"},
        ),
        (
            "5:cpu,memory:/a\n1:name=systemd:/x\n",
            {
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1073741824\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
        ),
    ],
)
def test_memory_limits(workdir: Path, membership: str, limits: dict[str, str]) -> None:
    assert usable_memory(control_group(workdir, membership, **limits)) == Memory("1G")


def test_no_memory_limit(workdir: Path) -> None:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert usable_memory(workdir) == physical
    assert usable_memory(control_group(workdir, "0::/gone\n5:cpu:/x\n")) == physical


def test_unknown_memory(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> int:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "sysconf", unknown)
    assert usable_memory(workdir) == 0


# --- CUDA


def test_cards(nvidia_smi: Write) -> None:
    nvidia_smi(f'echo "$@" >&2\n[ $# = 2 ] || exit 1\n{TWO_CARDS}')
    assert cuda_devices(os.environ) == {"0": SMALL, "1": LARGE}


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("0,1", (SMALL, LARGE)),
        ("1", (LARGE,)),
        ("1, 0", (LARGE, SMALL)),
        ("GPU-2222-bb", (LARGE,)),
        ("GPU-2", (LARGE,)),
        ("0,0", (SMALL,)),
        ("0,7,1", (SMALL,)),
        ("-1", ()),
        ("", ()),
        (" ", ()),
        ("GPU-", ()),
        ("nonsense", ()),
        ("MIG-5555", (CudaSpecification(),)),
    ],
)
def test_visible_cards(nvidia_smi: Write, visible: str, expected: tuple[CudaSpecification, ...]) -> None:
    nvidia_smi(TWO_CARDS)
    assert tuple(cuda_devices({**os.environ, "CUDA_VISIBLE_DEVICES": visible}).values()) == expected


def test_shared_memory_is_unknown(nvidia_smi: Write) -> None:
    nvidia_smi("echo '0, GPU-1, [N/A]'")
    assert cuda_devices(os.environ) == {"0": CudaSpecification()}


@pytest.mark.parametrize(
    "script",
    [
        "exit 9",
        "echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9",
        "echo 'No devices were found'",
        "kill -9 $$",
        r"printf '\377\376, \n'",
        "",
    ],
)
def test_no_card_without_an_answer(nvidia_smi: Write, script: str) -> None:
    nvidia_smi(script)
    assert cuda_devices(os.environ) == {}


def test_no_card_without_the_program(nvidia_smi: Write, caplog: pytest.LogCaptureFixture) -> None:
    if not any(Path(folder, "nvidia-smi").exists() for folder in ("/usr/bin", "/bin")):
        assert cuda_devices(os.environ) == {}
    path = nvidia_smi("")
    path.write_text("#!/no/such/interpreter\n")
    assert cuda_devices(os.environ) == {}
    assert "No such file" in caplog.text


def test_a_sick_driver(
    nvidia_smi: Write, workdir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The script and its child hold both the output and this pipe open.
    pipe = workdir / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setenv("PIPE", str(pipe))
    monkeypatch.setattr(machine, "_NVIDIA_SMI_TIMEOUT_S", 0.3)
    nvidia_smi('exec 3>"$PIPE"\nsleep 600 &\nwait')
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert cuda_devices(os.environ) == {}
        assert select.select([reader], [], [], 10)[0]
        assert os.read(reader, 1) == b""  # at the end of the pipe: both are gone
    finally:
        os.close(reader)
    [warning] = caplog.records
    assert warning.levelno == logging.WARNING
    assert "does not answer" in warning.getMessage()
