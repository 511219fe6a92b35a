import express from 'express';
import createError from 'http-errors';

import { hasMatchingTag } from './entity-tags.js';
import { handleError } from './errors.js';
import { createTaskRouter } from './tasks.js';
import { quote } from './text.js';

/** Builds the Express application on a store as `openStore` returns it. */
export function createApp(store) {
  const app = express();

  app.disable('etag');
  app.disable('x-powered-by');
  // The default parser reads only the first 1,000 parameters.
  app.set('query parser', (query) => new URLSearchParams(query));

  // res.json() answers 304 where req.fresh is true. Express's own getter is not used, because it ignores
  // If-None-Match when the request says `Cache-Control: no-cache`, and lets `*` match an answer without ETag.
  Object.defineProperty(app.request, 'fresh', {
    get() {
      const etag = this.res.get('ETag');
      const isRead = this.method === 'GET' || this.method === 'HEAD';
      return isRead && etag !== undefined && hasMatchingTag(etag, this.get('If-None-Match'), { weak: true });
    },
  });

  app.use((req, res, next) => {
    res.set('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.use(createTaskRouter(store));
  app.use((req) => {
    throw createError(404, `The path ${quote(req.path)} does not exist.`);
  });
  app.use(handleError);

  return app;
}
