"""Configurations on the Hugging Face hub: a saved folder, as a repository."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from xpm_tasks import Config, load, save
from xpm_tasks.serialization import DEFINITION


class ExperimaestroHFHub:
    """A configuration that can be published, with its files, and loaded again.

        ExperimaestroHFHub(model).push_to_hub("me/my-model")
        model = ExperimaestroHFHub.from_pretrained("me/my-model")

    Derive from it to add files (`_save_pretrained`), or to load more than the configuration
    (`_from_pretrained`). Only the hub itself needs `huggingface_hub`.
    """

    def __init__(self, config: Config) -> None:
        """Describe what is to be saved.

        Args:
            config: the configuration.
        """
        self.config = config

    def save_pretrained(self, save_directory: str | os.PathLike[str]) -> Path:
        """Write the folder that would be published; return it.

        Args:
            save_directory: the folder; it is made if needed.
        """
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        self._save_pretrained(folder)
        return folder

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        token: str | None = None,
        branch: str | None = None,
        commit_message: str = "Saved by experimaestro",
    ) -> str:
        """Publish the configuration; return the address of the commit.

        Args:
            repo_id: `user/name`; the repository is made if needed.
            private: whether a new repository is private; by default, as the hub decides.
            token: of the hub; by default, the one of this user.
            branch: by default, the main one.
            commit_message: what the history says.

        Raises:
            ImportError: `huggingface_hub` is not installed.
        """
        hub = _hub().HfApi(token=token)
        with tempfile.TemporaryDirectory(prefix="xpm-hub-") as folder:
            saved = self.save_pretrained(folder)
            repository = hub.create_repo(repo_id=repo_id, private=private, exist_ok=True).repo_id
            if branch is not None:
                hub.create_branch(repo_id=repository, branch=branch, exist_ok=True)
            commit = hub.upload_folder(
                repo_id=repository, folder_path=str(saved), revision=branch, commit_message=commit_message
            )
        return str(commit)

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | os.PathLike[str],
        *,
        revision: str | None = None,
        token: str | None = None,
        as_instance: bool = False,
    ) -> Any:
        """Load what was published, or saved in a folder.

        What it holds names Python classes, which are imported: load what you trust.

        Args:
            name_or_path: the folder, or `user/name` on the hub.
            revision: branch, tag or commit on the hub.
            token: of the hub; by default, the one of this user.
            as_instance: make the instance instead of the configuration.

        Raises:
            ImportError: it is not a folder, and `huggingface_hub` is not installed.
            LoadError: there is no configuration in it.
        """
        folder = Path(name_or_path)
        if not (folder / DEFINITION).is_file():
            name = os.fspath(name_or_path)
            folder = Path(_hub().snapshot_download(repo_id=name, revision=revision, token=token))
        return cls._from_pretrained(folder, as_instance=as_instance)

    def _save_pretrained(self, save_directory: Path) -> None:
        save(self.config, save_directory)

    @classmethod
    def _from_pretrained(cls, save_directory: Path, *, as_instance: bool = False) -> Any:
        return load(save_directory, as_instance=as_instance)


def _hub() -> Any:
    try:
        import huggingface_hub  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise ImportError("the Hugging Face hub needs huggingface_hub: pip install huggingface_hub") from None
    return huggingface_hub


__all__ = ["ExperimaestroHFHub"]
