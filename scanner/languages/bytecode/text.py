"""Instructions that put text together, and those of ``match``."""

from scanner import ir
from scanner.languages.bytecode.instructions import Instruction as Step
from scanner.languages.bytecode.values import Values

_CONVERSIONS = {1: "str", 2: "repr", 3: "ascii"}


class Text(Values):
    """One method per instruction, by its name in lower case."""

    # Text

    def format_value(self, step: Step) -> None:
        spec = self.pop() if step.arg & 4 else None
        self._format(self.pop(), _CONVERSIONS.get(step.arg & 3), spec)

    def format_simple(self, step: Step) -> None:
        pass

    def format_with_spec(self, step: Step) -> None:
        value, spec = self.pops(2)
        self._format(value, None, spec)

    def convert_value(self, step: Step) -> None:
        self._format(self.pop(), _CONVERSIONS.get(step.arg), None)

    def _format(self, value: ir.Reg, conversion: str | None, spec: ir.Reg | None) -> None:
        if conversion is not None:
            value = self.invoke(self.builtin(conversion), (value,))
        if spec is not None:
            value = self.invoke(self.builtin("format"), (value, spec))
        self.push(value)

    def build_interpolation(self, step: Step) -> None:
        spec = self.pop() if step.arg & 1 else None
        value, _ = self.pops(2)
        self._format(value, _CONVERSIONS.get(step.arg >> 2), spec)

    def build_template(self, step: Step) -> None:
        strings, values = self.pops(2)
        self.push(self.make("str", (*(self.items(strings) or ()), *(self.items(values) or (values,)))))

    # Patterns

    def get_len(self, step: Step) -> None:
        self.push(self.unknown("a length"))

    def match_mapping(self, step: Step) -> None:
        self.push(self.unknown("whether it matches"))

    match_sequence = match_mapping

    def match_keys(self, step: Step) -> None:
        keys, subject = self.peek(1), self.peek(2)
        found = [self.item(subject, key) for key in self.items(keys) or ()]
        self.push(self.make("tuple", found))
        if self.table.version < (3, 11):
            self.push(self.unknown("whether it matches"))

    def match_class(self, step: Step) -> None:
        subject, _, names = self.pops(3)
        found = [subject] * min(step.arg, 64)  # which attributes, ``__match_args__`` of the class says
        found += [self.attribute(subject, name) for name in self.texts(names)]
        self.push(self.make("tuple", found))
        if self.table.version < (3, 11):
            self.push(self.unknown("whether it matches"))

    def copy_dict_without_keys(self, step: Step) -> None:
        self.pop()
        self.push(self.peek(1))
