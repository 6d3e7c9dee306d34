"""`tools/xpm fuzz`: the tests that draw their examples at random, with other examples and many more of them.

Usually tests draw the same ones each time (`--hypothesis-seed` in the root pyproject.toml), so that a commit
does not fail for what an earlier one did. This module is also the plugin of pytest that draws more.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from typing import Any

from xpm_tools.commands import call, environ
from xpm_tools.environment import ensure_environment
from xpm_tools.errors import ToolError
from xpm_tools.narration import say
from xpm_tools.packages import discover, find
from xpm_tools.paths import ROOT, shown

#: In the environment of pytest: how many times as many examples.
TIMES = "XPM_FUZZ_TIMES"
#: What pytest ends with when it found no test.
NO_TEST = 5


def fuzz(names: Sequence[str], *, times: int, seed: int | None = None) -> int:
    """Run the tests that draw examples.

    Args:
        names: Of the packages; all when empty.
        times: How many times as many examples as usual.
        seed: Of what is drawn; another one each time by default, and told.

    Returns:
        1 when one failed, else 0.

    Raises:
        ToolError: When there is no such package, or `times` is less than 1.
    """
    if times < 1:
        raise ToolError(f"--times {times}: it must be 1 or more")
    known = discover()
    packages = [find(name, known) for name in names] or known
    if seed is None:
        seed = secrets.randbelow(2**32)
    say(f"seed {seed}")
    # No time limit: a test that is given so much more to do takes so much longer.
    options = [
        "-q",
        "-n",
        "auto",
        "-o",
        "faulthandler_timeout=0",
        f"--hypothesis-seed={seed}",
        "-p",
        __name__,
    ]
    folders = [shown(package.folder / "tests") for package in packages]
    environment = environ(**{TIMES: str(times), "PYTHONPATH": str(ROOT / "tools")})
    code = call([str(ensure_environment()), "-m", "pytest", *options, *folders], env=environment)
    return int(code not in (0, NO_TEST))


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Keep the tests that draw examples, and let them draw more."""
    from hypothesis import is_hypothesis_test, settings

    items[:] = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    # The cases of a test are several items with one function.
    for test in {getattr(item.obj, "__func__", item.obj) for item in items}:
        # Not public; but a second decorator `settings` is refused where a test has one.
        usual = test._hypothesis_internal_use_settings
        test._hypothesis_internal_use_settings = settings(
            usual, max_examples=usual.max_examples * int(os.environ[TIMES]), deadline=None
        )
