"""Grid search."""

from xpm_config import GenericParams, GridSearch, discover_grid_params, generate_grid

__all__ = ["GenericParams", "GridSearch", "discover_grid_params", "generate_grid"]
