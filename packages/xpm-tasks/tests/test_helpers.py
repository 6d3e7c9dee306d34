"""Decorators and small helpers: deprecated names, cached results, composition, names of types."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from xpm_tasks import (
    STDERR,
    STDOUT,
    Config,
    ConfigurationError,
    DeclarationError,
    Identifier,
    Meta,
    Param,
    PathGenerator,
    Task,
    cache,
    config_only,
    deprecate,
    field,
    initializer,
    sealed_set,
)
from xpm_tasks.errors import NotAnInstanceError
from xpm_tasks.runtime import current_runtime, origin_of, set_runtime
from xpm_tasks.testing import FakeRuntime, FakeSubmitter


class New(Config):
    __xpmid__ = "h.new"
    x: Param[int] = field(default=1)

    @deprecate
    def old_x(self, value: int) -> None:
        self.x = value


class Holder(Config):
    new: Param[New]
    other: Param[Any] = field(default=None)


@deprecate
class Renamed(New):
    pass


@deprecate(New)
class Converted(Config):
    y: Param[int]

    def __convert__(self) -> New:
        return New.C(x=self.y)


@deprecate(New, replace=True)
class Replaced(Config):
    y: Param[int]

    def __convert__(self) -> New:
        return New.C(x=self.y + 1)


# --- Deprecation ---


def test_renamed_class() -> None:
    with pytest.warns(DeprecationWarning, match="Renamed is deprecated: use New") as found:
        old = Renamed.C(x=2)
    assert found[0].filename == __file__
    assert isinstance(old, New) and isinstance(old, Renamed)
    assert Renamed.__xpmtype__.identifier == "h.new"
    assert Renamed.__xpmtype__.original_identifier.endswith(".renamed")
    assert Holder.C(new=old).__identifier__() == Holder.C(new=New.C(x=2)).__identifier__()


def test_converted_class() -> None:
    converted: Any = Converted
    with pytest.warns(DeprecationWarning, match="Converted is deprecated: use New"):
        old = converted.C(y=3)
    assert isinstance(old, Converted)
    # Where the new form is wanted, it is given.
    made: Any = Holder
    holder = made.C(new=old, other=old)
    assert type(holder.new) is New.XPMConfig and holder.new.x == 3
    assert holder.other is old


def test_replaced_class() -> None:
    replaced: Any = Replaced
    with pytest.warns(DeprecationWarning, match="Replaced is deprecated: use New"):
        new = replaced.C(y=3)
    assert type(new) is New.XPMConfig and new.x == 4


def test_deprecated_parameter() -> None:
    new: Any = New
    with pytest.warns(DeprecationWarning, match=r"the parameter New\.old_x is deprecated") as found:
        config = new.C(old_x=5)
    assert config.x == 5 and found[0].filename == __file__
    with pytest.warns(DeprecationWarning):
        config.old_x = 6
    assert config.x == 6

    class Sub(New):
        pass

    sub: Any = Sub
    with pytest.warns(DeprecationWarning):
        assert sub.C(old_x=7).x == 7


def test_a_class_deprecated_by_its_dotted_name(make_module: Callable[[str, str], ModuleType]) -> None:
    make_module("library", "from xpm_tasks import *\nclass New(Config):\n    x: Param[int]\n")
    module = make_module(
        "user",
        """
        import library
        from xpm_tasks import *

        @deprecate(library.New)
        class Old(Config):
            y: Param[int]
            def __convert__(self):
                return library.New.C(x=self.y)

        @deprecate
        class OldName(library.New):
            pass
        """,
    )
    assert module.Old.__xpmtype__.deprecation.new.__name__ == "New"
    assert module.OldName.__xpmtype__.identifier == "library.new"


def test_deprecation_inside_a_function() -> None:
    class Base(Config):
        __xpmid__ = "local.base"

    @deprecate
    class OldBase(Base):
        pass

    @deprecate(Base)
    class Other(Config):
        def __convert__(self) -> Base:
            return Base.C()

    assert OldBase.__xpmtype__.identifier == "local.base"
    deprecation = Other.__xpmtype__.deprecation
    assert deprecation is not None and deprecation.new is Base


def test_deprecation_refused() -> None:
    with pytest.raises(DeclarationError, match=r"it needs a method __convert__\(self\) that gives a New"):

        @deprecate(New)
        class One(Config): ...

    with pytest.raises(DeclarationError, match="it must inherit from its new form, or have a __convert__"):

        @deprecate
        class Two(Config): ...

    with pytest.raises(DeclarationError, match="is not a configuration class"):

        @deprecate
        class Three: ...

    @deprecate(New)
    class Wrong(Config):
        def __convert__(self) -> Any:
            return 3

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(DeclarationError, match=r"Wrong\.__convert__ must give a New, not 3"):
            Wrong.C().__identifier__()


def test_deprecated_tasks_keep_their_folders(submitter: FakeSubmitter) -> None:
    class Work(Task):
        __xpmid__ = "h.work"

    @deprecate
    class OldWork(Work):
        pass

    Work.C().submit()
    with pytest.warns(DeprecationWarning):
        OldWork.C().submit()
    assert submitter.submissions[0].identifier == submitter.submissions[1].identifier
    assert submitter.submissions[0].task_id == submitter.submissions[1].task_id == "h.work"


# --- Results that are kept ---


class Vocabulary(Config):
    __xpmid__ = "h.Vocabulary"
    size: Param[int]

    @initializer
    def initialize(self, calls: list[int]) -> int:
        """Prepare."""
        calls.append(self.size)
        return len(calls)

    @cache("words.txt")
    def words(self, path: Path, extra: str = "") -> str:
        """Read the words."""
        if not path.exists():
            path.write_text(f"{self.size} words{extra}")
        return path.read_text()

    @config_only
    def only_before(self) -> int:
        return self.size


def test_initializer_runs_once_for_each_object() -> None:
    calls: list[int] = []
    one, two = Vocabulary.C(size=1).instance(), Vocabulary.C(size=2).instance()
    assert [one.initialize(calls), one.initialize(calls), two.initialize(calls)] == [1, 1, 2]
    assert calls == [1, 2]
    assert Vocabulary.initialize.__doc__ == "Prepare."


def test_cached_file(weird_path: Path) -> None:
    made = Vocabulary.C(size=3).instance()
    with FakeRuntime(weird_path / "job", workspace=weird_path).current():
        assert made.words(extra="!") == "3 words!"
        assert made.words(extra="?") == "3 words!"
        assert Vocabulary.C(size=4).instance().words() == "4 words"
    identifier = Vocabulary.C(size=3).__identifier__().hex()
    assert (weird_path / "config" / "h.vocabulary" / identifier / "words.txt").read_text() == "3 words!"


def test_cached_file_of_a_configuration(submitter: FakeSubmitter) -> None:
    config = Vocabulary.C(size=3)
    assert config.words() == "3 words"
    assert (submitter.workspace_path / "config" / "h.vocabulary").is_dir()


def test_cached_file_needs_a_workspace() -> None:
    with pytest.raises(ConfigurationError, match="needs a workspace"):
        Vocabulary.C(size=3).instance().words()


#: Several processes make the same cached file; each tells which content it got.
MAKE_CACHED = """
import sys
from pathlib import Path
from xpm_tasks import Config, Param, cache
from xpm_tasks.testing import FakeRuntime

class Vocabulary(Config):
    __xpmid__ = "h.vocabulary"
    size: Param[int]

    @cache("words.txt")
    def words(self, path):
        if not path.exists():
            path.write_text(f"made by {sys.argv[2]}")
        return path.read_text()

print("ready", flush=True)
sys.stdin.readline()
with FakeRuntime(Path(sys.argv[1])).current():
    print(Vocabulary.C(size=3).instance().words())
"""


def test_cached_file_is_made_by_one_process(weird_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_CACHED, str(weird_path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=60) for process in processes}
    assert len(said) == 1 and said.pop()[0].startswith("made by ")


def test_methods_for_configurations() -> None:
    config = Vocabulary.C(size=3)
    assert config.only_before() == 3
    with pytest.raises(NotAnInstanceError, match="only_before is for configurations"):
        config.instance().only_before()


# --- Composition ---


class Encoder(Config):
    dim: Param[int]


class Decoder(Config):
    encoder: Param[Encoder | None]


class Network(Config):
    decoder: Param[Decoder]
    name: Param[str] = field(default="")


def test_composition() -> None:
    encoder = Encoder.C(dim=3)
    network: Any = Network.C(name="n")  # type: ignore[call-arg]
    decoder: Any = Decoder.C()  # type: ignore[call-arg]
    assert network @ (decoder @ encoder) is network
    assert network.decoder.encoder is encoder


def test_composition_is_left_associative() -> None:
    class Both(Config):
        encoder: Param[Encoder]
        decoder: Param[Decoder]

    both: Any = Both.C()  # type: ignore[call-arg]
    decoder: Any = Decoder.C(encoder=None)
    made = both @ Encoder.C(dim=1) @ decoder
    assert made is both and both.encoder.dim == 1 and both.decoder is decoder


# --- Others ---


def test_sealed_set(tmp_path: Path) -> None:
    class Device(Config):
        device: Meta[str] = field(default="cpu")
        options: Meta[dict[str, int]] = field(default={})
        x: Param[int]

    config = Device.C(x=1).seal()
    identifier = config.__identifier__()
    sealed_set(config, device="cuda")
    assert config.device == "cuda" and config.__identifier__() == identifier
    assert config.instance().device == "cuda"


def test_names() -> None:
    name = Identifier("my.lib")
    assert str(name.model.base) == "my.lib.model.base" == name("model")["base"]
    assert repr(name.a) == "Identifier('my.lib.a')"
    assert hash(name.a) == hash("my.lib.a") and name.a == Identifier("my.lib.a")
    assert name.a != 3
    assert not hasattr(name, "_private")


def test_standard_streams_as_paths(submitter: FakeSubmitter) -> None:
    class Logs(Config):
        path: Meta[Path] = field(default_factory=STDOUT)

    class Work(Task):
        __xpmid__ = "h.Work"
        out: Meta[Path] = field(default_factory=STDOUT)
        err: Meta[Path] = field(default_factory=STDERR)
        file: Meta[Path] = field(default_factory=PathGenerator("x"))

    work = Work.C()
    work.submit()
    assert (work.out, work.err) == (work.jobpath / "work.out", work.jobpath / "work.err")


def test_instances_in_a_job(tmp_path: Path) -> None:
    class Say(Task):
        __xpmid__ = "h.Say"

    class Read(Task):
        say: Param[Say]

        def execute(self) -> None:
            self.seen: Any = (self.__taskdir__, self.__tags__, self.remaining_time(), self.say.__xpm_stdout__)

    say = Say.C().seal()
    read = Read.C(say=say).instance()
    assert read.remaining_time() is None
    with FakeRuntime(tmp_path, tmp_path / "w", {"lr": 1}, remaining_time_s=30.0).current():
        read.execute()
    stream = tmp_path / "w" / "jobs" / "h.say" / say.__identifier__().hex() / "say.out"
    assert read.seen == (tmp_path, {"lr": 1}, 30.0, stream)
    with pytest.raises(NotAnInstanceError, match="inside a job only"):
        _ = read.say.__xpm_stderr__


def test_a_job_reads_the_classes_it_needs(tmp_path: Path) -> None:
    """A module may declare hundreds of them, and each job imports it again."""
    with FakeRuntime(tmp_path).current():

        class Unused(Config):
            x: Param[bytes]

        class Used(Config):
            x: Param[int]

        assert Used.C(x=1).instance().x == 1
        with pytest.raises(DeclarationError, match=r"Unused.* 'x': .*bytes"):
            Unused.C(x=b"")
    with pytest.raises(DeclarationError, match=r"Elsewhere.* 'x': .*bytes"):

        class Elsewhere(Config):
            x: Param[bytes]


def test_a_job_reads_annotations_as_the_experiment_did(
    tmp_path: Path, make_module: Callable[[str, str], ModuleType]
) -> None:
    """Also where the module has given a name another meaning after the class."""
    source = """
from __future__ import annotations
from xpm_tasks import Config, Param

Width = int

class Sized(Config):
    width: Param[Width]

del Width
made = {}
for kind in (int, str):
    class Value(Config):
        __xpmid__ = f"h.{kind.__name__}"
        value: Param[kind]
        others: Param[list[Value]]
        later: Param[Later]
    made[kind] = Value
class Later(Config):
    pass
"""
    with FakeRuntime(tmp_path).current():
        module = make_module("names_that_change", source)
        assert module.Sized.C(width=4).width == 4
        later = module.Later.C()
        value = module.made[int].C(value=3, others=[], later=later)
        assert module.made[int].C(value=4, others=[value], later=later).others[0].value == 3
        assert module.made[str].C(value="3", others=[], later=later).value == "3"


def test_runtime_of_the_process(tmp_path: Path) -> None:
    assert current_runtime() is None
    runtime = FakeRuntime(tmp_path)
    set_runtime(runtime)
    assert current_runtime() is runtime
    set_runtime(None)


def test_origin() -> None:
    config = New.C()
    assert origin_of(config).identifier == origin_of(config.instance()).identifier
    with pytest.raises(NotAnInstanceError, match="was not made from a configuration"):
        origin_of(object())


def test_an_instance_has_no_job() -> None:
    from xpm_tasks import SubmissionError

    with pytest.raises(SubmissionError, match="an instance has no job"):
        _ = Task.C().instance().job


# --- The package ---


def test_all_names_exist() -> None:
    import xpm_tasks

    assert len(set(xpm_tasks.__all__)) == len(xpm_tasks.__all__)
    for name in xpm_tasks.__all__:
        assert getattr(xpm_tasks, name) is not None
    assert set(xpm_tasks.__all__) <= set(dir(xpm_tasks))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = xpm_tasks.nothing


PUBLIC = [
    "Config",
    "Task",
    "ResumableTask",
    "LightweightTask",
    "InstanceConfig",
    "Prepare",
    "Action",
    "Interaction",
    "CLIInteraction",
    "Param",
    "Option",
    "Meta",
    "DataPath",
    "OptionalDataPath",
    "Annotated",
    "Constant",
    "field",
    "help",
    "Any",
    "SubmitHook",
    "Identifier",
    "Array",
    "TagDict",
    "tag",
    "tags",
    "tagspath",
    "stop_tags",
    "STDOUT",
    "STDERR",
    "deprecate",
    "initializer",
    "config_only",
    "cache",
    "Choices",
    "partial",
    "param_group",
    "Partial",
    "ParameterGroup",
    "PathGenerator",
    "pathgenerator",
    "copyconfig",
    "setmeta",
    "sealed_set",
    "DependentMarker",
    "ObjectStore",
    "load",
    "load_configs",
    "load_xp_info",
    "ExperimentInfo",
    "save",
    "serialize",
    "deserialize",
    "state_dict",
    "from_state_dict",
    "from_task_dir",
    "SerializationContext",
    "SerializationLWTask",
    "PathSerializationLWTask",
    "DirectoryContext",
    "GracefulTimeout",
    "TaskCancelled",
    "RunMode",
    "TransientMode",
    "progress",
    "tqdm",
    "Path",
    "__version__",
]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name(name: str) -> None:
    import xpm_tasks

    assert name in xpm_tasks.__all__


def test_what_a_star_gives() -> None:
    for module in ("xpm_tasks", "xpm_tasks.annotations"):
        names: dict[str, Any] = {}
        exec(f"from {module} import *", names)
        assert get_args(names["DataPath"])[0] is Path
        assert "Param" in names


def test_what_importing_does_not_load() -> None:
    def modules(code: str) -> set[str]:
        show = f"{code}\nimport sys; print(*sys.modules)"
        result = subprocess.run(
            [sys.executable, "-I", "-c", show], capture_output=True, text=True, check=True
        )
        return set(result.stdout.split())

    bare = modules("pass")
    package = modules("import xpm_tasks") - bare
    assert {name for name in package if name.startswith("xpm_")} == {"xpm_tasks"}
    declared = modules("from xpm_tasks import Config, Task, Param, Meta, field, PathGenerator") - bare
    job = modules("from xpm_tasks.parameters import load_task, run_task; import xpm_tasks.config") - bare
    heavy = {
        "dataclasses",
        "inspect",
        "hashlib",
        "json",
        "ast",
        "threading",
        "subprocess",
        "asyncio",
        "socket",
    }
    assert not (declared | job) & heavy - bare
    third_party = {name.partition(".")[0] for name in declared | job} - set(sys.stdlib_module_names)
    assert third_party == {"xpm_tasks"}
