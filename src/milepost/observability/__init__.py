"""Shows how a process does to whoever watches it: figures, whether it lives, whether it is ready.

Before it parts of the process note what happens; `serve`, `worker` and `reporter` answer with its pages.
"""
