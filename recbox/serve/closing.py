"""How a listening socket takes no more, and drops nobody."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import sys

SO_ATTACH_FILTER = 26


def shut(listener: socket.socket) -> None:
    """No more connections are made, and those that wait in line are still taken: closing would drop them.

    Linux has a filter of packets for each socket, here one that lets none through; elsewhere the line becomes
    short.
    """
    none_through = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET | BPF_K, 0
    program = struct.pack("HP", 1, ctypes.addressof(none_through))
    with contextlib.suppress(OSError):
        if sys.platform == "linux":
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        else:
            listener.listen(0)
