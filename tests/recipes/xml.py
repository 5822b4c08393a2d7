"""Documents of PMML and OpenVINO, as short as their readers take them."""

LAUGHS = "<!DOCTYPE r [<!ENTITY e0 'ha'>{}]>".format(
    "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
)
PLUGINS = '<ie><plugins><plugin name="X" location="{}"><properties/></plugin></plugins></ie>'


def document(root: str, prolog: str = "", *, encoding: str = "utf-8") -> bytes:
    """The bytes, with a declaration that says how they are encoded."""
    named = "utf-8" if encoding == "utf-8-sig" else encoding.removesuffix("-le").removesuffix("-be")
    return f'<?xml version="1.0" encoding="{named}"?>{prolog}{root}'.encode(encoding)


def pmml(inside: str = "") -> str:
    """A regression of one variable."""
    numbers = " ".join(map(str, range(100)))
    return (
        '<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header copyright="n"><Application name="a"/></Header>'
        '<DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>'
        f'<RegressionModel functionName="regression"><Extension name="a" value="b"/>{inside}'
        f'<RegressionTable intercept="1"><Array n="100" type="int">{numbers}</Array></RegressionTable>'
        "</RegressionModel></PMML>"
    )


def openvino(inside: str = "") -> str:
    """A graph of a parameter and a constant."""
    return (
        '<net name="g" version="11"><layers><layer id="0" name="x" type="Parameter" version="opset1">'
        '<data shape="1,4" element_type="f32"/><output><port id="0"><dim>1</dim><dim>4</dim></port></output></layer>'
        '<layer id="1" name="w" type="Const" version="opset1"><data element_type="f32" offset="0" shape="4" size="16"/>'
        f'</layer>{inside}</layers><edges/><rt_info><version value="2026"/></rt_info></net>'
    )
