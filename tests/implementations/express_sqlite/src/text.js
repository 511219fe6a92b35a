const MAX_QUOTED = 60;

/** Quotes a text from a request for a message: escaped, and cut when it is long. */
export function quote(text) {
  const characters = [...text];
  const cut = characters.length > MAX_QUOTED;
  return JSON.stringify(cut ? `${characters.slice(0, MAX_QUOTED).join('')}…` : text);
}
