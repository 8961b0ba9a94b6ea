import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ingestErrors } from "codex-core";

const packageName = "@duckdb/node-api";

/** What is used of a connection to DuckDB. */
export interface DuckConnection {
  run(sql: string, values?: readonly (string | null)[]): Promise<unknown>;
  runAndReadAll(
    sql: string,
    values?: readonly (string | null)[],
  ): Promise<{ getRowObjects(): Record<string, unknown>[] }>;
  closeSync(): void;
}

interface DuckLibrary {
  readonly DuckDBInstance: {
    create(path: string): Promise<{ connect(): Promise<DuckConnection>; closeSync(): void }>;
  };
}

/**
 * DuckDB's library, beside this package or in the project. It is 70 MB, so it is installed by those who use it.
 *
 * @throws CODEX_INGEST_LIBRARY
 */
export async function loadDuckdb(projectFolder: string): Promise<DuckLibrary> {
  for (const from of [import.meta.url, join(projectFolder, "package.json")]) {
    let entry: string;
    try {
      entry = createRequire(from).resolve(packageName);
    } catch {
      continue;
    }
    const module = (await import(pathToFileURL(entry).href)) as DuckLibrary & { readonly default?: DuckLibrary };
    return module.DuckDBInstance ? module : module.default!;
  }
  throw ingestErrors.CODEX_INGEST_LIBRARY({
    what: `A DuckDB file needs the package ${packageName}, which is not installed.`,
    where: projectFolder,
    fix: `npm install ${packageName}`,
  });
}
