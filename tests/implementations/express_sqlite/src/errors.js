import { finished } from 'node:stream';

import createError from 'http-errors';

const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 10_000;

/** Error handler: every refusal is JSON, and only what was meant for the client is told. */
export function handleError(error, req, res, next) {
  if (res.headersSent) return next(error);

  const refusal = toHttpError(error);
  if (refusal.status >= 500) console.error(error);

  const body = {
    error: refusal.message,
    // A member name of the client may hold a lone surrogate.
    details: refusal.details?.map(({ field, message }) => ({ field: field.toWellFormed(), message })),
  };
  res.status(refusal.status);
  if (req.readableEnded) return res.json(body);
  answerEarly(req, res, JSON.stringify(body));
}

function toHttpError(error) {
  if (createError.isHttpError(error)) return error;
  if (error instanceof URIError) return createError(400, 'The path holds an invalid percent-encoding.');
  return createError(500, 'The server failed to answer this request.');
}

/**
 * Sends an answer at once, but ends it only when the request has been read. Node may close the connection at the end of
 * an answer, and closing while the client still writes resets it: the client could lose the answer (RFC 9112, 9.6).
 * The bounds keep an endless body from holding the connection.
 */
function answerEarly(req, res, text) {
  res.type('json').set('Content-Length', Buffer.byteLength(text));
  if (req.method === 'HEAD') res.flushHeaders();
  else res.write(text);

  const close = () => req.socket.destroy();
  const timer = setTimeout(close, DRAIN_MS);
  let bytes = 0;
  req.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes > DRAIN_BYTES) close();
  });
  req.resume();
  finished(req, () => {
    clearTimeout(timer);
    res.end();
  });
}
