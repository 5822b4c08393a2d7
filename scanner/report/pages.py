"""The documentation page of a rule: its card as a table, then the docstring of its module."""

from scanner.report import Card

_SITES = {
    "cwe": "https://cwe.mitre.org/data/definitions/{}.html",
    "attack": "https://attack.mitre.org/techniques/{}/",
    "atlas": "https://atlas.mitre.org/techniques/{}",
}


def render(card: Card) -> str:
    """The page as Markdown, ending in a newline; what a rule's author wrote needs no escaping."""
    rule = card.rule
    rows = [
        ("Severity", str(rule.severity)),
        ("Precision", rule.precision.value),
        ("Security severity", f"{rule.security_severity:.1f}"),
        ("CWE", _links("cwe", [(f"CWE-{n}", str(n)) for n in rule.cwe])),
        ("MITRE ATT&CK", _links("attack", [(t, t.replace(".", "/")) for t in rule.attack])),
        ("MITRE ATLAS", _links("atlas", [(t, t) for t in rule.atlas])),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows if value)
    return f"# {rule.id}\n\n{rule.title}.\n\n| | |\n|---|---|\n{table}\n\n{card.page.strip()}\n"


def _links(site: str, items: list[tuple[str, str]]) -> str:
    return ", ".join(f"[{label}]({_SITES[site].format(key)})" for label, key in items)
