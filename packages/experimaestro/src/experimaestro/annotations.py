"""Tags, and what decorates configurations."""

from xpm_tasks import (
    TagDict,
    cache,
    config_only,
    deprecate,
    help,
    initializer,
    stop_tags,
    tag,
    tags,
    tagspath,
)

__all__ = [
    "TagDict",
    "cache",
    "config_only",
    "deprecate",
    "help",
    "initializer",
    "stop_tags",
    "tag",
    "tags",
    "tagspath",
]
