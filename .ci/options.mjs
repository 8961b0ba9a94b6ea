/**
 * Writes docs/options.md from the option schemas of the kernel's sections and of all plugins: `npm run docs:options`.
 * With `--check` nothing is written, and a difference makes it exit 1, as does an option or a type that no schema
 * describes. Build first, and write the plugins' schemas (`npm run schemas`): both are read.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describeValues } from "../core/kernel/dist/config/describe-values.js";
import { friendlyFlags } from "../core/kernel/dist/config/friendly-flags.js";
import { alternativeKeys, descriptionOf, variants, viewOf } from "../core/kernel/dist/config/schema-view.js";
import {
  isSectionOfMany,
  kernelSections,
  rootKeys,
  sectionDefaults,
  sectionDescriptions,
  sectionsWithoutDefault,
} from "../core/kernel/dist/config/sections.js";
import { observingSections } from "../core/kernel/dist/lock/config-effects.js";
import { pointsOfSection } from "../core/kernel/dist/plugins/points.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "docs/options.md");
const problems = [];
const code = (text) => `\`${text}\``;
/** A value in a line: a plain word as it is, everything else as JSON. */
const shown = (value) => code(typeof value === "string" && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value));
const flagOf = ({ flags }) => code(flags.split(" ")[0]);

/** The built-in types of a section's points, each with its schema; a type that fills two points comes once. */
function typesOfSection(section) {
  const points = pointsOfSection(section).map(({ key }) => key);
  const types = new Map();
  for (const folder of readdirSync(join(root, "plugins")).sort()) {
    const manifest = JSON.parse(readFileSync(join(root, "plugins", folder, "package.json"), "utf8"));
    for (const point of points) {
      for (const [type, { schema }] of Object.entries(manifest.codex?.provides?.[point] ?? {})) {
        const file = join(root, "plugins", folder, schema);
        types.set(type, { type, folder, schema: JSON.parse(readFileSync(file, "utf8")) });
      }
    }
  }
  return [...types.values()];
}

/** Types side by side that take the same options: one table tells of them all. */
function inGroups(types) {
  const groups = new Map();
  for (const part of types) {
    const { description: _, ...options } = part.schema;
    const key = JSON.stringify(options);
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  return [...groups.values()];
}

/** A description without the sentence that says what holds where the option is left out, and that sentence. */
function splitDescription(description) {
  const sentences = description.split(/(?<=\.) /);
  const fallback = sentences.find((sentence) => /^(Default|Left out): /.test(sentence));
  return {
    text: sentences.filter((sentence) => sentence !== fallback).join(" "),
    fallback: fallback?.replace(/^(Default|Left out): /, "").replace(/\.$/, ""),
  };
}

/**
 * Rows of all options below a schema, inner ones by their path.
 *
 * @param place `path`: what stands before an option's name; `given`: the default of the map that the options are in;
 * `isObserving`: whether that map changes no number
 */
function rowsOf(view, place) {
  const { path, section, given } = place;
  const rows = [];
  for (const { schema } of variants(view)) {
    const alternatives = alternativeKeys(schema.oneOf) ?? [];
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const inner = { schema: property, root: view.root };
      const name = [...path, key].join(".");
      const description = descriptionOf(inner);
      if (description === undefined) problems.push(`${section}.${name} has no description in its schema.`);
      const { text, fallback } = splitDescription(description ?? "");
      const byDefault = property.default ?? given?.[key];
      const isMap = byDefault !== null && typeof byDefault === "object" && !Array.isArray(byDefault);
      const other = alternatives.find((alternative) => alternative !== key);
      const isObserving = place.isObserving || property["x-codex-effect"] === "observing";
      const flag = friendlyFlags.find((friendly) => friendly.key === `${section}.${name}`);
      const said =
        byDefault !== undefined && !isMap
          ? shown(byDefault)
          : schema.required?.includes(key)
            ? "required"
            : alternatives.includes(key)
              ? `this or ${code(other)}`
              : isMap
                ? ""
                : (fallback ?? "none");
      const does = flag ? `${text} Flag: ${flagOf(flag)}.` : text;
      const cells = [
        `${code(name)}${isObserving && !isFree(section) ? " \\*" : ""}`,
        describeValues(inner, shown),
        said,
        does,
      ];
      rows.push(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
      const below = { path: [...path, key], section, isObserving, given: byDefault };
      rows.push(...rowsOf(inner, below));
      const named = property.additionalProperties;
      if (named?.properties) {
        rows.push(...rowsOf({ schema: named, root: view.root }, { ...below, path: [...path, key, "NAME"] }));
      }
    }
  }
  return rows;
}

function table(schema, section) {
  const rows = rowsOf(viewOf(schema), { path: [], section });
  if (rows.length === 0) return "No options.\n";
  return `| option | values | default | what it does |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

/** Whether nothing in the section changes a number: then no option is marked. */
function isFree(section) {
  return observingSections.has(section) || kernelSections.get(section)?.["x-codex-effect"] === "observing";
}

/** Where a plugin tells more of itself. */
function linkOf(folder) {
  return `[${folder.replace("codex-plugin-", "")}](../plugins/${folder}/README.md)`;
}

/** @param linked whether the section has the link already */
function renderGroup(group, section, linked) {
  const names = group.map(({ type }) => code(type)).join(", ");
  const lines = group.map(({ type, folder, schema }) => {
    if (!schema.description) problems.push(`${section} ${type} has no description in its schema.`);
    const said = linked ? schema.description : `${schema.description} More: ${linkOf(folder)}.`;
    return group.length === 1 ? said : `- ${code(type)}: ${said}`;
  });
  return `### ${section}: ${names}\n\n${lines.join("\n")}\n\n${table(group[0].schema, section)}`;
}

function renderSection(section) {
  const heading = `## ${section}\n\n${sectionDescriptions[section]}`;
  const own = kernelSections.get(section);
  if (own) return `${heading}\n\n${table(own, section)}`;
  const flag = friendlyFlags.find(({ key }) => key === section);
  const known = sectionDefaults[section];
  const names = Object.keys(known ?? {}).map(code);
  const byDefault = sectionsWithoutDefault.includes(section)
    ? "A config has to have it."
    : isSectionOfMany(section)
      ? `Left out: ${names.join(", ") || "none"}.`
      : `Default: ${code(known.type)}.`;
  const types = typesOfSection(section);
  const folders = [...new Set(types.map(({ folder }) => folder))];
  const linked = folders.length === 1;
  const sentences = [
    heading,
    byDefault,
    flag ? `Flag: ${flagOf(flag)}.` : "",
    linked ? `More: ${linkOf(folders[0])}.` : "",
  ];
  const intro = sentences.filter((sentence) => sentence !== "").join(" ");
  const groups = inGroups(types);
  if (groups.length === 0) return `${intro} No type is built in: [Plugins](plugins.md).\n`;
  return `${intro}\n\n${groups.map((group) => renderGroup(group, section, linked)).join("\n")}`;
}

const anchors = rootKeys.map((section) => `[${section}](#${section})`).join(" · ");
const free = rootKeys.filter(isFree).map(code).join(", ");
const intro = `# Options

Every option of a config, by section. How configs are written and laid over each other: [Configs](config.md).
\`codex config explain SECTION --config NAME\` shows the options of one section with the values that they have, and where
each comes from.

${anchors}

Each section but \`run\` and \`logging\` is filled by a plugin: \`type\` says by which. \`metric\`, \`tracker\`, \`safety\` and
\`callback\` hold several, by names that you choose: \`tracker: { nightly: { type: mlflow } }\`. Where \`type\` is left out
there, the name is the type; with \`optional: true\` a run may go on without the part.

\`earlyStopping.patience\` below \`trainer\` is the key \`trainer.earlyStopping.patience\`; NAME stands for a name that you
choose. An option with a star changes no number of a run, and neither does anything under
${free}:
with another value a run still [goes on](resume.md) exactly.

This page is written by \`npm run docs:options\` from the schemas; a test keeps the two equal.
`;
const text = `${[intro, ...rootKeys.map(renderSection)].join("\n").trimEnd()}\n`;

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
  process.stderr.write("docs/options.md differs from the schemas; run npm run docs:options.\n");
  process.exitCode = 1;
}
