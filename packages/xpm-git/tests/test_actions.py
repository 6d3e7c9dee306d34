from __future__ import annotations

import json
import pickle
from enum import Enum

import pytest

from xpm_git import DirtyGitAction


class Other(str, Enum):
    """The same action as another package has it."""

    ERROR = "error"


@pytest.mark.parametrize("given", ["error", "ERROR", "Error", " error ", DirtyGitAction.ERROR, Other.ERROR])
def test_made_from_a_value_or_a_name_in_any_case(given: str) -> None:
    assert DirtyGitAction(given) is DirtyGitAction.ERROR


@pytest.mark.parametrize("given", ["eror", "", None, True, 1, ["error"]])
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValueError):
        DirtyGitAction(given)


def test_it_is_a_str() -> None:
    assert [action.value for action in DirtyGitAction] == ["ignore", "warn", "error"]
    assert DirtyGitAction.WARN in {"warn"} and hash(DirtyGitAction.WARN) == hash("warn")
    assert f"{DirtyGitAction.WARN} {DirtyGitAction.WARN!s}" == "warn warn"
    assert json.dumps(DirtyGitAction.WARN) == '"warn"'
    assert pickle.loads(pickle.dumps(DirtyGitAction.WARN)) is DirtyGitAction.WARN
