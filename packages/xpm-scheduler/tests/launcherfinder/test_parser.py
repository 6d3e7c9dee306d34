from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler.errors import SchedulerError
from xpm_scheduler.launcherfinder.errors import RequirementSyntaxError
from xpm_scheduler.launcherfinder.parser import parse
from xpm_scheduler.launcherfinder.specs import (
    AcceleratorSpecification,
    CPUSpecification,
    CudaSpecification,
    HostRequirement,
    HostSimpleRequirement,
    MPSSpecification,
    RequirementUnion,
    cpu,
    cuda_gpu,
    duration,
    gpu,
    mps_gpu,
)

SIZES = st.integers(0, 2**62) | st.integers(1, 1000).map(lambda gib: gib * 2**30)
CARD = st.builds(
    lambda kind, size: kind(f"{size}B"),
    st.sampled_from([CudaSpecification, AcceleratorSpecification, MPSSpecification]),
    SIZES,
)
SIMPLE = st.builds(
    HostSimpleRequirement,
    accelerators=st.lists(CARD, max_size=4).map(lambda cards: cards * 2) | st.lists(CARD, max_size=4),
    cpu=st.builds(lambda size, cores: CPUSpecification(f"{size}B", cores), SIZES, st.integers(0, 10**6)),
    duration=st.integers(0, 10**9),
)
ANY: st.SearchStrategy[HostRequirement] = SIMPLE | st.lists(SIMPLE, min_size=1, max_size=4).map(
    RequirementUnion
)
#: Texts that look like requirements, most of them wrong.
NEARLY = st.lists(
    st.sampled_from(
        [*"()&|*,= \n", "cpu", "cuda", "gpu", "mps", "duration", "mem", "cores", "8G", "2h", "4", "é"]
    )
).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu", cpu()),
        ("cpu()", cpu()),
        ("cuda*2", cuda_gpu() * 2),
        ("cuda * 2 * 3", cuda_gpu() * 6),
        (" duration = 90 min ", duration("90min")),
        ("gpu(mem = 8 GiB)\n& cpu(mem=16G,\n cores=4)", gpu(mem="8G") & cpu(cores=4, mem="16G")),
        ("cuda(mem='8G') & cpu(mem=\"1T\")", cuda_gpu(mem="8G") & cpu(mem="1T")),
        ("mps | gpu & cpu(cores=2)", mps_gpu() | (gpu() & cpu(cores=2))),
        ("(mps | gpu) & cpu(cores=2)", (mps_gpu() | gpu()) & cpu(cores=2)),
        ("((cuda | mps)) * 2", cuda_gpu() * 2 | mps_gpu() * 2),
        ("cuda * 00000000000002", cuda_gpu() * 2),
        ("cuda|cuda", cuda_gpu()),
    ],
)
def test_reading(text: str, expected: HostRequirement) -> None:
    found = parse(text)
    assert isinstance(found, RequirementUnion)
    assert found == expected


def test_the_example_of_the_documentation() -> None:
    text = "duration=2h & cuda(mem=8G) * 2 & cpu(cores=4, mem=16G) | duration=6h & mps"
    first, second = parse(text).alternatives
    assert first.duration == 2 * 3600 and first.cpu == CPUSpecification("16G", 4)
    assert first.accelerators == (CudaSpecification("8G"),) * 2
    assert second == duration("6h") & mps_gpu()
    assert str(parse(text)) == text


@given(ANY)
def test_what_is_written_is_read(need: HostRequirement) -> None:
    assert parse(str(need)) == need
    assert str(parse(str(need))) == str(need)


@given(NEARLY | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except RequirementSyntaxError as error:
        assert 0 <= error.position <= len(text)
        first, shown, caret = str(error).split("\n")
        assert caret.endswith("^") and caret.strip(" ") == "^"
        assert len(caret) <= len(shown) + 1 <= 80
        if error.position < len(text) and text[error.position].isprintable():
            assert shown[len(caret) - 1] == text[error.position]
        assert len(first) < 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "duration=2h & cudda(mem=8G)",
            """\
there is no 'cudda'; did you mean cuda? (column 15)
  duration=2h & cudda(mem=8G)
                ^""",
        ),
        (
            "cpu(\n    core=4)",
            """\
cpu has no 'core'; did you mean cores? (line 2, column 5)
      core=4)
      ^""",
        ),
        (
            "cuda | " * 30 + "cuda(mem=8 parsecs) | mps" + " | cuda" * 30,
            """\
'8 parsecs' is not an amount of memory: write it as 8G, 500M or 24GB (column 220)
  …uda | cuda | cuda | cuda | cuda(mem=8 parsecs) | mps | cuda | cuda | cud…
                                       ^""",
        ),
    ],
)
def test_mistakes_are_pointed_at(text: str, message: str) -> None:
    with pytest.raises(RequirementSyntaxError) as caught:
        parse(text)
    assert str(caught.value) == message
    assert caught.value.text == text
    assert isinstance(caught.value, SchedulerError)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the requirement is empty; write for example cuda(mem=8G) & cpu(cores=4) (column 1)"),
        ("  \n ", "the requirement is empty"),
        ("cuda &", "expected duration, cpu, cuda, gpu or mps, found the end (column 7)"),
        ("cuda & | mps", "found '|' (column 8)"),
        ("2 * cuda", "found '2'; the number comes last, as in cuda * 2 (column 1)"),
        ("cuda cuda", "expected & or | or *, found 'cuda' (column 6)"),
        ("cuda)", "parenthesis without its (, found ')' (column 5)"),
        ("cpu & (cuda", "this parenthesis is never closed (column 7)"),
        ("(cuda mps)", "expected & or | or * or ), found 'mps' (column 7)"),
        ("cuda=2", "cuda takes no =; write cuda(mem=...) (column 5)"),
        ("cuda(8G)", "expected mem=, found '8' (column 6)"),
        ("cpu(8G)", "expected cores= or mem=, found '8' (column 5)"),
        ("cuda(memory=8G)", "cuda has no 'memory'; did you mean mem? (column 6)"),
        ("cuda(colour=8G)", "cuda has no 'colour'; there is mem (column 6)"),
        ("cuda(mem 8G)", "expected = after mem, found '8' (column 10)"),
        ("cuda(mem=)", "expected a value, found ')' (column 10)"),
        ("cuda(mem=8G", "expected , or ), found the end (column 12)"),
        ("cuda(mem=8G * 2)", "expected , or ), found '*' (column 13)"),
        ("cuda(mem=8)", "'8' lacks a unit: write it as 8G, or ...M (column 10)"),
        ("cpu(cores=1, cores=2)", "cores is given twice (column 14)"),
        ("cpu(cores=many)", "'many' is not a number of cores (column 11)"),
        ("cpu(cores=999999999)", "cores is between 0 and 1000000, not more (column 11)"),
        ("duration", "write it as duration=2h (column 9)"),
        ("duration(2h)", "write it as duration=2h (column 9)"),
        ("duration=", "expected a value, found the end (column 10)"),
        ("duration=2", "'2' lacks a unit: write it as 2h, 90min or 45s (column 10)"),
        ("duration=2h * 2", "no hardware in 'duration=2h' that could be multiplied (column 15)"),
        ("cuda_gpu(mem=8G)", "did you mean cuda? (column 1)"),
        ("tpu", "did you mean gpu? (column 1)"),
        ("quantum", "there is no 'quantum'; there is duration, cpu, cuda, gpu or mps (column 1)"),
        ("cuda * x", "expected a number after *, found 'x' (column 8)"),
        ("cuda * 0", "multiplied by 1 or more, not 0 (column 8)"),
        ("cuda * 129", "more than 128 graphics cards for one task (column 8)"),
        ("cuda * 100 & cuda * 29", "more than 128 graphics cards for one task (column 14)"),
        ("cuda * " + "9" * 5000, "more than 128 graphics cards for one task (column 8)"),
        ("cpu(mem=80G) * " + "9" * 5000, "memory is between 0 and 2^63, not more"),
        ("cuda(mem=8G); import os", "expected & or | or *, found ';' (column 13)"),
        ("cuda('mem'=8G)", 'expected mem=, found "\'" (column 6)'),
    ],
)
def test_what_is_said_of_mistakes(text: str, reason: str) -> None:
    with pytest.raises(RequirementSyntaxError) as caught:
        parse(text)
    assert reason in str(caught.value).split("\n")[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 10_000, "more than 32 parentheses in one another"),
        ("(" * 33 + "cpu" + ")" * 33, "more than 32 parentheses in one another"),
        ("(" * 5_000 + "cpu" + ")" * 5_000, "more than 32 parentheses in one another"),
        ("a" * 10_000, "there is no 'aaaa"),
        ("cuda" + " " * 10_000 + "$", "found '$'"),
        ("cuda & " * 1_400 + "cuda", "more than 128 graphics cards"),
        (" | ".join(f"cpu(cores={n})" for n in range(700)), "more than 64 alternatives"),
        ("(cpu(cores=1) | cpu(mem=1G)) & " * 300 + "$", "found '$'"),
        (" & ".join(f"(gpu(mem={n}G) | mps(mem={n}G))" for n in range(1, 300)), "more than 64 alternatives"),
        ("cpu(cores=2)" + " * 9" * 2_500, "cores is between"),
        ("cuda" + " * 1" * 2_500 + " * 129", "more than 128 graphics cards"),
        ("duration=" + "1h" * 5_000, "each once"),
        ("cuda(mem=" + "9" * 10_000 + "G)", "is not an amount of memory"),
        ("cpu(" + "cores=1," * 1_250, "given twice"),
        ("&|*(),=" * 1_400, "expected duration"),
        ("\x00\x1b[31m" * 1_000, "expected duration"),
        (
            "(" + "|".join(f"cuda(mem={n}M)*120" for n in range(1, 65)) + ")" + " & cpu" * 1_200 + " & $",
            "found '$'",
        ),
        (
            "(" + "|".join(f"cuda(mem={n}M)" for n in range(1, 65)) + ")" + " & mps" * 1_200,
            "more than 128 graphics cards",
        ),
    ],
)
def test_hostile_texts_are_refused_quickly(text: str, reason: str) -> None:
    begin = time.process_time()
    with pytest.raises(RequirementSyntaxError) as caught:
        parse(text)
    assert time.process_time() - begin < 3
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 500
    assert str(caught.value).replace("\n", "").isprintable()


def test_nesting_that_people_use_is_fine() -> None:
    assert parse("(" * 32 + "cuda" + ")" * 32) == cuda_gpu()


def test_only_texts_are_read() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        parse(b"cuda")  # type: ignore[arg-type]
