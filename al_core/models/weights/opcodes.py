"""What torch.save wrote, read as data: no class is looked up and nothing is called.

A `.pth` file is an archive of raw numbers and of a small program for Python's pickle machine that
puts them together. Running that program is what makes foreign files dangerous, and
torch.load(weights_only=True), which runs it with guards, has twice let attackers through (until
torch 2.6 and until 2.10; we work from 2.4 on). Here the program is only looked at: names of classes
stay names, calls become what they stand for if they are one of three that make tensors, else a
placeholder.
"""

from __future__ import annotations

import pickletools  # takes such programs apart and runs nothing  # nosec B403
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Name:
    """The name of a class or a function."""

    module: str
    name: str


@dataclass(frozen=True)
class Storage:
    """A block of numbers in the archive; `kind` is torch's name for their type."""

    kind: str
    key: str
    count: int


@dataclass(frozen=True)
class StoredTensor:
    """Where in which block a tensor lies."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class Unknown:
    """Stands for anything that is no tensor, number, text or container."""


def read(program: bytes) -> object:
    """Return what a program would build: dicts, lists, tuples, texts, numbers and StoredTensors.

    Args:
        program: The bytes of data.pkl.

    Raises:
        ValueError: It makes no sense, or has instructions that torch.save does not write.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(program):
            machine.do(opcode.name, argument)
        return machine.stack[-1]
    except (IndexError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"its program makes no sense ({error})") from error


class _Machine:
    """A stack, the places of marks on it, and what is remembered by number."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        if name in _IGNORED:
            return
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in _STEPS:
            _STEPS[name](self, argument)
        else:
            raise ValueError(f"it has the instruction {name}")

    def mark(self, _: Any) -> None:
        self._marks.append(len(self.stack))

    def pop(self, _: Any) -> None:
        self.stack.pop()

    def remember(self, number: int | None) -> None:
        self._memo[len(self._memo) if number is None else number] = self.stack[-1]

    def recall(self, number: int) -> None:
        self.stack.append(self._memo[number])

    def tuple_of_marked(self, _: Any) -> None:
        self.stack.append(tuple(self._since_mark()))

    def tuple_of(self, count: int) -> None:
        items = self.stack[-count:]
        del self.stack[-count:]
        self.stack.append(tuple(items))

    def set_items(self, pairs: list[Any]) -> None:
        """Put keys and values, one after the other, into the dict on top."""
        target = self.stack[-1]
        if isinstance(target, dict):
            items = zip(pairs[::2], pairs[1::2], strict=True)
            target.update((key, value) for key, value in items if isinstance(key, (str, int)))

    def set_marked(self, _: Any) -> None:
        self.set_items(self._since_mark())

    def set_one(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def append_marked(self, _: Any) -> None:
        items = self._since_mark()
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def append_one(self, _: Any) -> None:
        item = self.stack.pop()
        if isinstance(self.stack[-1], list):
            self.stack[-1].append(item)

    def name(self, words: str) -> None:
        module, _, name = words.partition(" ")
        self.stack.append(Name(module, name))

    def name_from_stack(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(Name(str(module), str(name)))

    def call(self, _: Any) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(_meant(function, arguments))

    def storage(self, _: Any) -> None:
        """Take ("storage", type, key, device, count), the only thing kept outside the program."""
        kind, cls, key, _device, count = self.stack.pop()
        if kind != "storage" or not isinstance(cls, Name):
            raise ValueError("it refers to something that is no storage")
        self.stack.append(Storage(cls.name, str(key), int(count)))

    def _since_mark(self) -> list[Any]:
        start = self._marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items


def _meant(function: Any, arguments: tuple[Any, ...]) -> Any:
    """Return what a call stands for."""
    if function == Name("collections", "OrderedDict"):
        return {}
    if function == Name("torch._utils", "_rebuild_tensor_v2"):
        storage, offset, shape, stride = arguments[:4]
        return StoredTensor(storage, int(offset), tuple(shape), tuple(stride))
    if function == Name("torch._utils", "_rebuild_parameter"):
        return arguments[0]
    return Unknown()


_IGNORED = frozenset({"PROTO", "FRAME", "STOP"})
_VALUES = frozenset(
    {
        *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINFLOAT", "FLOAT"),
        *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE"),
        *("BINSTRING", "SHORT_BINSTRING", "STRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    }
)
_CONSTANTS: Mapping[str, Callable[[], object]] = MappingProxyType(
    {
        "NONE": lambda: None,
        "NEWTRUE": lambda: True,
        "NEWFALSE": lambda: False,
        "EMPTY_DICT": dict,
        "EMPTY_LIST": list,
        "EMPTY_TUPLE": tuple,
        "EMPTY_SET": list,
    }
)
_STEPS: Mapping[str, Callable[[_Machine, Any], None]] = MappingProxyType(
    {
        "MARK": _Machine.mark,
        "POP": _Machine.pop,
        "TUPLE": _Machine.tuple_of_marked,
        "TUPLE1": lambda machine, _: machine.tuple_of(1),
        "TUPLE2": lambda machine, _: machine.tuple_of(2),
        "TUPLE3": lambda machine, _: machine.tuple_of(3),
        "SETITEM": _Machine.set_one,
        "SETITEMS": _Machine.set_marked,
        "APPEND": _Machine.append_one,
        "APPENDS": _Machine.append_marked,
        "ADDITEMS": _Machine.append_marked,
        "PUT": _Machine.remember,
        "BINPUT": _Machine.remember,
        "LONG_BINPUT": _Machine.remember,
        "MEMOIZE": lambda machine, _: machine.remember(None),
        "GET": _Machine.recall,
        "BINGET": _Machine.recall,
        "LONG_BINGET": _Machine.recall,
        "GLOBAL": _Machine.name,
        "STACK_GLOBAL": _Machine.name_from_stack,
        "REDUCE": _Machine.call,
        "NEWOBJ": _Machine.call,
        "BUILD": _Machine.pop,  # attributes of an object; a state dict has only version numbers
        "BINPERSID": _Machine.storage,
    }
)
