"""What a visitor is told when a request is refused."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from aiohttp import web

from xpm_tasks.errors import LoadError
from xpm_web.answers import Problem
from xpm_workspace.errors import FilterError, UnknownExperiment, UnknownJob, WorkspaceError

logger = logging.getLogger("xpm.web")

CONTENT_TYPE = "application/problem+json"

#: Errors of the workspace that are no defects, with the status that says so.
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (UnknownJob, HTTPStatus.NOT_FOUND),
    (UnknownExperiment, HTTPStatus.NOT_FOUND),
    (LoadError, HTTPStatus.NOT_FOUND),
    (WorkspaceError, HTTPStatus.BAD_REQUEST),
    (msgspec.ValidationError, HTTPStatus.BAD_REQUEST),
    (TimeoutError, HTTPStatus.REQUEST_TIMEOUT),
)


class Refused(Exception):
    """A request cannot be answered."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(title=status.phrase, status=status.value, detail=detail)


def problem_of(error: Exception) -> Problem:
    """Return what to tell about an error; a defect of ours is logged, and not told."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, web.HTTPException):
        return Problem(title=error.reason, status=error.status, detail=error.text or error.reason)
    if isinstance(error, FilterError):
        status = HTTPStatus.BAD_REQUEST
        return Problem(
            title=status.phrase, status=status.value, detail=error.problem, column=min(error.column, 10_000)
        )
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return Problem(title=status.phrase, status=status.value, detail=str(error))
    logger.error("a request failed", exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(title=status.phrase, status=status.value, detail="something went wrong; the log has more")


def problem_response(problem: Problem) -> web.Response:
    """Return the answer that tells a problem."""
    return web.Response(
        body=msgspec.json.encode(problem), status=problem.status, headers={"Content-Type": CONTENT_TYPE}
    )
