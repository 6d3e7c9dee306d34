"""What a name alone tells: which ones a fake does not answer, and which ones hide a special thing.

Pure. A fake knows nothing of the library that it stands for, so conventions are all there is: `FooError` is
something that one raises, `_TPU_AVAILABLE` something that one tests.
"""

from __future__ import annotations

#: Private names that tools look for on any object and take for a promise when they find them.
PROBED = frozenset(
    {
        "_asdict",
        "_fields",
        "_field_defaults",
        "_is_coroutine",
        "_is_coroutine_marker",
        "_is_protocol",
        "_is_runtime_protocol",
        "_mock_methods",
        "_partialmethod",
        "_pytestfixturefunction",
    }
)

#: Dunder names that are ordinary submodules of a real library (`torch.__config__.show()`).
ORDINARY_DUNDERS = frozenset({"__config__", "__future__"})

#: Endings of class names -> name of the built-in exception to derive from.
EXCEPTION_SUFFIXES = (("Warning", "UserWarning"), ("Error", "Exception"), ("Exception", "Exception"))

#: Modules where every class is an exception, whatever its name (`optuna.exceptions.TrialPruned`).
EXCEPTION_MODULES = frozenset({"errors", "exceptions"})

#: Decorators whose result is more than the function: the names that people use on it afterwards.
COMPANIONS = {
    "custom_jvp": ("defjvp", "defjvps"),
    "custom_vjp": ("defvjp", "defvjp_all"),
    "custom_op": ("register_autograd", "register_fake", "register_kernel", "register_vmap"),
}

#: Class methods that people call on their own subclass of a library class, by name of that library class.
CLASS_METHODS_OF = {"Function": ("apply",)}

#: The same, for any library class.
CLASS_METHODS = ("from_config", "from_pretrained", "load_from_checkpoint", "register_for_auto_class")

#: Short names in `is_tf_available()` -> module to look for.
AVAILABILITY_ALIASES = {
    "bs4": "bs4",
    "cv2": "cv2",
    "flash_attn_2": "flash_attn",
    "lightning": "pytorch_lightning",
    "pil": "PIL",
    "sklearn": "sklearn",
    "tf": "tensorflow",
    "vision": "PIL",
}

#: Classes whose instances are true when a distribution is installed.
REQUIREMENT_CACHES = frozenset({"RequirementCache()", "ModuleAvailableCache()"})


def is_dunder(name: str) -> bool:
    """Tell whether a name has the form `__name__`."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_hidden(name: str) -> bool:
    """Tell whether a fake has no such attribute.

    Python and its tools probe objects for protocols: `__wrapped__`, `__array__`, `_repr_html_`, `_fields`.
    A fake that says yes to these makes `inspect.unwrap`, `copy` or a notebook loop or fail.
    """
    if not name.startswith("_"):
        return False
    if name.endswith("_"):
        return name not in ORDINARY_DUNDERS
    return name in PROBED or name.startswith("_xpm_")


def last_part(path: str) -> str:
    """Return what follows the last dot, without the parentheses of a call."""
    return path.rpartition(".")[2].replace("()", "")


def split_path(path: str) -> tuple[str, str]:
    """Cut a dotted path into the module and the qualified name, the way the real library would.

    Modules are in lower case: `torch.nn.Module.forward` is `Module.forward` of `torch.nn`.
    """
    parts = path.split(".")
    cut = len(parts) - 1
    for index, part in enumerate(parts[1:], start=1):
        if part.lstrip("_")[:1].isupper() or part.endswith(")"):
            cut = index
            break
    return ".".join(parts[: max(cut, 1)]), ".".join(parts[max(cut, 1) :]) or parts[-1]


def exception_base(path: str) -> str | None:
    """Return the name of the built-in exception that the thing at this path derives from, if it is one."""
    parent, _, name = path.rpartition(".")
    bare = name.lstrip("_")
    if not bare[:1].isupper() or bare.isupper():
        return None
    for suffix, base in EXCEPTION_SUFFIXES:
        if name.endswith(suffix):
            return base
    return "Exception" if parent.rpartition(".")[2] in EXCEPTION_MODULES else None


def availability_target(path: str, argument: object = None) -> str | None:
    """Return the module that something asks about, given the end of its path and its only argument.

    `is_<x>_available()`, `_<X>_AVAILABLE`, `module_available("<x>")` and `RequirementCache("<x>>=1")` do.
    """
    name = path.rpartition(".")[2]
    if isinstance(argument, str):
        if name.endswith("_available()"):
            return argument
        if name in REQUIREMENT_CACHES:
            return argument.partition("=")[0].rstrip("<>~! ").partition("[")[0].replace("-", "_")
    if name.startswith("is_") and name.endswith("_available()"):
        short = name[len("is_") : -len("available()")].strip("_")
    elif name.endswith("_AVAILABLE"):
        short = name[: -len("_AVAILABLE")].strip("_").lower()
    else:
        return None
    return AVAILABILITY_ALIASES.get(short, short) or None
