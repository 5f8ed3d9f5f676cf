#!/usr/bin/env node
// The benchmark's yardstick: a plain chat server as it is usually written on ws and pg. One process, a pool of ten
// connections, one row for each message, an ack to the sender and the message to everybody else in the chat.
//
// It is steered by the same environment variables as Chatire's services.
import { createServer } from 'node:http';

import pg from 'pg';
import { WebSocketServer } from 'ws';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE
  );
  CREATE TABLE IF NOT EXISTS members (
    chat_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (chat_id, user_id)
  );
  CREATE TABLE IF NOT EXISTS messages (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chat_id BIGINT NOT NULL,
    sender_id BIGINT NOT NULL REFERENCES users (id),
    client_id TEXT NOT NULL,
    text TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS messages_chat ON messages (chat_id, id);
`;

// Named: prepared once on each connection.
const INSERT = {
  name: 'insert',
  text: 'INSERT INTO messages (chat_id, sender_id, client_id, text) VALUES ($1, $2, $3, $4) RETURNING id, at',
};

const pool = new pg.Pool({ connectionString: process.env.CHATIRE__DATABASE__URL, max: 10 });
const rooms = new Map(); // a chat's id → the sockets of its members

const http = createServer((request, response) => {
  response.statusCode = request.url === '/readyz' ? 200 : 404;
  response.end();
});
const sockets = new WebSocketServer({ noServer: true });

http.on('upgrade', async (request, socket, head) => {
  const token = new URL(request.url, 'http://localhost').searchParams.get('token');
  const user = await userOf(token).catch(() => null);
  if (!user) {
    socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (client) => serve(client, user));
});

async function userOf(token) {
  const { rows } = await pool.query(
    `SELECT users.id, users.name, array_agg(members.chat_id) AS chats
     FROM users JOIN members ON members.user_id = users.id WHERE users.token = $1 GROUP BY users.id`,
    [token],
  );
  return rows[0] && { id: rows[0].id, name: rows[0].name, chats: new Set(rows[0].chats) };
}

function serve(client, user) {
  for (const chat of user.chats) {
    if (!rooms.has(chat)) rooms.set(chat, new Set());
    rooms.get(chat).add(client);
  }
  client.on('message', async (data) => {
    let client_id;
    try {
      const wanted = JSON.parse(data);
      client_id = wanted.client_id;
      await send(client, user, wanted);
    } catch (error) {
      client.send(JSON.stringify({ type: 'error', client_id, message: error.message }));
    }
  });
  client.on('close', () => {
    for (const chat of user.chats) rooms.get(chat).delete(client);
  });
  client.on('error', () => client.terminate());
  client.send(JSON.stringify({ type: 'ready' }));
}

async function send(client, user, { chat, client_id, text }) {
  if (!user.chats.has(chat) || typeof text !== 'string' || !text) throw new Error('refused');
  const { rows } = await pool.query({ ...INSERT, values: [chat, user.id, client_id, text] });
  const { id, at } = rows[0];
  client.send(JSON.stringify({ type: 'ack', client_id, id }));
  let frame; // encoded once, and only if somebody is there
  for (const other of rooms.get(chat)) {
    if (other === client) continue;
    frame ??= JSON.stringify({ type: 'message', id, chat, user: user.name, text, at });
    other.send(frame);
  }
}

await pool.query(SCHEMA);
const [host, port] = process.env.CHATIRE__LISTEN__PUBLIC.split(':');
http.listen(Number(port), host);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
