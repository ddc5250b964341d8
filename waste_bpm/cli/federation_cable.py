"""A cable between two nodes on this machine: while it is whole it carries whatever goes in, and it can be cut."""

import socket
import threading
from contextlib import suppress

_CHUNK = 65536


class Cable:
    """A port that leads to another; while it is cut, whoever connects is refused."""

    def __init__(self, port: int) -> None:
        self.to = port
        self._open: set[socket.socket] = set()
        self._turn = threading.Lock()
        self._listening: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._listen(self._listening)

    def cut(self) -> None:
        """Refuse whoever connects, and end what goes through now."""
        with self._turn:
            ends, self._listening = [*self._open, self._listening], None
            self._open.clear()
        for end in ends:
            if end is not None:
                _ended(end)

    def mend(self) -> None:
        """Let everything through again."""
        with self._turn:
            if self._listening is not None:
                return
            self._listening = socket.create_server(("127.0.0.1", self.port))
        self._listen(self._listening)

    def _listen(self, listening: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listening,), name=f"cable {self.port}", daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.to), timeout=5)
                except OSError:
                    _ended(near)
                    continue
                far.settimeout(None)
                self._join(near, far)

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        with self._turn:
            whole = self._listening is not None
            if whole:
                self._open |= {near, far}
        if not whole:
            _ended(near)
            _ended(far)
            return
        for here, there in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while chunk := here.recv(_CHUNK):
                there.sendall(chunk)
        for end in (here, there):
            with self._turn:
                self._open.discard(end)
            _ended(end)


def _ended(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
