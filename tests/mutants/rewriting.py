"""Python in a function exchanged for other Python, found by its syntax tree: layout counts for nothing."""

from __future__ import annotations

import ast
import copy
import textwrap
from types import CodeType

from .model import CodeChange, MutantError


def mutated_code(source: str, file: str, change: CodeChange) -> CodeType:
    """The code of the function with the change; raises MutantError where it does not fit exactly once."""
    tree = ast.parse(source)
    function = _function(tree, change.function)
    before = ast.dump(function)
    rewriter = _rewriter(change)
    rewriter.visit(function)
    if rewriter.found != 1:
        raise MutantError(f"{change.function}: {change.old!r} stands there {rewriter.found} times, not once")
    if ast.dump(function) == before:
        raise MutantError(f"{change.function}: the change changes nothing")
    code = compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)
    return _code_of(code, change.function)


def _function(tree: ast.Module, path: str) -> ast.FunctionDef:
    node: ast.AST = tree
    for name in path.split("."):
        body = getattr(node, "body", [])
        named = [one for one in body if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name == name]
        if len(named) != 1:
            raise MutantError(f"there is no {path}")
        node = named[0]
    if not isinstance(node, ast.FunctionDef):
        raise MutantError(f"{path} is no function")
    return node


def _code_of(code: CodeType, path: str) -> CodeType:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_qualname == path:
                return constant
            if path.startswith(f"{constant.co_qualname}."):
                return _code_of(constant, path)
    raise MutantError(f"there is no code of {path}")


def _rewriter(change: CodeChange) -> _Expressions | _Statements:
    old, new = _parsed(change.old), _parsed(change.new)
    if not old:
        raise MutantError(f"{change.function}: nothing is to be changed")
    if _is_expression(old) and _is_expression(new):
        return _Expressions(old[0].value, new[0].value)  # type: ignore[attr-defined]
    return _Statements(old, new)


def _parsed(text: str) -> list[ast.stmt]:
    try:
        # inside a function, so that return and yield may stand there
        tree = ast.parse("def f():\n" + textwrap.indent(textwrap.dedent(text).strip("\n") or "pass", "    "))
    except SyntaxError as error:
        raise MutantError(f"{text!r} is no Python: {error}") from None
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    return function.body if text.strip() else []


def _is_expression(body: list[ast.stmt]) -> bool:
    return len(body) == 1 and isinstance(body[0], ast.Expr)


def _same(first: ast.AST, second: ast.AST) -> bool:
    return ast.dump(first) == ast.dump(second)


class _Expressions(ast.NodeTransformer):
    """Exchanges an expression; a call that is a whole statement is one, too."""

    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self._old, self._new = old, new
        self.found = 0

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and _same(node, self._old):
            self.found += 1
            return copy.deepcopy(self._new)
        visited: ast.AST = super().generic_visit(node)
        return visited


class _Statements(ast.NodeTransformer):
    """Exchanges a run of statements, wherever in the function it stands; by nothing, where `new` is empty."""

    def __init__(self, old: list[ast.stmt], new: list[ast.stmt]) -> None:
        self._old, self._new = old, new
        self.found = 0

    def visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                setattr(node, name, self._exchanged(block))
        return node

    def _exchanged(self, block: list[ast.stmt]) -> list[ast.stmt]:
        length = len(self._old)
        for start in range(len(block) - length + 1):
            if all(map(_same, block[start : start + length], self._old)):
                self.found += 1
                new = copy.deepcopy(self._new) or [ast.Pass()]
                return [*block[:start], *new, *self._exchanged(block[start + length :])]
        return block
