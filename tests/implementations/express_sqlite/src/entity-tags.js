/** Returns the strong entity tag of a row: every write raises its version. */
export function entityTag({ id, version }) {
  return `"${id}-${version}"`;
}

/**
 * Tells whether an If-Match or If-None-Match header holds for a strong entity tag (RFC 9110, 8.8.3.2).
 * With `weak`, tags marked `W/` are compared as well.
 */
export function hasMatchingTag(etag, header = '', { weak = false } = {}) {
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.includes(etag) || (weak && tags.includes(`W/${etag}`));
}
