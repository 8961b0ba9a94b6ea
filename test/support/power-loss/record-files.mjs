/**
 * Loaded into a process with `--import`: writes what all its threads do to files below CODEX_TEST_TRACE_ROOT, in the
 * order in which it was done, to CODEX_TEST_TRACE_FILE, one operation a line. A sync has two lines: it covers what was
 * done before its first, and holds from its second on.
 */
import fs from "node:fs";
import { join, relative, sep } from "node:path";
import { threadId } from "node:worker_threads";
import { watchFiles } from "../watch-files.mjs";

const { appendFileSync, existsSync, readdirSync, readFileSync, statSync } = fs;
const root = process.env.CODEX_TEST_TRACE_ROOT;
const traceFile = process.env.CODEX_TEST_TRACE_FILE;
const pathOf = new WeakMap();

const inside = (path) => {
  const name = relative(root, String(path)).split("\\").join("/");
  return name === ".." || name.startsWith("../") ? undefined : name;
};

function record(operation) {
  if ([operation.path, operation.from].some((path) => path !== undefined && inside(path) === undefined)) return;
  const names = Object.fromEntries(
    ["path", "from", "to"].flatMap((key) => (operation[key] === undefined ? [] : [[key, inside(operation[key])]])),
  );
  appendFileSync(traceFile, `${JSON.stringify({ ...operation, ...names })}\n`);
}

function recordContent(path) {
  record({ op: "write", path, position: 0, data: readFileSync(path).toString("base64") });
}

/** Files and folders below a path, what is inside a folder before it. */
function treeOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [{ op: "unlink", path }];
  return [...readdirSync(path).flatMap((name) => treeOf(join(path, name))), { op: "rmdir", path }];
}

const recorders = {
  async mkdir([path, options], go) {
    const first = await go();
    const made = options?.recursive ? first : path;
    if (made === undefined) return first;
    record({ op: "mkdir", path: made });
    const below = relative(made, path).split(sep).filter(Boolean);
    for (const [index] of below.entries()) record({ op: "mkdir", path: join(made, ...below.slice(0, index + 1)) });
    return first;
  },
  async open([path, flags], go) {
    const existed = existsSync(path);
    const handle = await go();
    pathOf.set(handle, path);
    if (!existed) record({ op: "create", path });
    else if (String(flags).startsWith("w")) record({ op: "truncate", path });
    return handle;
  },
  async rename([from, to], go) {
    await go();
    record({ op: "rename", from, to });
  },
  async rm([path], go) {
    const tree = treeOf(path);
    await go();
    for (const operation of tree) record(operation);
  },
  async rmdir([path], go) {
    await go();
    record({ op: "rmdir", path });
  },
  async unlink([path], go) {
    await go();
    record({ op: "unlink", path });
  },
  async writeFile([path], go) {
    const existed = existsSync(path);
    await go();
    record({ op: existed ? "truncate" : "create", path });
    recordContent(path);
  },
};

let syncs = 0;
const handleRecorders = {
  async write(handle, [bytes, offset, length, position], go) {
    if (typeof position !== "number") throw new TypeError("Only writes at a position are recorded.");
    const result = await go();
    const data = Buffer.from(bytes.buffer, bytes.byteOffset + offset, Math.min(length, result.bytesWritten));
    record({ op: "write", path: pathOf.get(handle), position, data: data.toString("base64") });
    return result;
  },
  async sync(handle, _, go) {
    const id = `${threadId}/${syncs++}`;
    record({ op: "syncBegin", path: pathOf.get(handle), id });
    await go();
    record({ op: "syncEnd", path: pathOf.get(handle), id });
  },
};
handleRecorders.datasync = handleRecorders.sync;

await watchFiles(({ name, target, values, isPromised }, go) => {
  if (!isPromised) return go();
  if (pathOf.has(target)) return handleRecorders[name]?.(target, values, go) ?? go();
  return recorders[name]?.(values, go) ?? go();
});
