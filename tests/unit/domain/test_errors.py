"""The exception type, and that every code has a row in the docs, a place that raises it, and a test."""

import ast
import pickle
import re
from functools import cache
from pathlib import Path

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError

ROOT = Path(__file__).parents[3]


def test_an_error_says_what_happened_and_what_to_do():
    error = PlanningError(
        ErrorCode.PLAN_NOT_FOUND, "There is no plan 'p'", details={"plan_id": "p"}, recovery_suggestion="List them."
    )
    assert str(error) == "E5002: There is no plan 'p'"
    assert error.to_dict() == {
        "code": "E5002",
        "message": "There is no plan 'p'",
        "details": {"plan_id": "p"},
        "recovery_suggestion": "List them.",
        "retryable": False,
    }


def test_little_is_enough():
    error = PlanningError(ErrorCode.STORE_CONFLICT, "x")
    assert (error.details, error.recovery_suggestion) == ({}, "")


def test_whether_to_try_again_follows_from_the_code_unless_it_is_said():
    assert PlanningError(ErrorCode.MODEL_TIMEOUT, "x").retryable
    assert not PlanningError(ErrorCode.MODEL_TIMEOUT, "x", retryable=False).retryable
    assert PlanningError(ErrorCode.NO_CAPABLE_AGENT, "x", retryable=True).retryable


def test_it_crosses_processes():
    error = PlanningError(ErrorCode.STORE_CONFLICT, "x", details={"id": 1}, recovery_suggestion="y", retryable=True)
    assert pickle.loads(pickle.dumps(error)).to_dict() == error.to_dict()  # noqa: S301 - our own bytes


def test_it_can_be_told_and_made_again():
    error = PlanningError(ErrorCode.STORE_CONFLICT, "x", details={"id": 1}, recovery_suggestion="y", retryable=True)
    assert PlanningError.from_dict(error.to_dict()).to_dict() == error.to_dict()


def test_codes_are_numbered_in_order_by_their_family():
    values = [code.value for code in ErrorCode]
    assert values == sorted(set(values))
    assert all(re.fullmatch(r"E5[0-9]\d\d", value) for value in values)


def rows():
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| E")
    ]


def test_the_table_in_the_docs_has_every_code_and_no_other():
    table = [(code, name.strip("`"), again) for code, name, again, _, _ in rows()]
    retryable = {True: "yes", False: "no"}
    assert table == [(code.value, code.name, retryable[PlanningError(code, "x").retryable]) for code in ErrorCode]


def test_every_row_says_when_and_what_to_do():
    assert all(len(when) > 20 and len(do) > 10 for *_, when, do in rows())


@cache
def modules():
    """Every module of the package, parsed."""
    files = sorted((ROOT / "groundplan").rglob("*.py"))
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def named(tree):
    """The codes that a module makes errors or findings of: named, but neither compared with nor in a set."""
    asked = (ast.Compare, ast.Set)
    skipped = {id(inner) for outer in ast.walk(tree) if isinstance(outer, asked) for inner in ast.walk(outer)}
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ErrorCode"
        if id(node) not in skipped
    }


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("raise PlanningError(ErrorCode.A, 'x')", {"A"}),
        ("_TABLE = {'08006': ErrorCode.A}", {"A"}),
        ("if error.code is ErrorCode.A: pass", set()),
        ("if error.code in (ErrorCode.A, ErrorCode.B): pass", set()),
        ("_THOSE = frozenset({ErrorCode.A})", set()),
    ],
)
def test_naming_a_code_to_ask_for_it_is_not_raising_it(source, names):
    assert named(ast.parse(source)) == names


def test_every_code_is_raised_somewhere():
    raised = set().union(*(named(tree) for file, tree in modules().items() if file.name != "errors.py"))
    assert [code.name for code in ErrorCode if code.name not in raised] == []


def without_advice(tree):
    """The lines that make an error without saying what to do next."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "PlanningError":
            advice = [keyword.value for keyword in node.keywords if keyword.arg == "recovery_suggestion"]
            if not advice or (isinstance(advice[0], ast.Constant) and not advice[0].value):
                yield node.lineno


def test_every_error_says_what_to_do_next():
    bad = ast.parse("PlanningError(X, 'no')\nPlanningError(X, 'no', recovery_suggestion='')")
    assert list(without_advice(bad)) == [1, 2]
    silent = {file.name: list(without_advice(tree)) for file, tree in modules().items()}
    assert {name: lines for name, lines in silent.items() if lines} == {}


def test_every_code_is_named_by_a_test():
    tests = [file for file in sorted((ROOT / "tests").rglob("*.py")) if file != Path(__file__)]
    text = "\n".join(file.read_text(encoding="utf-8") for file in tests)
    missing = [code.name for code in ErrorCode if not re.search(rf"\b{code.name}\b|\b{code.value}\b", text)]
    assert missing == []
