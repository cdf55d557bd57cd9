"""The libraries of the extra [print]; where one is missing, one plain line says what to install.

They are loaded when something is printed, so that the rest of the issuer runs without them.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from card_os.spec.errors import Phrase
from issuer.printing.errors import PrintingUnavailableError

EXTRA = Phrase("install the extra [print]: pip install 'residents-health-card[print]'")
PANGO = Phrase("install Pango, on Debian libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0")


def weasyprint() -> Any:  # noqa: ANN401 - the library has no types
    """WeasyPrint, which makes PDF; raises PrintingUnavailableError, also where its Pango is missing."""
    try:
        import weasyprint as library  # type: ignore[import-untyped]  # noqa: PLC0415
        from PIL import ImageFile  # noqa: PLC0415
    except ImportError:
        raise PrintingUnavailableError(missing="WeasyPrint", remedy=EXTRA) from None
    except OSError:
        raise PrintingUnavailableError(missing="Pango", remedy=PANGO) from None
    # its import tells Pillow, for the whole process, to take half a picture for a whole one
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return library


def pdfium() -> Any:  # noqa: ANN401 - the library has no types
    """pypdfium2, which makes pictures of PDF; raises PrintingUnavailableError."""
    try:
        import pypdfium2 as library  # type: ignore[import-untyped]  # noqa: PLC0415
        from PIL import Image  # noqa: F401, PLC0415
    except ImportError:
        raise PrintingUnavailableError(missing="pypdfium2", remedy=EXTRA) from None
    return library


def templates() -> Any:  # noqa: ANN401 - an environment of Jinja2
    """Jinja2 for our own templates of forms; raises PrintingUnavailableError."""
    library = _jinja2()
    return library.Environment(
        autoescape=True,
        undefined=library.StrictUndefined,
        loader=library.PackageLoader("issuer.printing"),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def sandbox() -> Any:  # noqa: ANN401 - an environment of Jinja2
    """Jinja2 for templates that came with a layout: they reach nothing but what they are handed."""
    library = _jinja2()
    return library.sandbox.ImmutableSandboxedEnvironment(autoescape=True, undefined=library.StrictUndefined)


def template_error() -> type[Exception]:
    """What Jinja2 raises where a template is wrong."""
    error: type[Exception] = _jinja2().TemplateError
    return error


def _jinja2() -> ModuleType:
    try:
        import jinja2.sandbox  # noqa: PLC0415
    except ImportError:
        raise PrintingUnavailableError(missing="Jinja2", remedy=EXTRA) from None
    return jinja2


def font_tools() -> Any:  # noqa: ANN401 - the library has no types
    """fontTools, which comes with WeasyPrint and reads fonts; raises PrintingUnavailableError."""
    try:
        from fontTools import ttLib as library  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise PrintingUnavailableError(missing="fontTools", remedy=EXTRA) from None
    return library
