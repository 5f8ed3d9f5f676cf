#!/usr/bin/env node
// The benchmark's yardstick for fan-out: a plain broadcast server as it is usually written on Socket.IO, without HTTP
// long-polling. What one socket says as `m` goes to all others.
import { createServer } from 'node:http';

import { Server } from 'socket.io';

const http = createServer((request, response) => {
  response.statusCode = request.url === '/readyz' ? 200 : 404;
  response.end();
});
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

io.on('connection', (socket) => {
  socket.on('m', (event) => socket.broadcast.emit('m', event));
});

const [host, port] = process.env.CHATIRE__LISTEN__PUBLIC.split(':');
http.listen(Number(port), host, 4096);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
