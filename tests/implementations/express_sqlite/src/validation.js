import createError from 'http-errors';

import { quote } from './text.js';

const MAX_TITLE = 200;
const MAX_DESCRIPTION = 2000;
const MAX_LIMIT = 100;
const MEMBERS = ['title', 'description', 'done'];

/** Returns the id that a path segment names, or undefined. */
export function parseId(text) {
  const id = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Returns a task with its defaults from a parsed body, or throws a 400 that names every wrong member. */
export function parseTask(body) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw createError(400, `The body is ${describe(body)}; it must be an object.`);
  }
  const { title, description = '', done = false } = body;
  const problems = {
    title: title === undefined ? 'The title is missing.' : checkTitle(title),
    description: checkDescription(description),
    done: typeof done === 'boolean' ? undefined : `The value is ${describe(done)}; it must be true or false.`,
  };
  const unknown = Object.keys(body).filter((name) => !MEMBERS.includes(name));
  const details = [
    ...MEMBERS.filter((name) => problems[name]).map((name) => ({ field: name, message: problems[name] })),
    ...unknown.map((name) => ({ field: name, message: `The member ${quote(name)} is unknown.` })),
  ];
  if (details.length > 0) throw createError(400, 'The task is not valid.', { details });
  return { title, description, done };
}

/** Returns the filter and the page that a query asks for, or throws a 400 that names every wrong parameter. */
export function parseListQuery(query) {
  const details = [];

  function integer(name, min, max, fallback) {
    const text = query.get(name);
    if (text === null) return fallback;
    // Number() alone also takes " 5", "+5", "0x5", "5e0" and "".
    const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    details.push({ field: name, message: `${quote(text)} is not a whole number from ${min} to ${max}.` });
    return undefined;
  }

  const done = query.get('done');
  if (done !== null && done !== 'true' && done !== 'false') {
    details.push({ field: 'done', message: `${quote(done)} is neither true nor false.` });
  }
  const limit = integer('limit', 1, MAX_LIMIT, MAX_LIMIT);
  const after = integer('after', 0, Number.MAX_SAFE_INTEGER, 0);

  if (details.length > 0) throw createError(400, 'The query is not valid.', { details });
  return { done: done === null ? undefined : done === 'true', limit, after };
}

function checkTitle(value) {
  const problem = checkText(value, MAX_TITLE);
  if (problem) return problem;
  if (value === '') return `The text is empty; it must have 1 to ${MAX_TITLE} characters.`;
  if (/[\u0000-\u001f\u007f]/.test(value)) return `The text ${quote(value)} holds a control character.`;
  return undefined;
}

function checkDescription(value) {
  const problem = checkText(value, MAX_DESCRIPTION);
  if (problem) return problem;
  if (value.includes('\0')) return `The text ${quote(value)} holds U+0000.`;
  return undefined;
}

function checkText(value, max) {
  if (typeof value !== 'string') return `The value is ${describe(value)}; it must be a string.`;
  if (!value.isWellFormed()) return `The text ${quote(value)} holds a lone surrogate.`;
  const length = [...value].length; // String.length counts UTF-16 units.
  if (length > max) return `The text has ${length} characters; ${max} are allowed.`;
  return undefined;
}

/** Describes a JSON value. Nested ones are only named, because JSON.stringify() overflows the stack on deep ones. */
function describe(value) {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quote(value) : String(value);
}
