import { stat } from "node:fs/promises";
import { ingestErrors } from "codex-core";

/**
 * Refuses a database with changes beside it: another program is writing it, or died while it was.
 *
 * @throws CODEX_INGEST_BUSY
 */
export async function refuseJournals(path: string, endings: readonly string[]): Promise<void> {
  for (const ending of endings) {
    const size = (await stat(`${path}${ending}`).catch(() => undefined))?.size ?? 0;
    if (size === 0) continue;
    throw ingestErrors.CODEX_INGEST_BUSY({
      what: `${path} has changes in ${path}${ending} that are not in it yet.`,
      where: `${path}${ending}`,
      why: "Another program has it open for writing, or died while it had.",
      fix: "End that program, or open and close the database once with its own shell, which takes the changes over.",
    });
  }
}
