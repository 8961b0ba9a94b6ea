/**
 * Loaded into a process with `--import`: makes what its threads do to files below CODEX_TEST_FAIL_BELOW fail where
 * CODEX_TEST_FAIL_AT says, which may change while the program runs: `main:37:EIO` the 37th operation of the main thread,
 * `thread:5+:ENOSPC` from the 5th one of the saving thread on those that need room. CODEX_TEST_FAIL_PATH fails those on
 * paths that contain it.
 */
import { isMainThread } from "node:worker_threads";
import { watchFiles } from "./watch-files.mjs";

const thread = isMainThread ? "main" : "thread";
const below = process.env.CODEX_TEST_FAIL_BELOW ?? "";
const pathOf = new WeakMap();
let asked;
let count = 0;

/** Whether an operation makes files or folders, or makes them larger. */
const needsRoom = ({ name, values: [, flags] }) =>
  /^(mkdir|write|writeFile|appendFile)$/.test(name) || (name === "open" && /^[wa]/.test(String(flags)));

function codeFor(call, path) {
  const { CODEX_TEST_FAIL_AT: failAt, CODEX_TEST_FAIL_PATH: failPath, CODEX_TEST_FAIL_CODE: failCode } = process.env;
  if (failPath && path.includes(failPath) && needsRoom(call)) return failCode;
  if (failAt !== asked) count = 0;
  asked = failAt;
  count += 1;
  const [where, at = "", code] = (failAt ?? "").split(":");
  if (where !== thread) return undefined;
  if (at.endsWith("+")) return count >= Number.parseInt(at, 10) && needsRoom(call) ? code : undefined;
  if (count !== Number(at)) return undefined;
  return code;
}

await watchFiles((call, go) => {
  const { name, target, values, isPromised } = call;
  const path = String(pathOf.get(target) ?? values[0]);
  if (!isPromised || !path.startsWith(below)) return go();
  const code = codeFor(call, path);
  if (code) return Promise.reject(Object.assign(new Error(`${code}: made to fail, ${name} '${path}'`), { code, path }));
  if (name !== "open") return go();
  return go().then((handle) => {
    pathOf.set(handle, path);
    return handle;
  });
});
