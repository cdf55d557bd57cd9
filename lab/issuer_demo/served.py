"""The HTTP interface of the province while the story needs it, on a free port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from issuer.api.app import create_app
from issuer.office import Office
from lab.issuer_demo.house import House

_SECONDS = 20.0


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def served(house: House) -> Iterator[str]:
    """The address at which a house is served until the block ends."""
    office = Office(house.home, house.settings, house.custodian, house.registry)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(create_app(office), log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            if not server.listening.wait(_SECONDS):
                raise RuntimeError("the HTTP interface does not come up")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_SECONDS)
