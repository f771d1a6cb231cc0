"""The program's pages in the admin: versions, the draft and its editor, the plan."""

from programs.admin.versions import ProgramVersionAdmin

__all__ = ["ProgramVersionAdmin"]
