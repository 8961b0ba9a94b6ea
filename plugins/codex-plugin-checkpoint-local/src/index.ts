import { CheckpointPoint, definePlugin } from "codex-core";
import { LocalCheckpointStore } from "./local-checkpoint-store.js";
import { localCheckpointOptions } from "./options.js";

export { checkpointErrors } from "./errors.js";
export { LocalCheckpointStore } from "./local-checkpoint-store.js";
export { type LocalCheckpointOptions, localCheckpointOptions } from "./options.js";

export default definePlugin({
  name: "codex-plugin-checkpoint-local",
  register(registrar) {
    registrar.provide(CheckpointPoint, "local", {
      options: localCheckpointOptions,
      plan: ({ every, keepLast, keepBest }) => ({ every, mostOnDisk: keepLast + keepBest + 1 }),
      create: (_, options, context) => new LocalCheckpointStore(options, context.folders.run, context.logger),
    });
  },
});
