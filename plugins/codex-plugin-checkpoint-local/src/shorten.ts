/** Most characters of an error's text; a damaged file may hold names of many megabytes. */
const most = 500;

export function shorten(text: string): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
