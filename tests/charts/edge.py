"""Starts the edge's nginx with its image's settings and the chart's, in front of services that only say what they were asked."""

import contextlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from rendering import ROOT, SERVICES

SETTINGS = ROOT / "deploy/edge"


def nginx_program():
    # Debian keeps it where only root's PATH looks.
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def free_port():
    for port in range(23100, 23200):
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port
    raise RuntimeError("no port is free between 23100 and 23199")


_given = set()


class Service(http.server.ThreadingHTTPServer):
    """Tells whoever asks who it is and what it heard; hangs up on the next `refusals` requests; keeps sockets open."""

    daemon_threads = True

    def __init__(self, name):
        self.name, self.port, self.refusals, self.heard = name, free_port(), 0, 0
        super().__init__(("127.0.0.1", self.port), Answer)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.heard += 1
        if server.refusals > 0:
            server.refusals -= 1
            self.close_connection = True
            return
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            self.wfile.flush()
            self.rfile.read(1)
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"service": server.name, "path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        # A connection that is kept would be tried again anyway, since it may have been closed meanwhile.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def running(chart, folder):
    """The edge as a pod of `chart` would run it. Gives its port, its process, and the services behind it."""
    services = {name: Service(name) for name in SERVICES}
    ports = {name: free_port() for name in ("public", "internal")}
    log = folder / "nginx.log"
    with log.open("w") as output:
        # A group of its own: nginx is several processes, none of which may be left behind.
        process = subprocess.Popen(command(chart, folder, services, ports), stderr=output, start_new_session=True)
    try:
        wait_for(ports["internal"], process, log)
        yield ports, process, services
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        for service in services.values():
            service.shutdown()
            service.server_close()


def command(chart, folder, services, ports):
    """Lays the files out as in the container, with other ports and folders, and without a module that may not be here."""
    web, temporary = folder / "web", folder / "tmp"
    for path in (folder / "chatire/sites", web, temporary):
        path.mkdir(parents=True)
    (web / "index.html").write_text("<title>the web client</title>")
    for path in SETTINGS.glob("*.conf"):
        shutil.copy(path, folder / ("nginx.conf" if path.name == "nginx.conf" else f"chatire/{path.name}"))
    for path in (SETTINGS / "sites").glob("*.conf"):
        shutil.copy(path, folder / "chatire/sites")
    mounts = {m["mountPath"]: m for m in chart.container("edge")["volumeMounts"]}
    data = chart.of("ConfigMap", "edge")["data"]
    for target, mount in mounts.items():
        if mount["name"] == "config":
            relative = target.removeprefix("/etc/nginx/")
            assert (folder / relative).exists(), f"the image has no {target} to mount over"
            (folder / relative).write_text(data[mount["subPath"]])
    for path in folder.rglob("*.conf"):
        text = path.read_text()
        for name, (public, _) in SERVICES.items():
            text = text.replace(f"chatire-{name}:{public}", f"127.0.0.1:{services[name].port}")
        for there, here in {
            "/tmp/": f"{temporary}/",
            "/srv/web": str(web),
            "/dev/stdout": str(folder / "access.log"),
            "listen 8080": f"listen 127.0.0.1:{ports['public']}",
            "listen 8090": f"listen 127.0.0.1:{ports['internal']}",
        }.items():
            text = text.replace(there, here)
        path.write_text("".join(line for line in text.splitlines(True) if "brotli" not in line))
    first, directives = chart.container("edge")["args"]
    assert first == "-g"
    # Root's workers would become "nobody", who can't read the folder.
    user = f"user {folder.owner()} {folder.group()};" if folder.owner() == "root" else ""
    return [nginx_program(), "-e", "stderr", "-p", f"{folder}/", "-c", f"{folder}/nginx.conf", "-g", user + directives]


def wait_for(port, process, log):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"nginx ended: {log.read_text()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not listen within 10 s")
