#!/usr/bin/env node
// The benchmark's yardstick for fan-out: a plain broadcast server as it is usually written on ws. Whatever one socket
// says goes to all others.
import { createServer } from 'node:http';

import { WebSocket, WebSocketServer } from 'ws';

const http = createServer((request, response) => {
  response.statusCode = request.url === '/readyz' ? 200 : 404;
  response.end();
});
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

sockets.on('connection', (client) => {
  client.on('message', (data, isBinary) => {
    for (const other of sockets.clients) {
      if (other !== client && other.readyState === WebSocket.OPEN) other.send(data, { binary: isBinary });
    }
  });
  client.on('error', () => client.terminate());
});

const [host, port] = process.env.CHATIRE__LISTEN__PUBLIC.split(':');
http.listen(Number(port), host, 4096);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
