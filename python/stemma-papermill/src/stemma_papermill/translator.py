"""Python values as TypeScript source."""

import datetime
import json
import math
import re

from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator

# Whole numbers beyond it are not the same as doubles.
MAX_SAFE_INTEGER = 2**53 - 1

# A dollar sign is allowed in names, and \w has all letters.
NAME = re.compile(r"[^\W\d$]*[\w$]*")

RESERVED = frozenset(
    "await break case catch class const continue debugger default delete do else enum export extends false finally for function"
    " if import in instanceof let new null return static super switch this throw true try typeof var void while with yield".split()
)

DECLARATION = re.compile(
    r"^\s*(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?)\s*)?=(?!=)\s*(?P<rest>.*)$"
)


class TypeScriptTranslator(Translator):
    """Writes the cell that papermill puts behind the one tagged ``parameters``."""

    @classmethod
    def translate(cls, val):
        if isinstance(val, (datetime.date, datetime.time)):
            return cls.translate_str(val.isoformat())
        if isinstance(val, (tuple, set, frozenset)):
            return cls.translate_list(val)
        # A scalar of numpy or pandas, which is what a parameter grid is often made of.
        if callable(getattr(val, "item", None)) and not isinstance(val, (str, int, float)):
            return cls.translate(val.item())
        return super().translate(val)

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_int(cls, val):
        return str(val) if abs(val) <= MAX_SAFE_INTEGER else f"{val}n"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(float(val))

    @classmethod
    def translate_str(cls, val):
        # Lone surrogates have no UTF-8: such a text is written in escapes.
        text = str(val)
        return json.dumps(text, ensure_ascii=any("\ud800" <= letter <= "\udfff" for letter in text))

    @classmethod
    def translate_escaped_str(cls, str_val):
        return cls.translate_str(str_val)

    @classmethod
    def translate_dict(cls, val):
        members = ", ".join(f"{cls._key(key)}: {cls.translate(value)}" for key, value in val.items())
        return f"{{ {members} }}" if members else "{}"

    @classmethod
    def _key(cls, key):
        text = cls.translate_str(key)
        # Written plainly it would set the prototype.
        return f"[{text}]" if key == "__proto__" else text

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        if not NAME.fullmatch(name) or name in RESERVED:
            raise PapermillException(f'"{name}" is no name for a TypeScript variable. Name the parameter otherwise.')
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        """The parameters that a cell declares, one a line, for ``--help-notebook``."""
        matches = (DECLARATION.match(line) for line in parameters_cell["source"].splitlines())
        return [_parameter(match) for match in matches if match]


def _parameter(match):
    value, _, comment = match["rest"].partition(" //")
    return Parameter(
        name=match["name"],
        inferred_type_name=(match["type"] or _type_of(value.strip().rstrip(";"))).strip(),
        default=value.strip().rstrip(";").strip(),
        help=comment.strip(),
    )


def _type_of(value):
    """The type of a literal as papermill shows it; "None" stands for one that is not known."""
    try:
        parsed = json.loads(value)
    except ValueError:
        return "string" if value[:1] in "'`" and value else "None"
    if isinstance(parsed, bool):
        return "boolean"
    return {int: "number", float: "number", str: "string", list: "array", dict: "object"}.get(type(parsed), "None")
