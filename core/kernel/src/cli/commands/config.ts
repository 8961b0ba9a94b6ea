import type { DeclareCommand } from "../command.js";
import { addConfigOptions, type ConfigOptions } from "../config-options.js";

/** `codex config`: looks at configs, starts nothing. */
export const declareConfig: DeclareCommand = (command, context) => {
  command.addHelpText("after", "\nExample:\n  $ codex config print --config quickstart\n");

  addConfigOptions(command.command("print"))
    .summary("print the resolved config")
    .description("Print the resolved config as YAML, which is itself a preset. Secrets are left out.")
    .option("--origins", "say of each value where it comes from")
    .addHelpText("after", "\nExample:\n  $ codex config print --config quickstart trainer.maxSteps=100 --origins\n")
    .action(async (words: string[], options: ConfigOptions & { origins?: boolean }) => {
      const [{ openConfig }, render] = await Promise.all([
        import("../config/open-config.js"),
        import("../config/render-config.js"),
      ]);
      const config = await openConfig(options, words, context);
      const value = options.origins ? { config: config.redacted(), origins: config.origins } : config.redacted();
      context.answer(value, () =>
        options.origins ? render.renderConfigWithOrigins(config) : render.renderConfig(config),
      );
    });

  const explain = command.command("explain").argument("<key>", "a key, or a section: trainer.maxSteps, optimizer");
  addConfigOptions(explain)
    .summary("say where a value comes from")
    .description("Say which file and line, group, flag or override set a key, and what it overrode.")
    .addHelpText("after", "\nExample:\n  $ codex config explain optimizer.learningRate --config quickstart\n")
    .action(async (key: string, words: string[], options: ConfigOptions) => {
      const [{ openConfig }, { explainKey }, { renderExplanations }] = await Promise.all([
        import("../config/open-config.js"),
        import("../../config/explain.js"),
        import("../config/render-config.js"),
      ]);
      const explanations = explainKey(await openConfig(options, words, context), key);
      context.answer({ key, leaves: explanations }, () => renderExplanations(explanations));
    });

  addConfigOptions(command.command("validate"))
    .summary("check a config")
    .description("Check a config against the schemas of the plugins that it names. All mistakes are listed.")
    .addHelpText("after", "\nExample:\n  $ codex config validate --config quickstart\n")
    .action(async (words: string[], options: ConfigOptions) => {
      const { openConfig } = await import("../config/open-config.js");
      const config = await openConfig(options, words, context);
      const parts = config.parts.map(({ path, matches }) => ({
        key: path.join("."),
        type: matches[0]?.type ?? "",
        package: matches[0]?.entry.packageName ?? "",
      }));
      const skipped = config.skipped.map(({ section, name, problem: { code, what, fix } }) => ({
        section,
        name,
        code,
        what,
        fix,
      }));
      context.answer({ valid: true, parts, skipped }, () => {
        const lines = skipped.map(({ section, name, code, what, fix }) => {
          return `Left out: ${section} ${name}: ${code}: ${what}\n${fix ? `  Fix: ${fix}\n` : ""}`;
        });
        return `The config is valid: ${parts.map(({ key, type }) => `${key} ${type}`).join(", ")}.\n${lines.join("")}`;
      });
    });

  command
    .command("list")
    .summary("list presets and groups")
    .description("List what --config and a defaults list can name, and where each is from.")
    .addHelpText("after", "\nExample:\n  $ codex config list\n")
    .action(async () => {
      const { showPresets } = await import("../config/list-presets.js");
      await showPresets(context);
    });

  command
    .command("schema")
    .summary("write the JSON Schema that editors complete from")
    .description("Write .codex/schema.json, the JSON Schema of presets with the plugins that are installed.")
    .addHelpText("after", "\nExample:\n  $ codex config schema\n")
    .action(async () => {
      const [{ openCatalogue }, { writeEditorSchema }] = await Promise.all([
        import("../config/open-config.js"),
        import("../config/write-editor-schema.js"),
      ]);
      const { projectFolder, catalogue } = await openCatalogue(context);
      const file = await writeEditorSchema(projectFolder, catalogue);
      context.answer({ file }, () => {
        const line = "# yaml-language-server: $schema=../.codex/schema.json";
        return `Wrote ${file}. First line of a preset in configs/:\n${line}\n`;
      });
    });
};
