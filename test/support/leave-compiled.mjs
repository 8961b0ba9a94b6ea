// Loaded into the tests' processes and threads after their TypeScript loader, which would rewrite compiled files too:
// what is covered of a rewritten file cannot be traced to its source.
import * as module from "node:module";
import { load } from "./load-compiled.mjs";

if (module.registerHooks) module.registerHooks({ load });
else module.register("./load-compiled.mjs", import.meta.url);
