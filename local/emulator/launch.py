"""Starts MiniStack with the additions that Sealdrop's stacks need, and nothing else of its own.

Usage: ``python launch.py [--until-stdin-closes]``. The emulator is configured by its own environment
variables (GATEWAY_PORT, BIND_HOST, USE_SSL, AUTH, CLOUDTRAIL_RECORDING, MINISTACK_REGION, ...); an
administrator is made from ADMINISTRATOR_ACCESS_KEY_ID and ADMINISTRATOR_SECRET_ACCESS_KEY where both are set.
"""

import os
import signal
import sys
import threading

from ministack import app

import additions
from additions import administrator

WATCH_STDIN = "--until-stdin-closes"


def end_when_stdin_closes() -> None:
    """Ends this process and the workers in its group once the process that started it has gone."""

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGTERM)
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def end_at_once_when_told() -> None:
    """Nothing is kept, so SIGTERM ends the process as it is; the emulator's own shutdown waits for idle workers."""
    serve = app.app

    async def application(scope, receive, send):
        if scope["type"] == "lifespan":  # The server has set its own handlers by now.
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        await serve(scope, receive, send)

    app.app = application


def keep_off_privileged_port() -> None:
    """With TLS the emulator also listens on 443 where it can; one port is enough here."""
    bindable = app._port_is_bindable
    app._port_is_bindable = lambda host, port: port != 443 and bindable(host, port)


def main() -> None:
    watch_stdin = WATCH_STDIN in sys.argv[1:]
    sys.argv = sys.argv[:1]
    keep_off_privileged_port()
    end_at_once_when_told()
    additions.install()
    administrator.create(
        os.environ.pop("ADMINISTRATOR_ACCESS_KEY_ID", ""),
        os.environ.pop("ADMINISTRATOR_SECRET_ACCESS_KEY", ""),
    )
    if watch_stdin:
        end_when_stdin_closes()
    app.main()


if __name__ == "__main__":
    main()
