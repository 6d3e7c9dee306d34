"""Saving and loading: configurations, their files, the folders of jobs, the objects of a run."""

# ruff: noqa: E501 - documents and programs are easier to read unbroken

from __future__ import annotations

import enum
import json
import resource
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_tasks import (
    Config,
    Constant,
    DataPath,
    DependentMarker,
    InstanceConfig,
    LightweightTask,
    LoadError,
    Meta,
    OptionalDataPath,
    Param,
    PathGenerator,
    PathSerializationLWTask,
    SerializationContext,
    SerializedPath,
    Task,
    deserialize,
    field,
    from_state_dict,
    from_task_dir,
    load,
    load_configs,
    load_xp_info,
    save,
    serialize,
    setmeta,
    state_dict,
)
from xpm_tasks.errors import ConfigurationError, MissingClassError, VersionError
from xpm_tasks.graphs import GraphWriter
from xpm_tasks.parameters import load_task, write_parameters
from xpm_tasks.testing import FakeSubmitter


class Color(enum.Enum):
    RED = 1


class Mode(enum.Flag):
    A = 1
    B = 2


class Right(enum.IntFlag):
    READ = 1
    WRITE = 2


class Leaf(Config):
    x: Param[int] = field(default=1)


class Data(Config):
    name: Param[str]
    file: DataPath
    folder: OptionalDataPath


class Everything(Config):
    value: Param[Any]
    leaf: Param[Leaf | None] = field(default=None)
    version: Constant[int] = 3


class Model(Config):
    leaf: Param[Leaf]
    weights: Meta[Path] = field(default_factory=PathGenerator("weights.pt"))


class Learn(Task):
    model: Param[Model]
    log: Meta[Path] = field(default_factory=PathGenerator("log.txt"))

    def task_outputs(self, dep: DependentMarker) -> Model:
        return dep(self.model)

    def execute(self) -> None: ...


class Evaluate(Task):
    model: Param[Model]

    def execute(self) -> None: ...


class Init(LightweightTask):
    seed: Param[int]
    ran: Meta[list[int]] = field(default_factory=list)

    def execute(self) -> None:
        self.ran.append(self.seed)


class Loader(PathSerializationLWTask):
    def execute(self) -> None:
        self.value.content = self.path.read_text()  # type: ignore[attr-defined]


VALUES: list[Any] = [
    None, True, 0, -(2**70), 1.5, float("inf"), float("-inf"), "é\n\ud800", [], [1, [2]], (), (1, (2,)), set(),
    {1, 2}, {"a": 1}, {"type": 1}, {1: "a", (2, 3): None}, Path("a/b"), Path("/a b"), Color.RED, Mode.A | Mode.B,
    {Color.RED: [Path("x")]}, {"type": "python", "value": 1}, [{"type": {"type": "x"}}],
    Mode(0), Right(0), Right.READ | Right.WRITE,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value(value: Any) -> None:
    state = json.loads(json.dumps(state_dict(Everything.C(value=value))))
    for as_instance in (False, True):
        found = from_state_dict(state, as_instance=as_instance).value
        assert found == value and type(found) is type(value)


def test_nan() -> None:
    state = json.loads(json.dumps(state_dict(Everything.C(value=[float("nan")])), allow_nan=False))
    assert repr(from_state_dict(state).value) == "[nan]"


def test_configurations_are_not_sealed_and_share_parts() -> None:
    leaf = Leaf.C(x=3)
    config = Everything.C(value=[leaf, {leaf}, {"k": leaf}], leaf=leaf)
    loaded = from_state_dict(state_dict(config))
    assert loaded.value[0] is loaded.leaf is loaded.value[2]["k"]
    assert loaded.value[1] == {loaded.leaf}
    assert loaded.__identifier__() == config.__identifier__()
    loaded.leaf.x = 4


@pytest.mark.parametrize("shape", [list, tuple, lambda items: {"a": items[0], "b": list(items)}])
def test_several_at_once(shape: Callable[[Any], Any]) -> None:
    leaf = Leaf.C(x=3)
    one, two = Everything.C(value=leaf), Everything.C(value=[leaf])
    value = shape((one, two))
    loaded = from_state_dict(json.loads(json.dumps(state_dict(SerializationContext(), value))))
    assert type(loaded) is type(value)
    first, second = (loaded["a"], loaded["b"][1]) if isinstance(loaded, dict) else loaded
    assert first.value is second.value[0]


def test_nothing_to_save() -> None:
    with pytest.raises(ConfigurationError, match="no configuration to save"):
        state_dict([1, 2])
    with pytest.raises(ValueError, match="has no value for 'name'"):
        state_dict(Data.C())  # type: ignore[call-arg]
    with pytest.raises(
        ConfigurationError, match=r"Everything\.value: a value of type object cannot be written"
    ):
        state_dict(Everything.C(value=object()))


def test_marks_travel() -> None:
    config = Everything.C(value=setmeta(Leaf.C(), True), leaf=setmeta(Leaf.C(), False))
    config.__xpm__.init_tasks = (Init.C(seed=1),)
    loaded = from_state_dict(state_dict(config))
    assert loaded.value.__xpm__.meta is True and loaded.leaf.__xpm__.meta is False
    assert loaded.__xpm__.init_tasks[0].seed == 1
    assert loaded.__identifier__() == config.__identifier__()


class Seeded(Config):
    seed: Param[int] = field(default_factory=lambda: 3, ignore_generated=True)


def test_what_a_factory_gave_stays_out_of_the_identifier() -> None:
    config = Seeded.C()
    loaded = from_state_dict(state_dict(config))
    assert loaded.seed == 3
    assert loaded.__identifier__() == config.__identifier__()
    assert state_dict(loaded) == state_dict(config)
    assert Everything.C(value=loaded).value is loaded  # it belongs to no task
    given = from_state_dict(state_dict(Seeded.C(seed=3)))
    assert given.__identifier__() == Seeded.C(seed=3).__identifier__() != config.__identifier__()


def test_constants_keep_the_value_they_had() -> None:
    state = json.loads(json.dumps(state_dict(Everything.C(value=1))))
    state["objects"][0]["fields"]["version"] = 2
    assert from_state_dict(state).version == 2


def test_loops_and_instances() -> None:
    class_ = Everything
    config = class_.C(value=None)
    config.value = [config]
    loaded = from_state_dict(state_dict(config))
    assert loaded.value[0] is loaded
    made = from_state_dict(state_dict(config), as_instance=True)
    assert made.value[0] is made
    pair = class_.C(value=[Twin.C(), Twin.C()])
    assert from_state_dict(state_dict(pair)).__identifier__() == pair.__identifier__()


class Twin(InstanceConfig):
    pass


# --- Files ---


def data(folder: Path) -> Data:
    (folder / "some data").mkdir()
    (folder / "some data" / "a").write_text("a")
    (folder / "words.txt").write_text("words")
    return Data.C(name="n", file=folder / "words.txt", folder=folder / "some data")


def test_files_travel(weird_path: Path, tmp_path: Path) -> None:
    config = data(weird_path)
    other = Data.C(name="o", file=weird_path / "words.txt", folder=None)
    saved = tmp_path / "saved here"
    save(Everything.C(value=[config, other]), saved)
    moved = tmp_path / "moved"
    saved.rename(moved)
    for as_instance in (False, True):
        loaded, second = load(moved, as_instance=as_instance).value
        assert loaded.file.read_text() == "words" and loaded.file.is_relative_to(moved)
        assert (loaded.folder / "a").read_text() == "a"
        assert second.file.read_text() == "words" and second.file != loaded.file
        assert second.folder is None
    definition = json.loads((moved / "definition.json").read_text())
    field_ = definition["objects"][0]["fields"]
    assert field_["file"]["type"] == "path.serialized"
    assert (field_["file"]["is_folder"], field_["folder"]["is_folder"]) == (False, True)


def test_saving_twice(tmp_path: Path) -> None:
    config = data(tmp_path)
    save(config, tmp_path / "saved")
    save(config, tmp_path / "saved")
    assert load(tmp_path / "saved").name == "n"


def test_missing_file(tmp_path: Path) -> None:
    config = Data.C(name="n", file=tmp_path / "nothing", folder=None)
    with pytest.raises(
        ConfigurationError, match=r"Data\.file cannot be saved: .*No such file.*\(at .*test_serial"
    ):
        save(config, tmp_path / "saved")


def test_a_context_of_your_own(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    class Upload(SerializationContext):
        def serialize(self, var_path: list[str], data_path: Path) -> SerializedPath:
            seen.append(var_path)
            return SerializedPath(Path("uploaded", *var_path))

    config = data(tmp_path)
    state = state_dict(Upload(), config)
    assert seen == [["1", "file"], ["1", "folder"]]
    loaded = from_state_dict(state, lambda relative: tmp_path / "cache" / relative)
    assert loaded.file == tmp_path / "cache" / "uploaded" / "1" / "file"
    with pytest.raises(LoadError, match=r"the file 'uploaded/1/file' is not here"):
        from_state_dict(state)


def test_without_folder_paths_stay(tmp_path: Path) -> None:
    config = data(tmp_path)
    assert from_state_dict(state_dict(config)).file == config.file


def test_configurations_may_write_their_files_themselves(tmp_path: Path) -> None:
    class Own(Config):
        file: DataPath

        def __xpm_serialize__(self, context: SerializationContext) -> dict[str, SerializedPath | None]:
            (tmp_path / "small").write_text("compressed")
            return {"file": context.serialize(["file"], tmp_path / "small")}

    (tmp_path / "big").write_text("big")
    state = state_dict(SerializationContext(tmp_path / "saved"), Own.C(file=tmp_path / "big"))
    value = state["objects"][0]["fields"]["file"]["value"]
    assert (tmp_path / "saved" / value).read_text() == "compressed"


def test_serialize_and_deserialize(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("state")
    leaf = Leaf.C(x=3)
    serialize(leaf, tmp_path / "saved", init_tasks=[Loader.C(value=leaf, path=tmp_path / "state")])
    config, (task,) = deserialize(tmp_path / "saved")
    assert config.x == 3 and task.value is config
    made = deserialize(tmp_path / "saved", as_instance=True)
    assert made.content == "state"
    save(leaf, tmp_path / "other")
    with pytest.raises(LoadError, match="was not written by serialize"):
        deserialize(tmp_path / "other")


def test_init_tasks_run_on_instances() -> None:
    config = Leaf.C()
    init = Init.C(seed=4)
    config.__xpm__.init_tasks = (init,)
    assert from_state_dict(state_dict({"leaf": config, "init": init}), as_instance=True)["init"].ran == [4]


# --- Folders of jobs ---


def submit_and_write(submitter: FakeSubmitter, task: Task) -> Any:
    result = task.submit()
    task.jobpath.mkdir(parents=True)
    path = task.jobpath / "params.json"
    write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3.0")
    return result


def test_from_task_dir(submitter: FakeSubmitter) -> None:
    learn = Learn.C(model=Model.C(leaf=Leaf.C(x=2)))
    submit_and_write(submitter, learn)
    loaded = from_task_dir(learn.jobpath)
    assert loaded.log == learn.jobpath / "log.txt"
    assert loaded.model.weights == learn.jobpath / "out" / "model" / "weights.pt"
    assert loaded.__identifier__() == learn.__identifier__()
    made = from_task_dir(learn.jobpath, as_instance=True)
    assert type(made) is Learn and made.log == learn.log
    # A part can be put into another task, and keeps its path.
    Evaluate.C(model=loaded.model).submit()
    assert submitter.last.task.model.weights == loaded.model.weights  # type: ignore[attr-defined]


def test_paths_are_relative_to_the_job_or_the_workspace(submitter: FakeSubmitter) -> None:
    learn = Learn.C(model=Model.C(leaf=Leaf.C()))
    model = learn.submit()
    evaluate = Evaluate.C(model=model)
    submit_and_write(submitter, evaluate)
    document = json.loads((evaluate.jobpath / "params.json").read_text())
    fields = {item["typename"].rpartition(".")[2]: item["fields"] for item in document["objects"]}
    expected = {
        "type": "path",
        "value": learn.log.relative_to(submitter.workspace_path).as_posix(),
        "base": "workspace",
    }
    assert fields["Learn"]["log"] == expected
    assert load_task(evaluate.jobpath / "params.json").model.weights == model.weights


def test_outputs_keep_their_task(submitter: FakeSubmitter) -> None:
    learn = Learn.C(model=Model.C(leaf=Leaf.C(x=2)))
    model = learn.submit()
    evaluate = Evaluate.C(model=model)
    submit_and_write(submitter, evaluate)
    loaded = from_task_dir(evaluate.jobpath)
    assert isinstance(loaded.model.__xpm__.task, Learn)
    assert loaded.__identifier__() == evaluate.__identifier__()
    assert loaded.model.__xpm__.task.__identifier__() == learn.__identifier__()
    # There is nothing to wait for: that task was not submitted here.
    Evaluate.C(model=loaded.model).submit()
    assert submitter.last.dependencies == ()
    assert submitter.last.identifier == evaluate.__identifier__().hex()


def test_only_what_a_job_needs_is_made(submitter: FakeSubmitter) -> None:
    evaluate = Evaluate.C(model=Learn.C(model=Model.C(leaf=Leaf.C())).submit())
    submit_and_write(submitter, evaluate)
    path = evaluate.jobpath / "params.json"
    document = json.loads(path.read_text())
    for item in document["objects"]:
        if item["typename"].endswith("Learn"):
            item["type"] = "Gone"
    path.write_text(json.dumps(document))
    assert load_task(path).model.leaf.x == 1


def test_version_2(submitter: FakeSubmitter, tmp_path: Path) -> None:
    document = {
        "workspace": str(tmp_path),
        "version": 2,
        "objects": [
            {"id": 140, "module": __name__, "type": "Leaf", "typename": "leaf", "fields": {"x": 5}},
            {
                "id": 97, "module": __name__, "type": "Model", "typename": "model",
                "fields": {"leaf": {"type": "python", "value": 140}, "weights": {"type": "path", "value": "/abs/w"}},
            },
        ],
    }  # fmt: skip
    (tmp_path / "params.json").write_text(json.dumps(document))
    made = load_task(tmp_path / "params.json")
    assert made.leaf.x == 5 and made.weights == Path("/abs/w")
    assert from_task_dir(tmp_path).leaf.x == 5


@pytest.mark.parametrize("version", [4, 100])
def test_newer_version(tmp_path: Path, version: int) -> None:
    path = tmp_path / "params.json"
    path.write_text(json.dumps({"version": version, "experimaestro": "9.9", "objects": []}))
    with pytest.raises(VersionError, match=rf"version {version}, written by experimaestro 9\.9.*upgrade"):
        load_task(path)


def test_class_added_a_parameter_since(submitter: FakeSubmitter) -> None:
    state = state_dict(Everything.C(value=1))
    del state["objects"][0]["fields"]["leaf"]
    assert from_state_dict(state).leaf is None
    assert from_state_dict(state, as_instance=True).leaf is None


def test_class_dropped_a_parameter_since() -> None:
    state = state_dict(Leaf.C())
    state["objects"][0]["fields"]["old"] = 3
    with pytest.warns(UserWarning, match=r"the class has no parameter 'old' any more"):
        assert from_state_dict(state).x == 1


def test_class_that_moved(make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module("package.inner", "from xpm_tasks import *\nclass A(Config):\n    x: Param[int]\n")
    state = state_dict(module.A.C(x=1))
    item = state["objects"][0]
    assert "file" not in item
    del module.A
    with pytest.raises(
        MissingClassError, match=r"package\.inner\.A is not there any more \(looked in the module"
    ):
        from_state_dict(state)
    item["module"] = "package.nowhere"
    with pytest.raises(
        MissingClassError, match=r"no module 'package\.nowhere' \(looked in the module package"
    ):
        from_state_dict(state)


def test_file_that_moved(make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module("alone", "from xpm_tasks import *\nclass A(Config):\n    x: Param[int]\n")
    state = state_dict(module.A.C(x=1))
    file = Path(state["objects"][0]["file"])
    assert file.name == "alone.py" and file.is_absolute()
    file.unlink()
    del sys.modules["alone"]
    with pytest.raises(
        MissingClassError, match=r"cannot be loaded in .*alone\.py: ImportError: the file .* does not exist"
    ):
        from_state_dict(state)


def test_file_with_a_mistake(make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module("mistaken", "from xpm_tasks import *\nclass A(Config):\n    x: Param[int]\n")
    state = state_dict(module.A.C(x=1))
    Path(state["objects"][0]["file"]).write_text("class :")
    del sys.modules["mistaken"]
    with pytest.raises(MissingClassError, match=r"mistaken\.py: SyntaxError: "):
        from_state_dict(state)
    assert "mistaken" not in sys.modules


def test_class_in_a_function() -> None:
    class Local(Config):
        pass

    with pytest.raises(MissingClassError, match=r"was made inside a function: .*move the class to the top"):
        from_state_dict(state_dict(Local.C()))


def test_the_program_itself(weird_path: Path) -> None:
    """Classes of ``__main__`` are loaded from its file, whose main part does not run again."""
    program = weird_path / "main program.py"
    program.write_text(
        textwrap.dedent(
            """
            import sys
            from pathlib import Path
            from xpm_tasks import *
            from xpm_tasks.testing import FakeSubmitter
            from xpm_tasks.parameters import write_parameters
            import neighbour

            class Sub(Config):
                x: Param[int]

            class Work(Task):
                sub: Param[Sub]
                def execute(self):
                    print("executed", self.sub.x, isinstance(self.sub, Sub), neighbour.NAME)

            if __name__ == "__main__":
                print("main")
                folder = Path(sys.argv[1])
                with FakeSubmitter(folder).current():
                    task = Work.C(sub=Sub.C(x=3))
                    task.submit()
                    write_parameters(task, folder / "params.json", workspace=folder, experimaestro_version="3")
            """
        )
    )
    (weird_path / "neighbour.py").write_text("NAME = 'next door'")

    def run(*arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd="/"
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert run(str(program), str(weird_path)) == "main\n"
    code = "import sys; from xpm_tasks import load_task, run_task; run_task(load_task(sys.argv[1]))"
    assert run("-c", code, str(weird_path / "params.json")) == "executed 3 True next door\n"


# --- Runs ---


def test_objects_of_a_run(submitter: FakeSubmitter, tmp_path: Path) -> None:
    leaf = Leaf.C(x=4)
    learn = Learn.C(model=Model.C(leaf=leaf))
    model = learn.submit()
    evaluate = Evaluate.C(model=model)
    evaluate.submit()
    workspace = submitter.workspace_path
    with GraphWriter(tmp_path / "objects.jsonl", workspace=workspace, experimaestro_version="3") as writer:
        writer.add_job("learn/1", learn, {"lr": 0.1}, [])
        writer.add_job("evaluate/2", evaluate, {}, ["learn/1"])
        writer.add_action("publish", Everything.C(value=model))
    info = load_xp_info(tmp_path)
    assert list(info.jobs) == ["learn/1", "evaluate/2"]
    assert info.jobs["evaluate/2"].model is info.jobs["learn/1"].model is info.actions["publish"].value
    assert info.jobs["evaluate/2"].model.__xpm__.task is info.jobs["learn/1"]
    assert info.tags == {"learn/1": {"lr": 0.1}, "evaluate/2": {}}
    assert info.dependencies["evaluate/2"] == ["learn/1"]
    assert info.workspace == workspace
    assert info.jobs["learn/1"].log == learn.log
    assert load_configs(tmp_path / "objects.jsonl").keys() == info.jobs.keys()
    rows = info.rows()
    assert rows[0]["lr"] == 0.1 and rows[0]["path"] == str(workspace / "jobs" / "learn" / "1")


def test_objects_of_the_last_run_of_an_experiment(submitter: FakeSubmitter, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"objects\.jsonl: No such file"):
        load_xp_info(tmp_path)
    for run in ("20250102_1", "20250102_2", "20250101_3"):
        learn = Learn.C(model=Model.C(leaf=Leaf.C()))
        learn.submit()
        file = tmp_path / "runs" / run / "objects.jsonl"
        file.parent.mkdir(parents=True)
        with GraphWriter(file, workspace=tmp_path, experimaestro_version="3") as writer:
            writer.add_job(run, learn, {}, [])
    assert list(load_xp_info(tmp_path).jobs) == ["20250102_2"]


def test_objects_of_a_run_that_was_cut(submitter: FakeSubmitter, tmp_path: Path) -> None:
    learn = Learn.C(model=Model.C(leaf=Leaf.C()))
    learn.submit()
    file = tmp_path / "objects.jsonl"
    with GraphWriter(file, workspace=tmp_path, experimaestro_version="3") as writer:
        writer.add_job("learn/1", learn, {}, [])
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"job": "half')
    assert list(load_xp_info(tmp_path).jobs) == ["learn/1"]
    file.write_bytes(b"not json\n" + whole)
    with pytest.raises(LoadError, match=r"objects\.jsonl, line 1: it is not JSON"):
        load_xp_info(tmp_path)
    file.write_bytes(b"[]\n" + whole)
    with pytest.raises(LoadError, match="line 1: an object was expected"):
        load_xp_info(tmp_path)
    file.write_bytes(whole.splitlines(keepends=True)[0])
    assert load_xp_info(tmp_path).jobs == {}
    file.unlink()
    with pytest.raises(LoadError, match="No such file"):
        load_xp_info(tmp_path)


def test_objects_of_a_run_whose_disk_was_full_for_a_while(submitter: FakeSubmitter, tmp_path: Path) -> None:
    leaf = Leaf.C(x=4)
    first, second = (Learn.C(model=Model.C(leaf=leaf)), Evaluate.C(model=Model.C(leaf=leaf)))
    file = tmp_path / "objects.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with GraphWriter(file, workspace=tmp_path, experimaestro_version="3") as writer:
        writer.add_job("learn/1", first, {}, [])
        for room in (0, 1, 150):
            resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + room, limits[1]))
            try:
                with pytest.raises(OSError, match="large"):
                    writer.add_job("evaluate/2", second, {}, [])
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert list(load_xp_info(tmp_path).jobs) == ["learn/1"]
        writer.add_job("evaluate/2", second, {}, [])
    info = load_xp_info(tmp_path)
    assert list(info.jobs) == ["learn/1", "evaluate/2"]
    assert info.jobs["evaluate/2"].model.leaf is info.jobs["learn/1"].model.leaf


def test_objects_of_a_run_that_two_threads_describe(submitter: FakeSubmitter, tmp_path: Path) -> None:
    tasks = [Learn.C(model=Model.C(leaf=Leaf.C(x=number))) for number in range(200)]
    for task in tasks:
        task.submit()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with GraphWriter(tmp_path / "objects.jsonl", workspace=tmp_path, experimaestro_version="3") as writer:

            def act() -> None:
                for number, task in enumerate(tasks):
                    writer.add_action(f"action {number}", Everything.C(value=task.model))

            other = threading.Thread(target=act)
            other.start()
            for number, task in enumerate(tasks):
                writer.add_job(f"learn/{number}", task, {}, [])
            other.join()
    finally:
        sys.setswitchinterval(before)
    info = load_xp_info(tmp_path)
    assert [info.jobs[f"learn/{number}"].model.leaf.x for number in range(200)] == list(range(200))
    assert [info.actions[f"action {number}"].value.leaf.x for number in range(200)] == list(range(200))


def test_data_frame_needs_pandas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "objects.jsonl").write_text('{"version": 3}\n')
    info = load_xp_info(tmp_path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"to_dataframe\(\) needs pandas"):
        info.to_dataframe()

    class FakePandas(ModuleType):
        @staticmethod
        def DataFrame(rows: Any) -> Any:
            return ("frame", rows)

    monkeypatch.setitem(sys.modules, "pandas", FakePandas("pandas"))
    assert info.to_dataframe() == ("frame", [])
