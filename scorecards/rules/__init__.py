"""What needs somebody today: levels, the portal's to-do list, the CAM's portfolio."""

from scorecards.rules.levels import LevelView, level_views
from scorecards.rules.portfolio import PortfolioRow, portfolio
from scorecards.rules.todo import Todo, todo_for_staff, todo_of

__all__ = [
    "LevelView",
    "PortfolioRow",
    "Todo",
    "level_views",
    "portfolio",
    "todo_for_staff",
    "todo_of",
]
