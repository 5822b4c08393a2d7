"""Pictures of the summary as Mermaid itself draws them, in a browser (npm ``mermaid``)."""

import html
import json
import re
from pathlib import Path

from scanner.finding import Finding
from scanner.report import escape, summary
from scanner.site import Site, Step
from tests.npm import package
from tests.report import scans
from tests.report.browser import dom

WORSE = (
    'x"] --> y["taken',
    "`**bold**`",
    "%%{init: {'securityLevel': 'loose'}}%%",
    "end\nclick s0 call alert(1)",
    "<img src=x onerror=document.title='taken'>",
    "#quot;&quot;&#34;",
    "$$x^2$$ fa:fa-ban ::: classDef",
)
DRAW = """
<!DOCTYPE html><meta charset="utf-8"><title>drawing</title><body><script src="PROGRAM"></script><script>
(async () => {
  mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
  const drawn = [];
  for (const [number, source] of SOURCES.entries()) {
    try {
      const place = document.createElement("div");
      place.innerHTML = (await mermaid.render("picture" + number, source)).svg;
      document.body.append(place);
      const nodes = [...place.querySelectorAll("g.node")];
      drawn.push({
        labels: nodes.map(node => node.textContent.trim()),
        edges: place.querySelectorAll("path.flowchart-link").length,
        active: place.querySelectorAll("a, script, img, iframe, [onerror], [onclick]").length,
      });
    } catch (error) { drawn.push({error: String(error)}); }
  }
  document.body.replaceChildren(Object.assign(document.createElement("output"),
    {textContent: JSON.stringify(drawn)}));
})();
</script>
"""


def picture(finding: Finding) -> str:
    shown = summary.render(scans.scan(scans.report("a.py", finding)))
    return shown[shown.index("```mermaid\n") + 11 :].split("\n```")[0]


def test_labels_read_as_the_text_and_nothing_else_is_drawn(tmp_path: Path) -> None:
    texts = [*scans.HOSTILE, *WORSE]
    steps = [
        (Step(Site(("a.py",), line=1), text), Step(Site(("a.py",), line=2), "the end")) for text in texts
    ]
    sources = [picture(scans.finding(steps=pair)) for pair in steps]
    program = (package("mermaid") / "dist" / "mermaid.min.js").as_uri()
    page = DRAW.replace("PROGRAM", program).replace("SOURCES", json.dumps(sources).replace("<", "\\u003c"))
    shown = dom(page, tmp_path)
    assert "<title>drawing</title>" in shown
    output = re.search(r"<output>(.*?)</output>", shown, re.DOTALL)
    assert output, shown[-2000:]
    for text, drawn in zip(texts, json.loads(html.unescape(output[1])), strict=True):
        label = " ".join(escape.visible(escape.clip(text, 120)).split())
        assert [" ".join(x.split()) for x in drawn.get("labels", [drawn])] == [label, "the end"]
        assert (drawn["edges"], drawn["active"]) == (1, 0)
