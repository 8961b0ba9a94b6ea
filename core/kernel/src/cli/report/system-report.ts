import { spawnSync } from "node:child_process";
import { arch, availableParallelism, cpus, homedir, release, type as systemType } from "node:os";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import { kernelApiVersion } from "../../plugins/kernel-api.js";
import { kernelVersion } from "../../run/kernel-version.js";
import { formatBytes, formatThings } from "../../text/quantity.js";
import { totalMemoryBytes } from "../doctor/machine-checks.js";
import { packageFolder } from "../doctor/plugin-checks.js";

/** Libraries whose version decides how something computes. */
const libraries = ["codex-nn", "onnxruntime-node", "koffi", "@tensorflow/tfjs-core", "inversify", "zod"];

/** What a bug report needs. Holds no environment variables, no config values, and no name of a user. */
export interface SystemReport {
  readonly codex: string;
  readonly api: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly gpus: readonly string[];
  readonly libraries: { readonly [name: string]: string };
  readonly plugins: readonly { readonly name: string; readonly version: string; readonly problem: string | null }[];
}

/** Gathers the report from manifests and the operating system alone: no plugin runs. */
export function createSystemReport(projectFolder: string, catalogue: PluginCatalogue): SystemReport {
  return {
    codex: kernelVersion(),
    api: kernelApiVersion,
    node: process.versions.node,
    platform: `${systemType()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() || "unknown",
    threads: availableParallelism(),
    memoryBytes: totalMemoryBytes(),
    gpus: listGpus(),
    libraries: libraryVersions([projectFolder, ...catalogue.entries.map(({ folder }) => folder)]),
    plugins: catalogue.entries.map(({ packageName, version, problem }) => ({
      name: packageName,
      version,
      problem: problem ? withoutHome(problem.message) : null,
    })),
  };
}

/** The report as Markdown, to paste into an issue. */
export function renderSystemReport(report: SystemReport): string {
  const facts = [
    ["codex", `${report.codex} (API ${report.api})`],
    ["node", report.node],
    ["platform", report.platform],
    ["cpu", `${report.cpu}, ${formatThings(report.threads, "thread")}`],
    ["memory", formatBytes(report.memoryBytes)],
    ["gpu", report.gpus.join("; ") || "none found"],
    ...Object.entries(report.libraries),
  ];
  const plugins = report.plugins.map(({ name, version, problem }) => {
    return `- ${name} ${version}${problem ? ` **broken**: ${problem}` : ""}\n`;
  });
  const list = plugins.join("") || "- none\n";
  return `### Codex report\n\n${facts.map(([name, value]) => `- ${name}: ${value}\n`).join("")}\n#### Plugins\n\n${list}`;
}

function libraryVersions(folders: readonly string[]): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const name of libraries) {
    const found = folders
      .filter(Boolean)
      .map((folder) => packageFolder(folder, name))
      .find(Boolean);
    if (found) versions[name] = found.version;
  }
  return versions;
}

function listGpus(): string[] {
  const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
  const { status, stdout } = spawnSync("nvidia-smi", query, { encoding: "utf8", timeout: 5000 });
  return status === 0 ? stdout.trim().split("\n").filter(Boolean) : [];
}

function withoutHome(text: string): string {
  return homedir().length > 1 ? text.replaceAll(homedir(), "~") : text;
}
