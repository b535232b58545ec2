"""A stage's result as bytes and back: plain values as JSON, arrays beside them, never a pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Generic, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True)
class Codec(Generic[T]):
    """How the results of one kind of stage are kept.

    Only the named classes are written and made again, with all of their fields: a field added to one is kept without
    a word here, a class that is not named is an error.
    """

    result: type[T]
    parts: tuple[type, ...] = ()
    """Every further dataclass and enumeration that occurs in the result."""

    def pack(self, value: T) -> bytes:
        """The value as the bytes of an ``.npz`` file.

        Raises
        ------
        TypeError
            If something in it is of a class that is not named.
        """
        arrays: dict[str, Any] = {}
        text = json.dumps(self._document(value, arrays)).encode()
        stream = io.BytesIO()
        np.savez(stream, document=np.frombuffer(text, dtype=np.uint8), **arrays)
        return stream.getvalue()

    def unpack(self, data: bytes) -> T:
        """The value that :meth:`pack` was given.

        Raises
        ------
        ValueError
            If the bytes are not of such a value.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                value = self._value(json.loads(stored["document"].tobytes()), stored.__getitem__)
        except (KeyError, TypeError, ValueError, OSError, EOFError, BadZipFile) as error:
            raise ValueError("expected a stored stage, but it cannot be decoded") from error
        if not isinstance(value, self.result):
            raise ValueError(f"expected a stored {self.result.__name__}, but another came")  # noqa: TRY004 - content
        return value

    def _known(self) -> dict[str, type]:
        return {known.__name__: known for known in (self.result, *self.parts)}

    def _document(self, value: object, arrays: dict[str, Any]) -> object:
        if isinstance(value, Enum):
            return {"enum": self._named(value), "value": value.value}
        if value is None or isinstance(value, bool | int | float | str):
            return value.item() if isinstance(value, np.generic) else value
        if isinstance(value, np.ndarray):
            return self._kept(value, arrays)
        if isinstance(value, tuple | list):
            return {type(value).__name__: [self._document(item, arrays) for item in value]}
        if isinstance(value, dict):
            return {"dict": [[self._document(k, arrays), self._document(v, arrays)] for k, v in value.items()]}
        if is_dataclass(value) and not isinstance(value, type):
            kept = {field.name: self._document(getattr(value, field.name), arrays) for field in fields(value)}
            return {"class": self._named(value), "fields": kept}
        raise TypeError(f"expected a value that a stage can keep, but {type(value).__name__} came")

    def _named(self, value: object) -> str:
        name = type(value).__name__
        if self._known().get(name) is not type(value):
            raise TypeError(f"expected one of {', '.join(self._known())} in a stored stage, but {name} came")
        return name

    @staticmethod
    def _kept(value: NDArray[Any], arrays: dict[str, Any]) -> object:
        if value.dtype.hasobject:
            raise TypeError("expected an array of numbers in a stored stage, but one of objects came")
        name = f"a{len(arrays)}"
        arrays[name] = np.packbits(value) if value.dtype == bool else np.ascontiguousarray(value)
        return {"array": name, "shape": list(value.shape), "bits": value.dtype == bool}

    def _value(self, document: Any, array: Callable[[str], NDArray[Any]]) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(document, dict):
            return document
        if "array" in document:
            return _array(array(document["array"]), tuple(document["shape"]), bits=document["bits"])
        if "enum" in document:
            return self._known()[document["enum"]](document["value"])
        if "class" in document:
            kept = {name: self._value(item, array) for name, item in document["fields"].items()}
            return self._known()[document["class"]](**kept)
        if "dict" in document:
            return {self._value(k, array): self._value(v, array) for k, v in document["dict"]}
        ((kind, items),) = document.items()
        values = [self._value(item, array) for item in items]
        return tuple(values) if kind == "tuple" else values


def _array(stored: NDArray[Any], shape: tuple[int, ...], *, bits: bool) -> NDArray[Any]:
    if not bits:
        return stored.reshape(shape)
    return np.unpackbits(stored, count=int(np.prod(shape))).reshape(shape).astype(bool)
