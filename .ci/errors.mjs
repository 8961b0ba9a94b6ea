/**
 * Writes docs/errors.md from the error catalogues (exports named `…Errors`) of all packages: `npm run docs:errors`.
 * With `--check` nothing is written, and a difference makes it exit 1. With `--list` it prints the codes as JSON.
 * Build first: the catalogues are imported from dist.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "docs/errors.md");
const exitCodes = {
  1: "the work failed",
  2: "the input was wrong",
  3: "a safety policy refused",
  130: "stopped (143: by SIGTERM)",
};

/** Folders of all packages: core first, then plugins. */
function packageFolders() {
  return ["core", "plugins"].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(root, group, name))
      .filter((folder) => existsSync(join(folder, "package.json"))),
  );
}

/** Source files that export a catalogue. */
function catalogueSources(folder) {
  const sources = join(folder, "src");
  if (!existsSync(sources)) return [];
  return readdirSync(sources, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .filter((name) => /^export const \w+Errors\b/m.test(readFileSync(join(sources, name), "utf8")));
}

/** The error definitions of a package by code. */
async function readDefinitions(folder) {
  const definitions = {};
  for (const name of catalogueSources(folder)) {
    const built = join(folder, "dist", name.replace(/\.ts$/, ".js"));
    if (!existsSync(built)) throw new Error(`${relative(root, built)} is not built: run npm run build.`);
    for (const [exported, catalogue] of Object.entries(await import(pathToFileURL(built).href))) {
      if (!/Errors$/.test(exported) || !catalogue.definitions) continue;
      for (const [code, definition] of Object.entries(catalogue.definitions)) {
        if (definitions[code] && definitions[code] !== definition)
          throw new Error(`${code} is defined twice in ${folder}.`);
        definitions[code] = definition;
      }
    }
  }
  return definitions;
}

function renderError(code, { exitCode, when, why, fix }) {
  const lines = [`### ${code}`, "", `${when} Exit code ${exitCode}: ${exitCodes[exitCode]}.`, ""];
  if (why) lines.push(`- Why: ${why}`);
  lines.push(`- Fix: ${fix}`, "");
  return lines.join("\n");
}

const packages = [];
for (const folder of packageFolders()) {
  const definitions = await readDefinitions(folder);
  if (Object.keys(definitions).length === 0) continue;
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  packages.push({ name, definitions });
}

const intro = `# Errors

Every error of Codex has a code, says what happened and where, and why where that is known, and comes with a fix. The
command line prints it on stderr, or with \`--json\` as one JSON document on stdout, and ends with its exit code. A
command that is stopped ends with 130, by SIGTERM with 143. What fails in a command is also kept [as a question](error-capture.md).

This page is written by \`npm run docs:errors\` from the code; a test keeps the two equal.
`;
const sections = packages.map(({ name, definitions }) => {
  const errors = Object.keys(definitions)
    .sort()
    .map((code) => renderError(code, definitions[code]));
  return `## ${name}\n\n${errors.join("\n")}`;
});
const text = `${[intro, ...sections].join("\n").trimEnd()}\n`;

if (process.argv.includes("--list")) {
  // Plugins that fill one contract share its codes.
  const codes = new Set(packages.flatMap(({ definitions }) => Object.keys(definitions)));
  process.stdout.write(`${JSON.stringify([...codes])}\n`);
} else if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
  process.stderr.write("docs/errors.md differs from the code; run npm run docs:errors.\n");
  process.exitCode = 1;
}
