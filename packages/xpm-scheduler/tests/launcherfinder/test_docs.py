"""The examples of the documentation page do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xpm_scheduler.launcherfinder import LauncherRegistry, RequirementSyntaxError, parse

PAGE = Path(__file__).parents[4] / "docs" / "launchers.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)

#: The documentation imports from the meta-package, which is not there when this package is alone.
_HOMES = {
    "from experimaestro.launcherfinder": "from xpm_scheduler.launcherfinder",
    "from experimaestro.launchers import": "from xpm_scheduler.launcherfinder import",
    "from experimaestro import": "from xpm_scheduler import",
}


@pytest.mark.usefixtures("machine")
def test_examples(config_dir: Path) -> None:
    if not PAGE.exists():
        pytest.skip("the tests run without the repository")
    namespace: dict[str, object] = {"__name__": "document"}
    executed = {"python": 0, "text": 0}
    for language, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for there, here in _HOMES.items():
            text = text.replace(there, here)
        if text.startswith("# launchers.py\n"):
            LauncherRegistry.instance().path.write_text(text, encoding="utf-8")
        elif language == "python":
            # Not `compile` with the flags of this module: `from __future__ import annotations` would leak.
            exec(compile(text, PAGE.name, "exec", dont_inherit=True), namespace)
        elif language == "text":
            with pytest.raises(RequirementSyntaxError) as caught:
                parse(text.splitlines()[1].strip())
            assert f"{caught.value}\n" == text
        executed[language] = executed.get(language, 0) + 1
    assert executed["python"] > 6 and executed["text"] == 1
    assert config_dir.joinpath("launchers.py").exists()
