import { escapeHtml } from "./escape-html.js";

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A cell: text, or HTML that is safe already. */
export type Cell = string | { readonly html: string };

/** A table whose first column heads the rows; it scrolls in itself where it is wider than the page. */
export function renderHtmlTable(label: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const classOf = (column: Column | undefined): string => (column?.isNumber ? ' class="number"' : "");
  const html = (cell: Cell): string => (typeof cell === "string" ? escapeHtml(cell) : cell.html);
  const head = columns.map((column) => `<th scope="col"${classOf(column)}>${escapeHtml(column.title)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === 0 ? `<th scope="row">${html(cell)}</th>` : `<td${classOf(columns[index])}>${html(cell)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(label)}">
<table${columns.length <= 3 ? ' class="stacked"' : ""}><thead><tr>${head}</tr></thead>
<tbody>${body.join("\n")}</tbody></table></div>`;
}
