"""Parameters for TypeScript notebooks in papermill; importing this is all it takes."""

from papermill.translators import papermill_translators

from .engine import StemmaEngine
from .translator import TypeScriptTranslator

papermill_translators.register("typescript", TypeScriptTranslator)

__all__ = ["StemmaEngine", "TypeScriptTranslator"]
