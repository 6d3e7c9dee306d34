from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xpm_tui import cells
from xpm_tui.cells import Piece, Tone, fit, length, text
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.records import JobCounts
from xpm_workspace.services import ServiceState


def plain(cell: cells.Cell) -> str:
    return "".join(piece.text for piece in cell)


def test_each_state_has_its_own_sign() -> None:
    states = [s for s in JobState if s is not JobState.ERROR]
    shown = [plain(cells.job_status(Status(state=state))) for state in states]
    shown.append(plain(cells.job_status(Status(state=JobState.ERROR, reason=FailureReason.LOST))))
    assert "✓ done" in shown and "✗ lost" in shown
    assert len({word[0] for word in shown}) == len(shown)
    assert {plain(cells.service_state(state))[2:] for state in ServiceState} == {
        state.value.lower() for state in ServiceState
    }
    assert plain(cells.run_status("from the future")) == "? from the future"


def test_counts() -> None:
    jobs = JobCounts(total=20, done=10)
    assert plain(cells.counts(jobs, 16)) == "━━━━━───── 10/20"
    assert plain(cells.counts(jobs, 8)) == "10/20"
    assert plain(cells.counts(JobCounts(), 16)) == "──────────── 0/0"
    assert cells.counts(JobCounts(total=2, done=2), 16)[0].tone is Tone.DONE


def test_progress() -> None:
    assert cells.progress((), 20) == ()
    assert plain(cells.progress((0.5,), 15)) == "━━━━━─────  50%"
    assert plain(cells.progress((0.5, 0.25), 24)) == "━━━━━━──────  50% ›  25%"
    assert plain(cells.progress((0.999,), 5)) == "99%"


def test_texts_of_others_are_harmless() -> None:
    assert plain(text("\x1b[2J")) == "\\x1b[2J"
    assert text("") == ()


@given(
    st.lists(st.tuples(st.text("aé漢 ", max_size=8), st.sampled_from(Tone))),
    st.integers(1, 30),
    st.booleans(),
)
def test_fit_is_exact(pieces: list[tuple[str, Tone]], width: int, right: bool) -> None:
    cell = tuple(Piece(*piece) for piece in pieces)
    fitted = fit(cell, width, right=right)
    assert length(fitted) == width
    if length(cell) <= width:
        assert plain(cell) in plain(fitted)
    else:
        assert "…" in plain(fitted)
