import express from 'express';
import createError from 'http-errors';

import { readJson } from './body.js';
import { entityTag, hasMatchingTag } from './entity-tags.js';
import { parseId, parseListQuery, parseTask } from './validation.js';

/** Routes of `/tasks` and `/tasks/{id}`. */
export function createTaskRouter(store) {
  const router = express.Router({ caseSensitive: true, strict: true });

  router.param('id', (req, res, next, text) => {
    req.taskId = parseId(text);
    if (req.taskId === undefined) throw notFound();
    next();
  });

  router
    .route('/tasks')
    .get((req, res) => {
      const { done, limit, after } = parseListQuery(req.query);
      // One more than the page holds tells whether there is a next page.
      const rows = store.list({ done, after, limit: limit + 1 });
      const page = rows.slice(0, limit);

      if (rows.length > limit) {
        const next = new URLSearchParams({ limit, after: page.at(-1).id });
        if (done !== undefined) next.set('done', done);
        res.links({ next: `${req.baseUrl}/tasks?${next}` });
      }
      res.set('Cache-Control', 'no-cache').json(page.map(toTask));
    })
    .post(readJson, (req, res) => {
      const row = store.create(parseTask(req.body));
      res.status(201).location(`${req.baseUrl}/tasks/${row.id}`);
      sendTask(res, row);
    })
    .all(refuseOtherMethods('GET, HEAD, OPTIONS, POST'));

  router
    .route('/tasks/:id')
    .get((req, res) => {
      const row = store.read(req.taskId);
      if (!row) throw notFound();
      res.set('Cache-Control', 'no-cache');
      sendTask(res, row);
    })
    .put(readJson, (req, res) => {
      const row = store.replace(req.taskId, requireMatch(req), parseTask(req.body));
      if (!row) throw notFound();
      sendTask(res, row);
    })
    .delete((req, res) => {
      if (!store.remove(req.taskId, requireMatch(req))) throw notFound();
      res.json({ message: 'Task deleted' });
    })
    .all(refuseOtherMethods('DELETE, GET, HEAD, OPTIONS, PUT'));

  return router;
}

function toTask({ id, title, description, done }) {
  return { id, title, description, done: done === 1 };
}

function sendTask(res, row) {
  res.set('ETag', entityTag(row)).json(toTask(row));
}

function notFound() {
  return createError(404, 'Task not found');
}

/** Returns a check of a row against If-Match. The store calls it inside the transaction that writes. */
function requireMatch(req) {
  const header = req.get('If-Match');
  return (row) => {
    const tag = entityTag(row);
    if (header !== undefined && !hasMatchingTag(tag, header)) {
      throw createError(412, `The entity tag of the task is ${tag}; If-Match does not name it.`);
    }
  };
}

/** Ends a route: answers OPTIONS, and any method that no handler before it took with 405. */
function refuseOtherMethods(allow) {
  return (req, res) => {
    res.set('Allow', allow);
    if (req.method !== 'OPTIONS') {
      throw createError(405, `The method ${req.method} is not allowed here; allowed are ${allow}.`);
    }
    res.status(204).end();
  };
}
