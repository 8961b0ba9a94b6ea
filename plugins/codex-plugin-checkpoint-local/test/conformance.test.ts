import { CheckpointPoint } from "codex-core";
import { createFromPlugin, createTemporaryFolder, describeCheckpointStore } from "codex-core/testing";
import plugin from "codex-plugin-checkpoint-local";

describeCheckpointStore("checkpoint local", async (run) =>
  createFromPlugin(plugin, CheckpointPoint, "local", {
    options: { keepLast: 100 },
    context: { folders: { project: process.cwd(), cache: await createTemporaryFolder(), run } },
  }),
);
