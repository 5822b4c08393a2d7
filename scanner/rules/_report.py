"""Saying what an effect means, in the same words for every rule."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator

from scanner.facts import Anomaly, Effect, Facts, Flow
from scanner.finding import Behaviour, Finding, Rule, Severity
from scanner.site import Site, Step, Trigger

MOMENTS = {
    Trigger.LOAD: "Loading this file",
    Trigger.IMPORT: "Importing this script",
    Trigger.RENDER: "Rendering this template",
    Trigger.USE: "Using what this file defines",
    Trigger.CALL: "Calling a function of this file",
    Trigger.NEVER: "Running this file as a program",
}
_CHATS = re.compile(r"\b(?:api\.telegram\.org|hooks\.slack\.com|discord(?:app)?\.com/api/webhooks)\b")
_ADDRESSES = frozenset({"url", "url-raw-ip", "out-of-band-host"})
SHOWN = 6  # effects named in one message


def finding(
    rule: Rule,
    effect: Effect,
    deed: str,
    behaviour: Behaviour,
    *,
    severity: Severity | None = None,
    steps: tuple[Step, ...] = (),
) -> Finding:
    """``deed`` completes the sentence that starts with the moment: "runs a command"."""
    level = rule.severity if severity is None else severity
    call = effect.steps[-1].text if effect.steps else effect.callee
    return Finding(
        rule=rule.id,
        severity=level if effect.trigger.immediate else Severity.NOTE,
        behaviour=behaviour,
        message=f"{MOMENTS[effect.trigger]} {deed}. The call is {call}.",
        site=effect.site,
        callee=effect.callee,
        steps=steps or effect.steps,
        identity=(
            *_way(effect.site),
            effect.callee,
            *(a.text for a in effect.arguments),
            _said(steps or effect.steps),
        ),
    )


def _said(steps: tuple[Step, ...]) -> str:
    """What the steps say, as a digest: they hold the constants of a payload that the call itself does not."""
    return hashlib.sha256("\0".join(step.text for step in steps).encode("utf-8", "surrogatepass")).hexdigest()


def _way(site: Site) -> tuple[str, ...]:
    """The trail inside the file without the positions of constants, which move when a line is added."""
    return tuple(re.sub(r"(?: @ |:)\d+$", "", name) for name in site.trail[1:])


def of_its_user(effect: Effect) -> bool:
    """Whether the environment says where this goes, and no text of the script does but the name of a service
    whose addresses have such a part: a chat's hook, a bot."""
    where = [a for a in effect.arguments if a.name in ("0", "1", "url")]
    asked = any(s.kind in ("env.read", "secret.read") for a in where for s in a.sources)
    named = {i.text for a in where for i in a.indicators if i.kind in _ADDRESSES}
    return asked and all(_CHATS.search(host) for host in named)


def along(flow: Flow) -> tuple[Step, ...]:
    """The steps of a flow: how its code came to run, then the way of the data."""
    return tuple(dict.fromkeys((*flow.effect.steps[:-1], *flow.steps)))


def together(effects: Iterable[Effect]) -> tuple[Step, ...]:
    """The steps of several effects as one path: the way to the first, then every other one."""
    steps: dict[tuple[Site, str], Step] = {}
    for step in (s for effect in effects for s in effect.steps):
        # A call, and that call as the way to the code it runs, are one step.
        steps.setdefault((step.site, re.split(r"[ (]", step.text, maxsplit=1)[0]), step)
    return tuple(steps.values())


def anomaly_finding(rule: Rule, anomaly: Anomaly, message: str, severity: Severity | None = None) -> Finding:
    """A finding about the file itself rather than about code in it."""
    return Finding(
        rule=rule.id,
        severity=rule.severity if severity is None else severity,
        behaviour=Behaviour.UNREADABLE,
        message=message,
        site=anomaly.site,
        identity=(*_way(anomaly.site), anomaly.kind),
    )


def tell(rule: Rule, facts: Facts, kinds: Collection[str], what: str) -> Iterator[Finding]:
    """A finding for each anomaly of these kinds; ``what`` is the sentence that its message completes."""
    for anomaly in facts.anomalies:
        if anomaly.kind in kinds:
            yield anomaly_finding(rule, anomaly, f"{what}: {anomaly.message}.")
