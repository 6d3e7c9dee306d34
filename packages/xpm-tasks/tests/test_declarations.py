"""Class statements: what they may declare, what they refuse, and when they warn."""

from __future__ import annotations

import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, ClassVar, Generic, Optional, TypeVar

import pytest

import xpm_tasks
from xpm_tasks import (
    Choices,
    Config,
    Constant,
    DataPath,
    DeclarationError,
    Meta,
    Option,
    Param,
    PathGenerator,
    Task,
    field,
    help,
    pathgenerator,
)

T = TypeVar("T")
P = Param[T]
META: Any = type(Config)


class Base(Config):
    x: Param[int]


class SubBase(Base):
    pass


def test_parameters_of_a_class() -> None:
    class Model(Base):
        name: Param[str] = field(default="m")
        device: Option[str] = field(default="cpu")
        version: Constant[int] = 2
        data: DataPath = field(default=Path())
        other: int = 3
        counter: ClassVar[int] = 0

    arguments = Model.__getxpmtype__().arguments
    assert list(arguments) == ["x", "name", "device", "version", "data"]
    assert [arguments[name].required for name in arguments] == [True, False, False, False, False]
    assert [arguments[name].ignored for name in arguments] == [False, False, True, False, True]
    assert arguments["name"].default == "m"
    assert str(arguments["x"].type) == "int"
    assert arguments["version"].constant and arguments["data"].data
    assert Model.other == 3


def test_defaults_are_not_attributes_of_the_class() -> None:
    class Model(Config):
        name: Param[str] = field(default="m")

    with pytest.raises(AttributeError):
        _ = Model.name
    assert Model.C().name == "m"


def test_several_parents() -> None:
    class Mixin(Config):
        y: Param[str]

    class Both(Base, Mixin):
        z: Param[float]

    assert set(Both.__xpmtype__.arguments) == {"x", "y", "z"}
    config = Both.C(x=1, y="a", z=2)
    assert isinstance(config, Mixin) and isinstance(config, Base)
    assert isinstance(config, Base.XPMConfig)


def test_plain_parents() -> None:
    class Plain:
        def hello(self) -> str:
            return "hello"

    class Model(Plain, Config):
        x: Param[int]

    assert Model.C(x=1).hello() == "hello"
    assert Model.C(x=1).instance().hello() == "hello"


def test_abstract_classes() -> None:
    class Model(Config, ABC):
        @abstractmethod
        def run(self) -> int: ...

    class Real(Model):
        def run(self) -> int:
            return 3

    assert Real.C().instance().run() == 3
    with pytest.raises(TypeError, match="abstract"):
        Model.C().instance()

    @Model.value_class()
    class Value(Model):
        def run(self) -> int:
            return 4

    assert Model.C().instance().run() == 4


# --- Redefinition ---


def test_redefinition_warns() -> None:
    with pytest.warns(UserWarning, match=r"Model\.x redefines the parameter of .*\.Base"):

        class Model(Base):
            x: Param[int] = field(default=3)


def test_redefinition_on_purpose() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class Model(Base):
            x: Param[int] = field(default=3, overrides=True)

    assert Model.C().x == 3


def test_plain_attribute_that_hides_a_parameter() -> None:
    class Base(Config):
        layers: Param[int] = field(default=2)
        size: Param[int] = field(default=2)

    with pytest.warns(UserWarning, match=r"Deep\.layers = 3 hides the parameter 'layers'.*overrides=True"):

        class Deep(Base):
            layers = 3

    class Computed(Base):
        @property
        def half(self) -> int:
            return self.size // 2

    assert Computed.C().half == 1


def test_redefinition_with_a_sub_type() -> None:
    class Holder(Config):
        base: Param[Base]

    class SubHolder(Holder):
        base: Param[SubBase] = field(overrides=True)

    with pytest.raises(ValueError, match=r"SubHolder\.base must be SubBase"):
        SubHolder.C(base=Base.C(x=1))  # type: ignore[arg-type]


def test_redefinition_with_another_type() -> None:
    with pytest.raises(TypeError, match=r"parameter 'x' is str, but int in .*Base"):

        class Model(Base):
            x: Param[str] = field(overrides=True)  # type: ignore[assignment]


def test_redefinition_with_a_wider_type() -> None:
    class Holder(Config):
        base: Param[SubBase]

    with pytest.raises(TypeError, match="base"):

        class Wider(Holder):
            base: Param[Base] = field(overrides=True)  # type: ignore[assignment]


# --- Old forms ---


def test_bare_default_warns_where_it_is() -> None:
    with pytest.warns(
        DeprecationWarning, match=r"Model\.x = 3: write field\(default=3, ignore_default=True\)"
    ) as found:

        class Model(Config):
            x: Param[int] = 3

    assert found[0].filename == __file__
    assert Model.__xpmtype__.arguments["x"].ignore_default


def test_bare_default_warns_once_per_place() -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):

            class Model(Config):
                x: Param[int] = 4

    assert len([item for item in found if "= 4" in str(item.message)]) == 1


def test_ignore_default_with_a_value() -> None:
    with pytest.warns(DeprecationWarning, match=r"field\(ignore_default=3\)"):

        class Model(Config):
            x: Param[int] = field(ignore_default=3)

    assert Model.__xpmtype__.arguments["x"].default == 3
    assert Model.__xpmtype__.arguments["x"].ignore_default


@pytest.mark.parametrize("value", [True, False])
def test_ignore_default_with_a_boolean_value(value: bool) -> None:
    with pytest.warns(DeprecationWarning):

        class Model(Config):
            x: Param[bool] = field(ignore_default=value)

    assert Model.__xpmtype__.arguments["x"].default is value


def test_old_path_generator(tmp_path: Path) -> None:
    class Model(Config):
        __xpmid__ = "v.old"
        path: Annotated[Path, pathgenerator("a.txt")]
        meta: Meta[Annotated[Path, pathgenerator("b.txt")]]
        quoted: Annotated[Path, pathgenerator("c.txt")]
        other: Annotated[Any, "no parameter"]
        unknown: Annotated[Nowhere, "no parameter"]  # type: ignore[name-defined]  # noqa: F821

    made: Any = Model
    assert list(made.__xpmtype__.arguments) == ["path", "meta", "quoted"]
    instance = made.C().instance(xpm_tasks.DirectoryContext(tmp_path))
    assert [instance.path.name, instance.meta.name, instance.quoted.name] == ["a.txt", "b.txt", "c.txt"]
    assert made.C().__identifier__().all == sha256(b"\x00v.old").digest()


# --- Names not known yet ---


def test_forward_references(make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module(
        "declared_later",
        """
        from __future__ import annotations
        from typing import TYPE_CHECKING, Optional, List
        from xpm_tasks import Config, Param, field
        if TYPE_CHECKING:
            from nowhere import Nothing

        class Tree(Config):
            left: Param[Optional[Tree]] = field(default=None)
            leaves: Param[List[Leaf]]
            plain: Nothing

        class Leaf(Config):
            value: Param[int]
        """,
    )
    leaf = module.Leaf.C(value=1)
    tree = module.Tree.C(leaves=[leaf], left=module.Tree.C(leaves=[]))
    assert tree.left.leaves == []
    with pytest.raises(ValueError, match=r"Tree\.leaves\[0\] must be Leaf"):
        module.Tree.C(leaves=[3])


def test_quoted_names() -> None:
    made: Any = Quoted.C(one=None, many=[Quoted.C(one=None, many=[])])
    assert isinstance(made.many[0], Quoted)


class Quoted(Config):
    one: Param[Optional["Quoted"]]  # noqa: UP037, UP045
    many: "Param[list[Quoted]]"  # noqa: UP037


def test_classes_inside_functions() -> None:
    class Inner(Config):
        x: Param[int]

    class Outer(Config):
        inner: Param[Inner]
        alias: P[int]

    assert Outer.C(inner=Inner.C(x=1), alias=3).inner.x == 1


def test_name_that_never_comes() -> None:
    with warnings.catch_warnings():

        class Model(Config):
            x: Param[Nowhere]  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(DeclarationError, match=r"Model .*test_declarations.*Nowhere"):
        Model.C(x=1)


def test_type_parameters_and_aliases() -> None:
    class Model(Config, Generic[T]):
        x: Param[T]

    assert Model[int].C(x=1).x == 1


# --- Refused ---


def refused(body: Callable[[], Any], match: str) -> None:
    with pytest.raises(DeclarationError, match=match) as caught:
        body()
    assert isinstance(caught.value, TypeError)


def test_unsupported_type() -> None:
    def body() -> None:
        class Model(Config):
            x: Param[bytes]

    refused(
        body, r"Model .*test_declarations\.py:\d+\), parameter 'x': bytes cannot be the type of a parameter"
    )


def test_default_of_the_wrong_type() -> None:
    def body() -> None:
        class Model(Config):
            x: Param[int] = field(default="a")  # type: ignore[assignment]

    refused(body, r"parameter 'x': the default of .*Model\.x must be int, not 'a'")


def test_factory_that_gives_the_wrong_type() -> None:
    class Model(Config):
        x: Param[int] = field(default_factory=lambda: "a")  # type: ignore[assignment]

    refused(lambda: Model.C().x, r"the default_factory of .*Model\.x gave 'a': expected int")


def test_constant_without_value() -> None:
    def body() -> None:
        class Model(Config):
            x: Constant[int]

    refused(body, "the constant 'x' needs a value")


def test_field_without_annotation() -> None:
    def body() -> None:
        class Model(Config):
            x = field(default=1)

    refused(body, r"Model\.x = field\(\.\.\.\) has no annotation: write x: Param\[\.\.\.\]")


def test_field_without_annotation_among_others() -> None:
    def body() -> None:
        class Model(Config):
            y: Param[int]
            x = field(default=1)

    refused(body, r"Model\.x = field\(\.\.\.\) has no annotation")


def test_field_of_an_ordinary_attribute() -> None:
    def body() -> None:
        class Model(Config):
            x: int = field(default=1)

    refused(body, r"Model\.x has a field\(\.\.\.\) but is not a parameter")


@pytest.mark.parametrize("name", ["C", "XPMConfig", "XPMValue", "__hidden", "job", "jobpath"])
def test_reserved_names(name: str) -> None:
    def body() -> None:
        META("Model", (Task,), {"__annotations__": {name: Param[int]}, "__module__": __name__})

    refused(body, f"{name!r} cannot be the name of a parameter")


def test_contradicting_options() -> None:
    wrong: Any = field
    refused(lambda: wrong(default=1, default_factory=int), "not both")
    refused(lambda: wrong(default_factory=3), "not callable")
    refused(lambda: wrong(default=1, ignore_default=3), "True or False")
    refused(lambda: wrong(default=1, groups=3), "groups is a list")


def test_generator_outside_the_folder() -> None:
    refused(lambda: PathGenerator("../x"), "stay inside the folder")
    refused(lambda: PathGenerator("/x"), "stay inside the folder")


def test_deriving_from_the_wrong_class() -> None:
    refused(lambda: META("Sub", (Base.XPMConfig,), {}), "derive from Base")


# --- Help ---


class Documented(Config):
    """A model.

    Longer text.

    Attributes:
        layers: Number of layers,
            at least one.
        width (int): Width.

    What follows is no help.

    Example:
        silent: is not a parameter here
    """

    layers: Param[int]
    width: Param[int]
    #: Learning rate,
    #: positive.
    rate: Param[float]
    seed: Param[int]
    """The seed of the
    generator."""
    one: Param[Annotated[int, help("From the annotation")]]
    two: Param[int] = field(default=1, help="From the field")
    silent: Param[int]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("layers", "Number of layers, at least one."),
        ("width", "Width."),
        ("rate", "Learning rate, positive."),
        ("seed", "The seed of the generator."),
        ("one", "From the annotation"),
        ("two", "From the field"),
        ("silent", ""),
    ],
)
def test_help(name: str, text: str) -> None:
    assert Documented.__xpmtype__.arguments[name].help == text


def test_title_and_description() -> None:
    assert Documented.__xpmtype__.title == "A model."
    assert Documented.__xpmtype__.description.startswith("A model.\n")


def test_help_is_inherited() -> None:
    class Sub(Documented):
        pass

    assert Sub.__xpmtype__.arguments["rate"].help == "Learning rate, positive."


def test_help_without_source() -> None:
    made = META("Made", (Config,), {"__annotations__": {"x": Param[int]}, "__module__": __name__})
    assert made.__xpmtype__.arguments["x"].help == ""


# --- Shown ---


def test_representations() -> None:
    class Color(Enum):
        RED = 1

    arguments = Documented.__xpmtype__.arguments
    assert repr(arguments["layers"]) == "layers: int"
    assert repr(Documented.__xpmtype__) == f"<type {__name__.lower()}.documented>"
    assert repr(Choices(["a"])) == "one of 'a'"
    assert repr(help("x")) == "help('x')"
    assert repr(PathGenerator("x")) == "PathGenerator('x')"
    assert repr(PathGenerator(lambda context, config: Path())) == "PathGenerator(...)"
    assert repr(xpm_tasks.STDOUT) == "STDOUT"


def test_a_parent_that_is_not_known_yet(make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module(
        "parents_first",
        """
        from xpm_tasks import Config, Param

        class Base(Config):
            later: Param["Later"]

        class Sub(Base):
            x: Param[int]

        class Later(Config):
            pass
        """,
    )
    assert list(module.Sub.__xpmtype__.arguments) == ["later", "x"]
    with pytest.raises(ValueError, match=r"Sub\.later must be Later"):
        module.Sub.C(later=3)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement is of Python 3.12")
def test_type_statements(make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module(
        "with_type_statements",
        """
        from xpm_tasks import Config, Param

        type Size = int | None

        class Box[T](Config):
            value: Param[T]
            size: Param[Size]
        """,
    )
    assert module.Box.C(value="a", size=3).size == 3
    with pytest.raises(ValueError, match=r"Box\.size must be int \| None"):
        module.Box.C(value=1, size="a")


def test_annotation_that_is_not_python() -> None:
    def body() -> None:
        META("Model", (Config,), {"__annotations__": {"x": "Param[int"}, "__module__": __name__})

    refused(body, r"the annotation 'Param\[int' cannot be read")


def test_of_several_parents_the_one_that_python_would_take_wins() -> None:
    class Top(Config):
        x: Param[int] = field(default=1)

    class Left(Top):
        x: Param[int] = field(default=2, overrides=True)

    class Right(Top):
        pass

    class Bottom(Right, Left):
        pass

    class Other(Left, Right):
        pass

    assert Bottom.C().x == Other.C().x == 2
