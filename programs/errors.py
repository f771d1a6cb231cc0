"""What is wrong with a program document or its facts, where, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect: a stable code, the path in the document, a sentence, the line, the way out."""

    code: str
    path: str
    message: str
    line: int | None = None
    remedy: str = ""

    def __str__(self) -> str:
        where = ", ".join(part for part in (self._line_text(), self.path) if part)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text}. {self.remedy}" if self.remedy else text

    def _line_text(self) -> str:
        return f"line {self.line}" if self.line else ""

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON."""
        return asdict(self)


class ProgramError(Exception):
    """One or more problems; `code`, `path` and `message` are those of the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        self.code = problems[0].code
        self.path = problems[0].path
        self.message = problems[0].message

    @classmethod
    def one(
        cls, code: str, path: str, message: str, *, line: int | None = None, remedy: str = ""
    ) -> Self:
        """An error with a single problem."""
        return cls([Problem(code, path, message, line, remedy)])
