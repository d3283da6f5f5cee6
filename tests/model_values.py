"""A Hypothesis strategy for any pydantic model, from its fields: what is not said there is any JSON value."""

import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tests.domain_values import moments, objects, texts, values


def model_values(model: type[BaseModel]) -> st.SearchStrategy[BaseModel]:
    """Instances of the model; fields with a default are sometimes left out."""
    required = {name: _field(info) for name, info in model.model_fields.items() if info.is_required()}
    optional = {
        name: _field(info)
        for name, info in model.model_fields.items()
        if not info.is_required() and info.exclude is not True
    }
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: _built(model, fields))


def _built(model: type[BaseModel], fields: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(fields, by_name=True)
    except ValidationError:
        assume(False)
        raise


def _field(info: FieldInfo) -> st.SearchStrategy[Any]:
    pattern = next((item.pattern for item in info.metadata if getattr(item, "pattern", None)), None)
    if pattern:
        words = st.from_regex(pattern, fullmatch=True).filter(lambda text: "\0" not in text and text.isprintable())
        return words | st.none() if type(None) in typing.get_args(info.annotation) else words
    bounds = [item for item in info.metadata if type(item).__module__ == "annotated_types"]
    return _of(Annotated[(info.annotation, *bounds)] if bounds else info.annotation)


def _of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: C901  # one line a kind of type
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return values
    if origin is Annotated:
        return _bounded(arguments[0], arguments[1:])
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(_of, arguments))
    if origin in (list, typing.Sequence):
        return st.lists(_of(arguments[0]), max_size=2)
    if origin in (tuple,):
        return st.lists(_of(arguments[0]), max_size=2).map(tuple)
    if origin in (dict, Mapping):
        return objects if arguments[1] is Any else st.dictionaries(texts, _of(arguments[1]), max_size=2)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return st.deferred(lambda: model_values(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, tuple):  # a NamedTuple of numbers
        number = st.floats(0, 1e9)
        return st.lists(number, min_size=len(kind._fields), max_size=len(kind._fields)).map(
            lambda numbers: kind(*sorted(numbers))
        )
    simple = {str: texts, int: st.integers(0, 2**40), float: st.floats(0, 1e9), bool: st.booleans()}
    simple |= {datetime: moments, type(None): st.none()}
    return simple[kind]


def _bounded(kind: Any, bounds: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    limits = {name: getattr(b, name) for b in bounds for name in ("ge", "gt", "le", "lt") if hasattr(b, name)}
    if kind is float:
        return st.floats(
            limits.get("ge", limits.get("gt", 0)), limits.get("le", limits.get("lt", 1e9)), exclude_min="gt" in limits
        )
    if kind is int:
        return st.integers(limits.get("ge", 0), limits.get("le", 2**40))
    if kind is str and any(getattr(b, "min_length", 0) for b in bounds):
        return texts.filter(bool)
    return _of(kind)
