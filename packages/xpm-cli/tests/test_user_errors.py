"""What the user's code raises, in one line."""

from __future__ import annotations

import json

import pytest

from xpm_cli.user_errors import UserCodeError, describe, guarded, user_frames


def raised(code: str, **names: object) -> BaseException:
    try:
        exec(compile(code, "/users/file.py", "exec"), {"__name__": "users", **names})
    except BaseException as error:  # noqa: BLE001 - whatever the case raises
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("assert False", "AssertionError"),
        ("raise ValueError('a\\n  b\\tc')", "ValueError: a b c"),
        ("raise ValueError('a') from KeyError('b')", "ValueError: a, because of KeyError: 'b'"),
        (
            "class Bad(Exception):\n  def __str__(self): 1 / 0\nraise Bad",
            "Bad: (its message cannot be shown)",
        ),
    ],
)
def test_one_line(code: str, line: str) -> None:
    assert describe(raised(code)) == line


def test_frames_are_the_users() -> None:
    def ours() -> None:
        raise ValueError

    frames = user_frames(raised("def deep():\n  ours()\ndeep()", ours=ours))
    assert 'File "/users/file.py", line 3' in frames and 'File "/users/file.py", line 2, in deep' in frames


def test_our_frames_are_left_out() -> None:
    namespace: dict[str, object] = {"__name__": "xpm_tasks.somewhere"}
    exec(compile("def ours(): raise ValueError", "ours.py", "exec"), namespace)
    frames = user_frames(raised("ours()", ours=namespace["ours"]))
    assert "/users/file.py" in frames and "ours.py" not in frames


def test_frames_of_libraries_are_left_out() -> None:
    frames = user_frames(raised("import json\njson.loads('{')"))
    assert "/users/file.py" in frames and "json" not in frames.replace("json.loads", "")


def test_frames_of_libraries_are_shown_when_there_are_no_others() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        assert error.__traceback__ is not None
        assert "decoder.py" in user_frames(error.with_traceback(error.__traceback__.tb_next))


def test_a_syntax_error_shows_its_line() -> None:
    try:
        compile("x = (\n", "/users/file.py", "exec")
    except SyntaxError as error:
        assert 'File "/users/file.py", line 1' in user_frames(error)


def test_guarded() -> None:
    failed = pytest.raises(UserCodeError)
    with failed as caught, guarded("the file", hint=lambda error: "; do this"):
        raise ValueError("no")
    assert str(caught.value) == "the file failed: ValueError: no; do this"
    assert caught.value.exit_code == 2 and isinstance(caught.value.__cause__, ValueError)


def test_guarded_exit() -> None:
    with pytest.raises(UserCodeError) as caught, guarded("the file", exit_code=1):
        raise SystemExit("why")
    assert str(caught.value) == "the file called sys.exit('why')"
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), UserCodeError("known"), LookupError()])
def test_these_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, guarded("the file", passing=(LookupError,)):
        raise error
    assert caught.value is error
