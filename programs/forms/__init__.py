"""The shape of what people send to the program's pages."""

from programs.forms.inputs import Errors, Input, inputs
from programs.forms.reading import Data, flat_fields, read_fields, rows_changed
from programs.forms.upload import ProgramUploadForm

__all__ = [
    "Data",
    "Errors",
    "Input",
    "ProgramUploadForm",
    "flat_fields",
    "inputs",
    "read_fields",
    "rows_changed",
]
