"""How a process that serves HTTP ends (`bootstrap.http_process`)."""

from threading import Event

from fastapi import FastAPI

from milepost.bootstrap.http_process import make_server, open_socket
from milepost.config import Settings


def test_make_server__told_to_end_before_it_began__ends() -> None:
    """Finding: a signal between waiting and serving ended the process with the signal's own code."""
    stopping = Event()
    stopping.set()
    with open_socket("127.0.0.1", 0) as listening:
        server = make_server(FastAPI(), Settings(), stopping)
        server.run(sockets=[listening])
    assert server.started and server.should_exit
