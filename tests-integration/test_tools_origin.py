"""Our distributions come from our folder: a package with our name from an index is found out."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from xpm_tools import origin
from xpm_tools.errors import WrongOrigin
from xpm_tools.packages import Package


def make_wheel(folder: Path, name: str, version: str, code: str = "") -> Path:
    """Write a wheel with one module by hand."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{module}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return wheel


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Place:
    """An empty virtual environment, our folder of wheels, and somebody else's index."""

    def __init__(self, folder: Path) -> None:
        self.environment = folder / "venv"
        self.dist = folder / "dist"
        self.index = folder / "index"
        self._uv("venv", "--python", sys.executable, str(self.environment))

    def install(self, *what: str | Path) -> None:
        python = str(self.environment / "bin" / "python")
        index = ["--no-index", "--find-links", str(self.index)]
        self._uv("pip", "install", "--python", python, *index, *map(str, what))

    def _uv(self, *arguments: str) -> None:
        self.index.mkdir(parents=True, exist_ok=True)
        subprocess.run([find_uv_bin(), *arguments], check=True, capture_output=True)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / 'l\'été of "wheels"')


def test_wheels_given_by_path_are_ours(place: Place) -> None:
    wheels = [make_wheel(place.dist, name, "0.1") for name in ("xpm-mock", "experimaestro")]
    make_wheel(place.index, "attrs", "1.0")
    place.install(*wheels, "attrs")
    origin.verify_wheels(place.environment, place.dist, ["xpm_mock", "experimaestro"])
    assert set(origin.installed(place.environment)) == {"xpm-mock", "experimaestro", "attrs"}


def test_the_package_of_the_registry_is_found_out(place: Place) -> None:
    make_wheel(place.index, "experimaestro", "99.0")
    place.install("experimaestro")
    with pytest.raises(WrongOrigin, match=r"experimaestro 99\.0 comes from an index"):
        origin.verify_wheels(place.environment, place.dist, ["experimaestro"])


def test_an_unknown_package_with_a_name_like_ours_is_found_out(place: Place) -> None:
    make_wheel(place.index, "xpm-anything", "1.0")
    wheel = make_wheel(place.dist, "xpm-mock", "0.1")
    place.install(wheel, "xpm-anything")
    with pytest.raises(WrongOrigin, match=r"xpm-anything 1\.0 comes from an index"):
        origin.verify_wheels(place.environment, place.dist, ["xpm-mock"])


def test_a_wheel_from_another_folder_is_found_out(place: Place) -> None:
    place.install(make_wheel(place.dist / "deeper", "xpm-mock", "0.1"))
    with pytest.raises(WrongOrigin, match=r"xpm-mock 0\.1 comes from .*deeper"):
        origin.verify_wheels(place.environment, place.dist, ["xpm-mock"])


def test_an_installation_that_differs_from_its_wheel_is_found_out(place: Place) -> None:
    place.install(make_wheel(place.dist, "xpm-mock", "0.1", code="a = 1"))
    make_wheel(place.dist, "xpm-mock", "0.1", code="a = 2")
    with pytest.raises(WrongOrigin, match=r"differs from xpm_mock-0\.1.*xpm_mock\.py"):
        origin.verify_wheels(place.environment, place.dist, ["xpm-mock"])


def test_a_missing_package_is_told(place: Place) -> None:
    with pytest.raises(WrongOrigin, match="xpm-mock is not installed"):
        origin.verify_wheels(place.environment, place.dist, ["xpm-mock"])


def test_an_editable_environment_must_be_the_source_folders(place: Place, tmp_path: Path) -> None:
    package = Package(name="xpm-mock", module="xpm_mock", folder=tmp_path / "xpm-mock", requirements=())
    place.install(make_wheel(place.dist, "xpm-mock", "0.1"))
    with pytest.raises(WrongOrigin, match=r"xpm-mock 0\.1 comes from"):
        origin.verify_editable(place.environment, [package])
    (record,) = place.environment.glob("lib/python*/site-packages/xpm_mock-0.1.dist-info/direct_url.json")
    record.write_text(json.dumps({"url": package.folder.as_uri(), "dir_info": {"editable": True}}))
    origin.verify_editable(place.environment, [package])


def test_the_report_of_pip_tells_where_each_package_came_from(tmp_path: Path) -> None:
    dist, report = tmp_path / "our dist", tmp_path / "report.json"
    registry = "https://registry.example/experimaestro-99.0-py3-none-any.whl"

    def write(**urls: str) -> None:
        items = [{"metadata": {"name": name}, "download_info": {"url": url}} for name, url in urls.items()]
        report.write_text(json.dumps({"install": items}))

    ours = (dist / "experimaestro-3.0-py3-none-any.whl").as_uri()
    write(experimaestro=ours, click="https://registry.example/click-8.whl")
    origin.verify_pip_report(report, dist)
    write(experimaestro=registry)
    with pytest.raises(WrongOrigin, match="experimaestro came from https://registry"):
        origin.verify_pip_report(report, dist)


@pytest.mark.parametrize(
    ("name", "ours"),
    [("experimaestro", True), ("XPM_Mock", True), ("xpm.tasks", True), ("xpmotion", False), ("click", False)],
)
def test_names_that_are_ours(name: str, ours: bool) -> None:
    assert origin.is_ours(name) is ours
