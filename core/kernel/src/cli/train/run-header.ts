import type { RunStart } from "../../run/run-observer.js";
import { formatBytes, formatThings, formatWhole } from "../../text/quantity.js";
import { renderFacts } from "../../text/text-table.js";
import { describeDevice } from "./device-text.js";

/** What is said before training starts: where the run is kept, what is trained, and on what. */
export function renderHeader(facts: RunStart, showPath: (path: string) => string): string {
  const { plan, device, resumedFrom, resumedAtStep } = facts;
  const lines: [string, string][] = [["run", showPath(facts.folder)]];
  if (plan) {
    const parameters = `${formatThings(plan.parameterCount, "parameter")} (${formatBytes(plan.parameterBytes)})`;
    lines.push(["model", `${parameters}, context of ${formatThings(plan.contextLength, "token")}`]);
  }
  if (device) lines.push(["device", describeDevice(device)]);
  if (resumedFrom) {
    const at = resumedAtStep === undefined ? "" : ` (step ${formatWhole(resumedAtStep)})`;
    lines.push(["resumed", `${showPath(resumedFrom)}${at}`]);
  }
  return `${renderFacts(lines)}\n`;
}
