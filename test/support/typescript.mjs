// The TypeScript loader of the tests, for processes alone: their threads run compiled modules, and with the loader one
// takes five times as long to start.
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  await import("@oxc-node/core/register");
  await import("./leave-compiled.mjs");
}
