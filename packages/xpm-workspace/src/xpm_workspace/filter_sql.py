"""Compiles a filter to SQL. Values only ever travel as parameters.

The condition is over `j` (a row of jobs) and `m` (its membership in a run, or nulls), and is never null. It
is written so that SQLite finds the few jobs with a tag by the index on tags, and goes through all jobs only
where it must.
"""

from __future__ import annotations

from typing import Any

from xpm_workspace.filters import Both, Either, Node, Not, Test, Value

#: Columns of the fields that are columns; experiment and run need a look at other tables.
_COLUMNS = {
    "state": "j.state",
    "reason": "j.reason",
    "name": "j.name",
    "task": "j.task_id",
    "id": "j.job_id",
    "host": "j.host",
    "launcher": "m.launcher",
    "transient": "m.transient",
}

#: Fields with few distinct values: an expression is searched once in each of them, not in every row.
_FEW_VALUES = {
    "state": "SELECT DISTINCT state AS value FROM jobs",
    "reason": "SELECT DISTINCT reason AS value FROM jobs",
    "name": "SELECT DISTINCT name AS value FROM jobs",
    "task": "SELECT DISTINCT task_id AS value FROM jobs",
    "host": "SELECT DISTINCT host AS value FROM jobs",
    "launcher": "SELECT DISTINCT launcher AS value FROM job_runs",
    "transient": "SELECT DISTINCT transient AS value FROM job_runs",
}

_RUN_COLUMNS = {"experiment": "e.experiment_id", "run": "r.run_id"}


def compile_filter(node: Node, run: str = "m.run") -> tuple[str, list[Any]]:
    """Return a condition and its parameters.

    Args:
        node: the filter.
        run: the column with the run whose tags count.
    """
    if isinstance(node, Not):
        condition, parameters = compile_filter(node.inner, run)
        return f"NOT {condition}", parameters
    if isinstance(node, (Both, Either)):
        compiled = [compile_filter(part, run) for part in node.parts]
        word = " AND " if isinstance(node, Both) else " OR "
        parameters = [parameter for _, more in compiled for parameter in more]
        return f"({word.join(condition for condition, _ in compiled)})", parameters
    if not node.field:
        return _tag(node, run)
    condition, parameters = _test(node, run)
    # A missing value is not equal to anything; without this, NOT of null would be null.
    return f"COALESCE({condition}, 0)", parameters


def _test(test: Test, run: str) -> tuple[str, list[Any]]:
    if test.field in _RUN_COLUMNS:
        inner, parameters = _column(test, _RUN_COLUMNS[test.field])
        runs = "SELECT r.key FROM runs r JOIN experiments e ON e.key = r.experiment"
        return f"{run} IN ({runs} WHERE {inner})", parameters
    if test.operator == "~" and test.field in _FEW_VALUES:
        # The limit keeps SQLite from searching before it has made the values distinct.
        few = f"SELECT value FROM ({_FEW_VALUES[test.field]} LIMIT -1) WHERE xpm_search(?, value)"
        return f"{_COLUMNS[test.field]} IN ({few})", [test.values[0].text]
    return _column(test, _COLUMNS[test.field])


def _column(test: Test, column: str) -> tuple[str, list[Any]]:
    if test.operator == "~":
        return f"xpm_search(?, {column})", [test.values[0].text]
    return f"{column} IN ({_marks(test.values)})", [value.text for value in test.values]


def _tag(test: Test, run: str) -> tuple[str, list[Any]]:
    name = test.tag_name
    if test.operator == "~":
        distinct = "SELECT DISTINCT value FROM tags WHERE name = ? LIMIT -1"
        which = f"value IN (SELECT value FROM ({distinct}) WHERE xpm_search(?, value))"
        parameters: list[Any] = [name, name, test.values[0].text]
    else:
        # Text and numbers are never equal in a column without a type, so that both can be in one list.
        values: list[Any] = [value.text for value in test.values]
        values += [value.number for value in test.values if value.number is not None]
        which = f"value IN ({', '.join('?' * len(values))})"
        parameters = [name, *values]
    tag = f"SELECT 1 FROM tags WHERE run = {run} AND job = j.key AND name = ?"
    few = "j.key IN (SELECT job FROM tags WHERE name = ? AND " + which + ")"
    return f"({few} AND EXISTS ({tag} AND {which}))", parameters * 2


def _marks(values: tuple[Value, ...]) -> str:
    return ", ".join("?" * len(values))
