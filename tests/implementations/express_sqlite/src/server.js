import { ServerResponse } from 'node:http';

import { createApp } from './app.js';
import { openStore } from './store.js';

const { DATABASE = 'tasks.db', HOST = '127.0.0.1', PORT = '8000' } = process.env;

const store = openStore(DATABASE);
const app = createApp(store);

const server = app.listen(PORT, HOST, (error) => {
  if (error) throw error;
  console.log(`Listening on ${HOST}, port ${server.address().port}.`);
});

// Node answers an unknown Expect with 417 and no body; RFC 9110, 10.1.1, allows to serve the request instead.
server.on('checkExpectation', app);

// Node gives CONNECT only to this listener, with the bare socket, and hangs up when there is none.
server.on('connect', (req, socket) => {
  const res = new ServerResponse(req);
  socket.on('error', () => socket.destroy());
  res.on('finish', () => socket.end());
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  app(req, res, () => res.writeHead(400).end()); // Express has no route for a target without a path.
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => store.close()));
}
