import { appendFile, readFile, truncate } from "node:fs/promises";
import { join, resolve } from "node:path";
import { definePlugin, makeFolder, TrackerPoint } from "codex-core";
import { z } from "zod";

/** JSON has no NaN and no infinities: they are written as texts. */
const jsonNumber = (_key, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
const toLine = (value) => `${JSON.stringify(value, jsonNumber)}\n`;

/** The whole lines of a file that may not be there yet. A last one that a crash tore is cut from it. */
async function wholeLines(file) {
  await appendFile(file, "");
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) await truncate(file, end);
  return bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
}

/** Appends every record of a run to RUNID.jsonl, between a line of what run it is and one of how it ended. */
function createJsonlTracker(folderOf) {
  let file;
  const append = (text) => appendFile(file, text, { flush: true });
  return {
    async open(run) {
      await makeFolder(folderOf(run));
      file = join(folderOf(run), `${run.runId}.jsonl`);
      const { runId, name, project, startedAtMs, tags, config } = run;
      const isNew = (await wholeLines(file)).length === 0;
      if (isNew) await append(toLine({ kind: "run", runId, name, project, startedAtMs, tags, config }));
      return {};
    },
    write: (records) => append(records.map(toLine).join("")),
    async missing(records) {
      const there = new Set((await wholeLines(file)).map((line) => JSON.parse(line).sequence));
      return records.filter(({ sequence }) => !there.has(sequence));
    },
    async close(outcome) {
      const line = toLine({ kind: "end", ...outcome });
      if (`${(await wholeLines(file)).at(-1)}\n` !== line) await append(line);
    },
  };
}

const says = "Folder of the files; relative ones start at the project. Default: a folder in the run's, as the tracker.";
const folderOption = z.string().min(1).optional().describe(says).meta({ "x-codex-effect": "observing" });
export const options = z.strictObject({ folder: folderOption });
const create = (_, { folder }, { name, folders }) =>
  createJsonlTracker((run) => (folder ? resolve(folders.project, folder) : join(run.folder, name)));
const register = (registrar) => registrar.provide(TrackerPoint, "jsonl", { options, create });
export default definePlugin({ name: "codex-plugin-tracker-jsonl", register });
