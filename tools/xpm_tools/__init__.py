"""The tools around the packages of this repository; `tools/xpm` is their only door.

`main`, `bootstrap`, `paths`, `narration` and `commands` run on a bare Python; the other modules run in the
tool environment that `bootstrap` makes, where hatch, uv, `packaging` and a TOML reader are installed.
"""
