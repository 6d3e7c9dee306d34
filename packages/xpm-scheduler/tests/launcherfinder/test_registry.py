from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from xpm_scheduler.errors import LauncherNotFound
from xpm_scheduler.launcherfinder.errors import NoLauncherFound, RequirementSyntaxError
from xpm_scheduler.launcherfinder.hardware import HostSpecification
from xpm_scheduler.launcherfinder.registry import LauncherRegistry, find_launcher
from xpm_scheduler.launcherfinder.specs import cpu, cuda_gpu, mps_gpu
from xpm_scheduler.launchers.base import Launcher
from xpm_scheduler.launchers.direct import DirectLauncher

Write = Callable[[str], Path]

REMEMBERS = """
from xpm_scheduler.launchers.direct import DirectLauncher

def find_launcher(requirements, tags=set()):
    launcher = DirectLauncher()
    launcher.setenv("ASKED", str(requirements))
    launcher.setenv("TAGS", " ".join(sorted(tags)))
    return launcher
"""


def test_one_registry_for_each_folder(config_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = LauncherRegistry.instance()
    assert registry.path == config_dir / "launchers.py"
    assert LauncherRegistry.instance(config_dir) is registry
    assert LauncherRegistry.instance(str(config_dir) + "/x/..") is registry
    assert LauncherRegistry.instance(config_dir / "x") is not registry
    monkeypatch.chdir(config_dir.parent)
    assert LauncherRegistry.instance("config") is registry


def test_without_a_folder_it_is_that_of_the_settings(
    config_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LauncherRegistry.set_config_dir(None)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config_dir / "xdg"))
    assert LauncherRegistry.instance().path == config_dir / "xdg/experimaestro/launchers.py"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(config_dir / "home"))
    assert LauncherRegistry.instance().path == config_dir / "home/.config/experimaestro/launchers.py"


# --- With the user's file


def test_the_file_is_asked(launchers_py: Write) -> None:
    launchers_py(REMEMBERS)
    launcher = find_launcher("cuda(mem=8G)", cpu(cores=4) | mps_gpu(), "duration=1h", tags={"b", "a"})
    assert launcher.environ == {
        "ASKED": "cuda(mem=8G) | cpu(cores=4) | mps | duration=1h",
        "TAGS": "a b",
    }


def test_the_file_is_asked_again(launchers_py: Write) -> None:
    launchers_py(REMEMBERS)
    assert find_launcher("cpu") is not find_launcher("cpu")


def test_nothing_in_particular(launchers_py: Write) -> None:
    launchers_py(REMEMBERS)
    assert find_launcher().environ == {"ASKED": "cpu", "TAGS": ""}
    assert find_launcher(tags="gpu").environ["TAGS"] == "gpu"


def test_the_file_knows_no_place(launchers_py: Write) -> None:
    path = launchers_py("def find_launcher(requirements, tags=set()): tags.clear()")
    with pytest.raises(NoLauncherFound) as caught:
        find_launcher("cuda(mem=8G) | mps", tags=["fast", "cheap"])
    assert str(caught.value) == (
        "no launcher for\n  cuda(mem=8G)\n  or mps\n  tags: cheap, fast\n"
        f"find_launcher in {path} has no launcher for it"
    )
    assert caught.value.alternatives == ("cuda(mem=8G)", "mps")
    assert isinstance(caught.value, LauncherNotFound)


# --- Without


def test_this_machine(config_dir: Path, machine: HostSpecification) -> None:
    launcher = find_launcher("mps | cpu(cores=4)")
    assert isinstance(launcher, DirectLauncher)
    # The machine has its cores only once.
    assert find_launcher("mps", "cpu(mem=16G)") is launcher
    assert find_launcher() is launcher


def test_cards_of_this_machine(config_dir: Path, machine: HostSpecification) -> None:
    def devices(spec: str) -> str:
        launcher = find_launcher(spec)
        assert isinstance(launcher, DirectLauncher)
        assert find_launcher(spec) is launcher
        pool = launcher._gpus
        return "none" if pool is None else " ".join(pool.devices)

    assert devices("cpu") == "none"
    assert devices("cuda") == devices("gpu(mem=8G)") == "0 1"
    assert devices("cuda(mem=8G) & cpu(cores=4)") == "0 1"
    assert devices("cuda(mem=16G)") == "1"
    assert find_launcher("cuda") is find_launcher("gpu(mem=1G)")
    # Cards are handed out one by one: a job that needs several sees them all, alone.
    assert devices("cuda * 2") == "none"
    assert find_launcher("cuda * 2").max_jobs == 1


def test_more_than_this_machine(config_dir: Path, machine: HostSpecification) -> None:
    with pytest.raises(NoLauncherFound) as caught:
        find_launcher(cuda_gpu() * 3)
    assert str(caught.value) == (
        "no launcher for\n  cuda * 3\n"
        "this machine has 4 cores, 16G of memory, cuda with 8G, cuda with 24G; "
        f"describe other places in {config_dir / 'launchers.py'}"
    )


def test_a_file_that_comes_later(launchers_py: Write, config_dir: Path, machine: HostSpecification) -> None:
    assert "ASKED" not in find_launcher("cpu").environ
    path = launchers_py(REMEMBERS)
    assert "ASKED" in find_launcher("cpu").environ
    path.unlink()
    assert "ASKED" not in find_launcher("cpu").environ


def test_the_machine_is_looked_at_once(
    config_dir: Path, machine: HostSpecification, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []

    def look(cuda: object) -> HostSpecification:
        looks.append(None)
        return machine

    monkeypatch.setattr("xpm_scheduler.launcherfinder.machine.this_machine", look)
    found: list[Launcher] = []
    threads = [threading.Thread(target=lambda: found.append(find_launcher("cpu"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looks) == 1
    assert len(found) == 8 and len({id(launcher) for launcher in found}) == 1


def test_mistakes(config_dir: Path) -> None:
    with pytest.raises(RequirementSyntaxError, match="did you mean cuda"):
        find_launcher("cudda")
    with pytest.raises(TypeError, match="3 is neither a requirement nor a string"):
        find_launcher(3)  # type: ignore[arg-type]
