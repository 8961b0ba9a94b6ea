/**
 * Text for HTML, inside and outside of attributes. Control characters, which a page cannot carry, become visible
 * pictures; line breaks and tabs stay.
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']|(?![\t\n])\p{Cc}/gu, (character) => {
    const entity = entities[character];
    if (entity !== undefined) return entity;
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/** JSON that may stand in a script element: nothing in it can end the element or begin a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "\r": "",
};
