"""Questions to a model in the form of the OpenAI API: their bodies, what they ask of an engine, and what answers them.

Pure; knows no engine and no queue. The gateway refuses with it what no worker could serve, the worker reads the same body with
it again. What cannot be done is refused and never ignored: a client that asks for two answers and gets one would not notice.
"""

from .facts import Delta, Embed, Embeddings, Generate, Generation, Message
from .tasks import TASKS, Task, task_of

__all__ = ["TASKS", "Delta", "Embed", "Embeddings", "Generate", "Generation", "Message", "Task", "task_of"]
