"""A verifier that leaves out one check is caught: something that was tampered with gets past it."""

import ast
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import pytest

from cli import verify_daybook
from tests.cli.evidence import Evidence, run
from tests.cli.tampered import CASES, HONEST

SOURCE = ast.parse(Path(verify_daybook.__file__).read_text(encoding="utf-8"))


class Tampered(NamedTuple):
    """What a verifier is told, and what has to be said."""

    arguments: list[str]
    code: int
    said: str


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> list[Tampered]:
    """All cases, in files, and what is honest."""
    expected = [*((each.tamper, 1, each.said) for each in CASES), *((each, 0, "") for each in HONEST)]
    cases = []
    for tamper, code, said in expected:
        evidence = Evidence()
        tamper(evidence)
        cases.append(Tampered(evidence.write(tmp_path_factory.mktemp("tampered")), code, said))
    return cases


def checks(tree: ast.AST) -> Iterator[ast.If]:
    """Every condition under which something is found wrong."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _finds_wrong(node.body[-1]):
            yield node


def without(number: int, operand: int | None) -> Callable[[Sequence[str]], int]:
    """Make a verifier that does not look at a condition, or at one part of it."""
    tree = deepcopy(SOURCE)
    check = list(checks(tree))[number]
    if operand is None:
        check.test = ast.copy_location(ast.Constant(False), check.test)  # noqa: FBT003  what the condition becomes
    else:
        assert isinstance(check.test, ast.BoolOp)
        neutral = isinstance(check.test.op, ast.And)
        check.test.values[operand] = ast.copy_location(ast.Constant(neutral), check.test)
    names: dict[str, object] = {"__name__": "sabotaged"}
    exec(compile(tree, "sabotaged", "exec"), names)  # noqa: S102  it is our own program, less one check
    main = names["main"]
    assert callable(main)
    return lambda arguments: int(main(arguments))


def _finds_wrong(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return):
        return isinstance(statement.value, ast.Constant) and statement.value.value is None
    return isinstance(statement, ast.Raise)


SABOTAGES = [
    (number, operand)
    for number, check in enumerate(checks(SOURCE))
    for operand in [None, *(range(len(check.test.values)) if isinstance(check.test, ast.BoolOp) else ())]
]


def named(sabotage: tuple[int, int | None]) -> str:
    """Quote the condition that is left out."""
    number, operand = sabotage
    test = list(checks(SOURCE))[number].test
    left_out = test if operand is None or not isinstance(test, ast.BoolOp) else test.values[operand]
    return ast.unparse(left_out)


def words_of(number: int) -> list[str]:
    """Tell what is said where a check finds something."""
    said = list(checks(SOURCE))[number].body[-1]
    words = [each.value for each in ast.walk(said) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return [each for each in words if len(each) > len("position")]


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=named)
def test_no_check_can_be_left_out(sabotage: tuple[int, int | None], tampered: list[Tampered]) -> None:
    """Each is what finds some tampering, or names it rightly."""
    sabotaged = without(*sabotage)
    words = words_of(sabotage[0])

    likely_first = sorted(tampered, key=lambda case: not any(each in case.said for each in words))

    assert any(missed(sabotaged, case) for case in likely_first)


def missed(verifier: Callable[[Sequence[str]], int], case: Tampered) -> bool:
    """Tell whether a verifier fails to say what has to be said."""
    try:
        told = run(verifier, case.arguments)
    except Exception:  # noqa: BLE001  it breaks down where it should have found something
        return True
    return told.code != case.code or not told.said.startswith(case.said)


def test_with_every_check_all_is_said_as_it_should(tampered: list[Tampered]) -> None:
    """So what a sabotaged one does not say, it does not say for what it lacks."""
    assert len(SABOTAGES) > 35
    assert not [case.said for case in tampered if missed(verify_daybook.main, case)]
