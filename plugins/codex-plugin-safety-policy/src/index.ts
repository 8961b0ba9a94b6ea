import { resolve } from "node:path";
import { definePlugin, SafetyPoint } from "codex-core";
import { loadPolicy } from "./load-policy.js";
import { policyOptions } from "./options.js";
import { PolicyFilter } from "./policy-filter.js";

export { policyErrors } from "./errors.js";
export { policyOptions } from "./options.js";
export { PolicyFilter } from "./policy-filter.js";

export default definePlugin({
  name: "codex-plugin-safety-policy",
  register(registrar) {
    registrar.provide(SafetyPoint, "policy", {
      options: policyOptions,
      create: async (_, { rules }, { folders }) => new PolicyFilter(await loadPolicy(resolve(folders.project, rules))),
    });
  },
});
