"""The error tree of the plugin. An error stops the command (exit code 2); what a user should change is a finding instead.

PluginError
├── CannotJudge      something needed is not there: a folder, a chart, a table entry of our own
├── HelmFailed       helm could not render
└── NotSeen          a part of the cluster that may not be read, or is not there; what else is seen still counts
"""


class PluginError(Exception):
    """Base of every error this package raises on purpose: a sentence, and the way out."""

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class CannotJudge(PluginError):
    """What the command needs is not there, so it can say neither yes nor no."""


class HelmFailed(PluginError):
    """Helm is missing, or refused to render."""


class NotSeen(PluginError):
    """A kind of object that we may not read, or that this cluster does not have."""
