"""Xiangling 向零: the platform on which a city runs its work-safety supervision."""

from importlib.metadata import version

__version__ = version("xiangling")
