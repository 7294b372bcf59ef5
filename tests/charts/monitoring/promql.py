"""The metrics and labels a PromQL expression names. Reads text, knows no semantics: promtool judges whether it parses."""

import re
from dataclasses import dataclass

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^{}]*)\}")
#: label_replace(…, "target", "replacement", "source", "pattern")
_LABEL_REPLACE = re.compile(r',\s*"(\w+)",\s*"[^"]*",\s*"(\w*)",\s*"(?:[^"\\]|\\.)*"\s*\)')
_WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "by", "without", "on", "ignoring", "group_left", "group_right"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """`selected`: labels that each metric is selected by. `grouped`: those of by and on. `made`, `sources`: label_replace."""

    selected: dict[str, frozenset[str]]
    grouped: frozenset[str]
    made: frozenset[str]
    sources: frozenset[str]


def read(expression: str) -> Query:
    """What the expression names."""
    replaced = _LABEL_REPLACE.findall(expression)
    text = _STRING.sub('""', expression)
    text = re.sub(r"\[[^\]]*\]", "", text)
    grouped = {label.strip() for clause in _GROUPING.findall(text) for label in clause.split(",") if label.strip()}
    text = _GROUPING.sub("", text)
    selected: dict[str, set[str]] = {}
    for name, matchers in _SELECTOR.findall(text):
        selected.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
    for name in re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)\b(?!\s*\()", _SELECTOR.sub(" ", text)):
        if name.lower() not in _WORDS:
            selected.setdefault(name, set())
    return Query(
        selected={name: frozenset(labels) for name, labels in selected.items()},
        grouped=frozenset(grouped),
        made=frozenset(target for target, _source in replaced),
        sources=frozenset(source for _target, source in replaced if source),
    )
