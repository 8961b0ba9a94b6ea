import type { DeclareCommand } from "../command.js";

const installHelp = `
What each backend's library downloads and needs: codex compute list.

Examples:
  $ codex compute install tensorflow
  $ codex compute install tensorflow --gpu
`;

/** `codex compute`: the libraries that compute backends run on and that a package manager does not bring. */
export const declareCompute: DeclareCommand = (command, context) => {
  command
    .command("list")
    .summary("list compute backends and what is installed for them")
    .description("List compute backends, and the libraries that `codex compute install` installs for some of them.")
    .addHelpText("after", "\nExample:\n  $ codex compute list\n")
    .action(async () => {
      const { listCompute } = await import("../compute/list-compute.js");
      await listCompute(context);
    });

  command
    .command("install")
    .summary("install the library that a backend runs on")
    .description("Install the library that a backend runs on, for this user. It goes on where it was stopped.")
    .argument("<type>", "the backend, as in compute.type")
    .option("--gpu", "the one that can use NVIDIA GPUs")
    .addHelpText("after", installHelp)
    .action(async (type: string, { gpu = false }: { gpu?: boolean }) => {
      const { installRuntime } = await import("../compute/install-runtime.js");
      await installRuntime(type, gpu, context);
    });

  command
    .command("remove")
    .summary("remove what was installed for a backend")
    .description("Remove the libraries that `codex compute install` installed for a backend.")
    .argument("<type>", "the backend, as in compute.type")
    .addHelpText("after", "\nExample:\n  $ codex compute remove tensorflow\n")
    .action(async (type: string) => {
      const { removeRuntime } = await import("../compute/remove-runtime.js");
      await removeRuntime(type, context);
    });
};
