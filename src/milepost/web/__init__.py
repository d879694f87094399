"""The HTTP interface: turns requests into steps of the pipeline, and errors into statuses.

Before it stand partners' tills and a member service; `bootstrap.serving` hands it what it stands on.
"""
