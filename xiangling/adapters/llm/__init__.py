"""A language model of the house's own, reached over the OpenAI chat interface. Off unless the operator names one.

Nothing here decides anything: who asks checks every word of the answer.
"""

from .client import Model, ModelFailed, ask

__all__ = ["Model", "ModelFailed", "ask"]
